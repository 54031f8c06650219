"""`/` for staff: their area at a glance."""

from fastapi import Request
from starlette.responses import Response

from bot.office.reach import overviews
from bot.office.staff.access import Visitor
from bot.web.dashboard.words import show
from bot.web.office.parts import Office


async def dashboard(request: Request, office: Office, visitor: Visitor) -> Response:
    """What goes out, what is stuck, how far the latest notices got."""
    found = await overviews.overview(office.context, visitor.staff)
    return show(request, office, visitor, "dashboard.html", all=found, now=office.context.clock())

"""`/`: for staff who are signed in their own area at a glance, for everybody else the notice board."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from bot.web.board.households import first_page
from bot.web.board.parts import TheBoard
from bot.web.dashboard.overview import dashboard
from bot.web.office.parts import TheOffice

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def front(request: Request, board: TheBoard, office: TheOffice, ok: str = "") -> Response:
    """The first page of whoever asks."""
    visitor = await office.visitor(request)
    if visitor is None:
        return await first_page(request, board, ok)
    return await dashboard(request, office, visitor)

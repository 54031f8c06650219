"""`/compose`: unfinished drafts, a new one, throwing one away and taking it back."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from bot.office.notices import drafting
from bot.web.numbers import row_number
from bot.web.office.parts import Announcer, TheOffice
from bot.web.pages import PRIVATE

router = APIRouter(include_in_schema=False)


@router.api_route("/compose", methods=["GET", "HEAD"])
async def listing(
    request: Request, office: TheOffice, visitor: Announcer, deleted: Annotated[str, Query()] = ""
) -> Response:
    """The drafts of the visitor's area. `deleted` is one that was just thrown away."""
    drafts = await drafting.unfinished(office.context, visitor.staff)
    return office.page(request, "drafts.html", drafts=drafts, deleted=row_number(deleted) or "")


@router.post("/compose")
async def begin(office: TheOffice, visitor: Announcer, supersedes: Annotated[str, Form()] = "") -> Response:
    """A new draft; with a notice's code one that corrects it."""
    context, staff = office.context, visitor.staff
    draft = await (drafting.correction(context, staff, supersedes) if supersedes else drafting.begin(context, staff))
    return RedirectResponse(f"/compose/{draft}", 303, PRIVATE)


@router.post("/compose/{draft:int}/delete")
async def delete(draft: int, office: TheOffice, visitor: Announcer) -> Response:
    """Throw it away; the list then offers it back."""
    await drafting.throw_away(office.context, visitor.staff, draft)
    return RedirectResponse(f"/compose?deleted={draft}", 303, PRIVATE)


@router.post("/compose/{draft:int}/restore")
async def restore(draft: int, office: TheOffice, visitor: Announcer) -> Response:
    """Take it back."""
    await drafting.take_back(office.context, visitor.staff, draft)
    return RedirectResponse(f"/compose/{draft}", 303, PRIVATE)

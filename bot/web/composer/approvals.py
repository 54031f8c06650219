"""`/approvals`: what waits for the visitor's word; one in full, let out or sent back."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from announcements.mistakes import Mistake
from announcements.types import AnnouncementState
from bot.office.notices import approving, previewing
from bot.office.notices.approving import may_decide
from bot.office.notices.audiences import audience
from bot.office.staff.access import Visitor
from bot.web.board.notices import served
from bot.web.composer.faces import faces
from bot.web.office.parts import Approver, Office, TheOffice
from bot.web.pages import PRIVATE
from db.announcing import announced, letters, notices
from db.announcing.notice_parts import Attachment

router = APIRouter(include_in_schema=False)


@router.api_route("/approvals", methods=["GET", "HEAD"])
async def listing(
    request: Request, office: TheOffice, visitor: Approver, done: Annotated[str, Query()] = "",
    code: Annotated[str, Query()] = "",
) -> Response:  # fmt: skip
    """What waits, the most urgent first. `done` is what was just decided about `code`."""
    waiting = await approving.waiting_for(office.context, visitor.staff)
    return office.page(request, "approvals.html", waiting=waiting, done=done, code=code[:20])


@router.api_route("/approvals/{code}", methods=["GET", "HEAD"])
async def look(code: str, request: Request, office: TheOffice, visitor: Approver) -> Response:
    """One in full."""
    return await _page(request, office, visitor, code)


async def _page(
    request: Request, office: Office, visitor: Visitor, code: str, *, reason: str = "", wrong: str = ""
) -> Response:
    row = await approving.proposal(office.context, code, visitor.staff)
    async with office.context.database.read() as connection:
        letter = await letters.letter(connection, row.id)
        files = await announced.files_of(connection, row.announcement_id)
        reached = await audience(connection, await notices.audience_of(connection, row.announcement_id))
    seen = previewing.preview(office.context, letter, files, reached.channels)

    def file_at(one: Attachment) -> str:
        return f"/approvals/{row.announcement}/files/{one.path}"

    waits = row.state is AnnouncementState.PROPOSED
    own = waits and not may_decide(visitor.staff, row)
    return office.page(
        request, "approval.html", status=422 if wrong else 200, row=row, letter=letter, waits=waits, own=own,
        now=office.context.clock(), reason=reason, wrong=wrong, **faces(seen, reached, file_at),
    )  # fmt: skip


@router.post("/approvals/{code}/approve")
async def approve(code: str, office: TheOffice, visitor: Approver) -> Response:
    """Let it out."""
    row = await approving.approve(office.context, code, visitor.staff)
    return RedirectResponse(f"/approvals?done=approved&code={row.announcement}", 303, PRIVATE)


@router.post("/approvals/{code}/return")
async def send_back(
    code: str, request: Request, office: TheOffice, visitor: Approver, reason: Annotated[str, Form()] = ""
) -> Response:
    """Back to its author."""
    try:
        row = await approving.send_back(office.context, code, reason, visitor.staff)
    except Mistake as mistake:
        if type(mistake) is not Mistake:
            raise
        return await _page(request, office, visitor, code, reason=reason, wrong=mistake.sentence)
    return RedirectResponse(f"/approvals?done=returned&code={row.announcement}", 303, PRIVATE)


@router.api_route("/approvals/{code}/files/{path}", methods=["GET", "HEAD"])
async def file(code: str, path: str, office: TheOffice, visitor: Approver) -> Response:
    """One of its files."""
    row = await approving.proposal(office.context, code, visitor.staff)
    async with office.context.database.read() as connection:
        files = await announced.files_of(connection, row.announcement_id)
    return served(office.context.settings.uploads, next((one for one in files if one.path == path), None))

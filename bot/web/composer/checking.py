"""`/compose/{draft}/preview`, `send`, `sent`, `undo`: looking once more, sending once, second thoughts."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from announcements.channels import File
from announcements.types import AnnouncementState
from bot.office.notices import announcing, drafting, previewing, sending
from bot.office.notices.audiences import Audience, audience
from bot.office.notices.drafting import as_draft, lacks
from bot.office.notices.sending import Changed, Unfinished
from bot.office.staff.access import Visitor
from bot.web.composer.faces import faces
from bot.web.office.parts import Announcer, Office, TheOffice
from bot.web.pages import PRIVATE
from bot.web.problems import Problem, Refusal
from bot.web.wording import say
from db.announcing.drafts import DraftRow
from db.announcing.notice_parts import Attachment

router = APIRouter(include_in_schema=False)


@router.api_route("/compose/{draft:int}/preview", methods=["GET", "HEAD"])
async def preview(
    draft: int, request: Request, office: TheOffice, visitor: Announcer, changed: Annotated[str, Query()] = ""
) -> Response:
    """The notice as it will look everywhere, how far it goes, and the button that sends it."""
    row = await drafting.look(office.context, visitor.staff, draft)
    if row.announcement_id is not None:
        return RedirectResponse(f"/compose/{draft}/sent", 303, PRIVATE)
    async with office.context.database.read() as connection:
        reached = await audience(connection, row.fields.areas)
    if row.deleted_at is not None or lacks(row.fields, reached, visitor.staff, office.context.clock()):
        return RedirectResponse(f"/compose/{draft}?check=1", 303, PRIVATE)
    return _preview(request, office, visitor, row, reached, changed=bool(changed))


def _preview(
    request: Request, office: Office, visitor: Visitor, row: DraftRow, reached: Audience, *, changed: bool
) -> Response:
    wording = as_draft(row.fields)
    files = [File(number, one.kind, one.name, one.path) for number, one in enumerate(row.files)]
    letter = previewing.sample(wording, visitor.staff, reached.names, files, office.context.clock(),
                               row.fields.supersedes)  # fmt: skip
    seen = previewing.preview(office.context, letter, row.files, reached.channels)

    def file_at(one: Attachment) -> str:
        return f"/compose/{row.id}/files/{one.path}"

    waits = visitor.staff.role in office.context.settings.approval.needed_from
    return office.page(request, "compose_preview.html", draft=row, waits=waits, changed=changed,
                       **faces(seen, reached, file_at))  # fmt: skip


@router.post("/compose/{draft:int}/send")
async def send(draft: int, office: TheOffice, visitor: Announcer, mark: Annotated[str, Form()] = "") -> Response:
    """Send what was looked at. Again it sends nothing; something else meanwhile is shown first."""
    try:
        await sending.send_draft(office.context, visitor.staff, draft, mark)
    except Changed:
        return RedirectResponse(f"/compose/{draft}/preview?changed=1", 303, PRIVATE)
    except Unfinished:
        return RedirectResponse(f"/compose/{draft}?check=1", 303, PRIVATE)
    return RedirectResponse(f"/compose/{draft}/sent", 303, PRIVATE)


@router.api_route("/compose/{draft:int}/sent", methods=["GET", "HEAD"])
async def sent(
    draft: int, request: Request, office: TheOffice, visitor: Announcer, late: Annotated[str, Query()] = ""
) -> Response:
    """What became of it, and the way back while there is one."""
    row = await sending.sent_as(office.context, visitor.staff, draft)
    if row is None:
        return RedirectResponse(f"/compose/{draft}", 303, PRIVATE)
    left = (row.due_at - office.context.clock()).total_seconds()
    soon = row.state is AnnouncementState.SCHEDULED and left <= sending.SECOND_THOUGHTS.total_seconds()
    return office.page(
        request, "compose_sent.html", draft=draft, row=row, soon=soon, left=max(0, left), late=bool(late),
        at=f"{office.context.local(row.due_at):%H:%M:%S}", State=AnnouncementState,
    )  # fmt: skip


@router.post("/compose/{draft:int}/undo")
async def undo(draft: int, office: TheOffice, visitor: Announcer) -> Response:
    """Second thoughts; too late, the page says what happened."""
    row = await sending.sent_as(office.context, visitor.staff, draft)
    if row is None:
        return RedirectResponse(f"/compose/{draft}", 303, PRIVATE)
    back = await sending.call_back(office.context, row.code, visitor.staff)
    if back.draft_id is not None:
        return RedirectResponse(f"/compose/{back.draft_id}?ok=undone", 303, PRIVATE)
    return RedirectResponse(f"/compose/{draft}/sent?late=1", 303, PRIVATE)


@router.post("/compose/{draft:int}/withdraw")
async def withdraw(draft: int, office: TheOffice, visitor: Announcer) -> Response:
    """Take back what has gone out."""
    row = await sending.sent_as(office.context, visitor.staff, draft)
    if row is None:
        raise Refusal(Problem.MISTAKE, status=409, sentence=say("compose.not_sent"))
    await announcing.withdraw(office.context, row.announcement, visitor.staff)
    return RedirectResponse(f"/compose/{draft}/sent", 303, PRIVATE)

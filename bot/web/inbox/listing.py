"""`/inbox`: one's inbox, box by box; `/inbox/{number}`: one message, with the choice of whose it is and about what."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from announcements.help_wanted import asks_for_help
from bot.office.inbox import questions
from bot.office.inbox.answering import Reply, said
from bot.office.inbox.question_words import where_words
from bot.office.staff.access import Visitor
from bot.web.numbers import row_number
from bot.web.office.parts import Office, Recorder, TheOffice
from db.answering.question_lists import Box

router = APIRouter(include_in_schema=False)

MOVES = ("credited", "answered", "closed", "reopened")
TOOLS: dict[str, Any] = {
    "where": where_words,
    "said": said,
    "asks_for_help": asks_for_help,
}  # what a message's template needs


@router.api_route("/inbox", methods=["GET", "HEAD"])
async def listing(
    request: Request, office: TheOffice, visitor: Recorder, box: Annotated[str, Query()] = "",
    before: Annotated[str, Query()] = "", ok: Annotated[str, Query()] = "", number: Annotated[str, Query()] = "",
) -> Response:  # fmt: skip
    """What is in one box, the newest first. `ok` is what just became of the message `number`."""
    chosen = Box(box) if box in set(Box) else Box.OPEN
    found = await questions.opened(office.context, visitor.staff, [chosen], before=row_number(before))
    public = await questions.publishable(office.context, found.questions, visitor.staff)
    return office.page(
        request, "inbox.html", found=found, box=chosen, boxes=list(Box), public=public, ok=ok if ok in MOVES else "",
        number=row_number(number) or "", now=office.context.clock(), **TOOLS,
    )  # fmt: skip


@router.api_route("/inbox/{number:int}", methods=["GET", "HEAD"])
async def look(number: int, request: Request, office: TheOffice, visitor: Recorder) -> Response:
    """One in full."""
    return await one_page(request, office, visitor, number)


async def one_page(
    request: Request, office: Office, visitor: Visitor, number: int, *, wrong: str = "", reply: Reply | None = None
) -> Response:
    """One message; with `wrong` as the answer to a form that could not be accepted, `reply` as it was written."""
    one = await questions.find(office.context, number, visitor.staff)
    offered = await questions.offered(office.context, one, visitor.staff)
    public = await questions.publishable(office.context, [one], visitor.staff)
    return office.page(
        request, "inbox_one.html", status=422 if wrong else 200, one=one, offered=offered, public=public, wrong=wrong,
        reply=reply, now=office.context.clock(), **TOOLS,
    )  # fmt: skip

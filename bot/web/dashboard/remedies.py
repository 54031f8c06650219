"""Sending again and withdrawing: each asks first, saying what it means; only the answer changes something."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from announcements.types import DeliveryState
from bot.office.notices import announcing
from bot.office.reach import notice_views
from bot.office.reach.notice_views import MAY_WITHDRAW, NoticeView
from bot.web.dashboard.words import show
from bot.web.numbers import RowNumber
from bot.web.office.parts import Announcer, Office, TheOffice
from bot.web.pages import PRIVATE
from bot.web.problems import Problem, Refusal
from db.access.people import StaffRow
from db.dispatch.deliveries import DeliveryRow

router = APIRouter(include_in_schema=False)


@router.api_route("/notices/{code}/resend", methods=["GET", "HEAD"])
async def ask_resend(
    code: str, request: Request, office: TheOffice, visitor: Announcer, chat: RowNumber | None = None, state: str = ""
) -> Response:
    """What would be sent again, and what that means."""
    view, chosen = await _resendable(office, code, visitor.staff, chat, state)
    unsure = any(one.state is DeliveryState.UNCONFIRMED for one in chosen)
    return show(
        request, office, visitor, "resend.html", row=view.row, chosen=chosen, unsure=unsure, chat=chat, state=state
    )


@router.post("/notices/{code}/resend")
async def resend(
    code: str, office: TheOffice, visitor: Announcer, chat: Annotated[RowNumber | None, Form()] = None,
    state: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Send again: to one chat, or to all of theirs that failed or are in doubt."""
    view, chosen = await _resendable(office, code, visitor.staff, chat, state)
    states = {one.state for one in chosen}
    chats = [one.chat_id for one in chosen]
    await announcing.resend(office.context, view.row.code, states, visitor.staff, chats=chats)
    office.context.answered(view.row.id)
    return RedirectResponse(f"/notices/{view.row.code}?ok=resent", 303, PRIVATE)


async def _resendable(
    office: Office, code: str, staff: StaffRow, chat: int | None, state: str
) -> tuple[NoticeView, list[DeliveryRow]]:
    view = await notice_views.view(office.context, code, staff)
    if chat is not None and all(one.chat_id != chat for one in view.deliveries):
        raise Refusal(Problem.PAGE_UNKNOWN)
    can = view.resendable(office.context.clock())
    return view, [one for one in can if chat in (None, one.chat_id) and state in ("", one.state)]


@router.api_route("/notices/{code}/withdraw", methods=["GET", "HEAD"])
async def ask_withdraw(code: str, request: Request, office: TheOffice, visitor: Announcer) -> Response:
    """What withdrawing means."""
    view = await _whole(office, code, visitor.staff)
    return show(request, office, visitor, "withdraw.html", view=view, row=view.row)


@router.post("/notices/{code}/withdraw")
async def withdraw(code: str, office: TheOffice, visitor: Announcer) -> Response:
    """Take it back."""
    view = await _whole(office, code, visitor.staff)
    if view.row.state in MAY_WITHDRAW:
        await announcing.withdraw(office.context, view.row.code, visitor.staff)
    return RedirectResponse(f"/notices/{view.row.code}?ok=withdrawn", 303, PRIVATE)


async def _whole(office: Office, code: str, staff: StaffRow) -> NoticeView:
    view = await notice_views.view(office.context, code, staff)
    if not view.whole:
        raise Refusal(Problem.NOT_WHOLLY_YOURS, code=view.row.announcement)
    return view

"""POST `/n/{code}/ack`: a household says that it has the notice, proved by its card or by a remembered device."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from announcements.codes import read_code
from announcements.reach import Standing
from announcements.text import nfc
from announcements.types import Grade
from bot.web.board.notices import notice_page
from bot.web.board.parts import Board, TheBoard
from bot.web.board.seen import Seen, may_say, see
from bot.web.pages import PRIVATE, refusal_json, wants_json
from bot.web.problems import Problem, Refusal
from db import board as queries
from db.answers import Verdict
from db.board import Notice, Tick

router = APIRouter(include_in_schema=False)

ALL = "all"  # of the households this device stands for


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form says; all of it comes from outside."""

    card: str
    household: str
    grade: str


@dataclass(frozen=True, slots=True)
class Answering:
    """A household that is about to answer; `identity_id` is empty when its card proved it just now."""

    household_id: int
    household: str
    head_name: str
    identity_id: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    household: Answering
    standing: Standing


@router.post("/n/{code}/ack")
async def acknowledge(
    code: str,
    request: Request,
    board: TheBoard,
    card: Annotated[str, Form()] = "",
    household: Annotated[str, Form()] = "",
    grade: Annotated[str, Form()] = Grade.RECEIVED.value,
) -> Response:
    """Store the answer, remember the device, and go back to the notice, which shows where the household stands."""
    device = board.devices.of(request)
    seen = await see(board.context, code, device)
    wish = Wish(card.strip(), household.strip(), grade)
    try:
        answered = await _answer(request, board, seen, wish, device)
    except Refusal as refusal:
        if wants_json(request):
            return refusal_json(refusal)
        kept = "" if refusal.problem is Problem.NOT_IN_AUDIENCE else nfc(card)[:20]
        return notice_page(board, seen, refusal=refusal, typed=kept)
    response: Response = RedirectResponse(f"/n/{read_code(code)}?ok=1#tra-loi", 303, PRIVATE)
    if wants_json(request):
        response = JSONResponse(_as_json(board, seen.notice, answered), headers=PRIVATE)
    board.devices.remember(response, device)
    return response


async def _answer(request: Request, board: Board, seen: Seen, wish: Wish, device: str) -> list[Answered]:
    notice = seen.notice
    if notice.withdrawn:
        raise Refusal(Problem.WITHDRAWN)
    grade = _grade(notice, wish.grade)
    if wish.card:
        row = await board.cards.recognise(request, notice.announcement, wish.card)
        households = [Answering(row.household_id, row.household, row.head_name)]
    else:
        households = chosen(seen, wish.household)
    return await _record(board, notice, households, grade, device)


def _grade(notice: Notice, text: str) -> Grade:
    grade = next((grade for grade in Grade if grade.value == text), None)
    if grade is None or not may_say(notice.kind, grade):
        raise Refusal(Problem.GRADE_WRONG)
    return grade


def chosen(seen: Seen, household: str) -> list[Answering]:
    """Which remembered households answer: the named one, all, or the only one. Raises `Refusal`."""
    own = [Answering(one.household_id, one.household, one.head_name, one.identity_id) for one in seen.places]
    if not own:
        if seen.others and not household:
            raise Refusal(Problem.NOT_IN_AUDIENCE, head=seen.others[0].head_name)
        raise Refusal(Problem.CARD_MISSING)
    wanted = own if household in ("", ALL) else [one for one in own if one.household == household]
    if not wanted or (not household and len(own) > 1):
        raise Refusal(Problem.HOUSEHOLD_WRONG)
    return wanted


async def _record(
    board: Board, notice: Notice, households: Sequence[Answering], grade: Grade, device: str
) -> list[Answered]:
    now = board.context.clock()
    ticks = [Tick(notice.broadcast_id, one.household_id, device, grade, now, one.identity_id) for one in households]
    results = await board.context.writer.submit_all(queries.acknowledge, ticks)
    both = list(zip(households, results, strict=True))
    answered = [Answered(one, result.standing) for one, result in both if result.verdict is not Verdict.NOT_IN_AUDIENCE]
    if not answered:
        raise Refusal(Problem.NOT_IN_AUDIENCE, head=households[0].head_name)
    board.context.answered(notice.broadcast_id)
    return answered


def _as_json(board: Board, notice: Notice, answered: Sequence[Answered]) -> dict[str, object]:
    local = board.context.local
    return {
        "state": "acknowledged",
        "notice": notice.announcement,
        "broadcast": notice.code,
        "households": [
            {
                "household": one.household.household,
                "head_name": one.household.head_name,
                "outcome": one.standing.outcome,
                "grade": one.standing.grade,
                "answered_at": local(one.standing.answered_at).isoformat() if one.standing.answered_at else None,
            }
            for one in answered
        ],
    }

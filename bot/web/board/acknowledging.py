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
from announcements.types import Grade, Kind
from bot.web.board.notices import notice_page
from bot.web.board.parts import Board, TheBoard
from bot.web.board.seen import Place, may_say, see, standing_for, unknown
from bot.web.pages import PRIVATE, refusal_json, wants_json
from bot.web.problems import Problem, Refusal
from db.announcing import board as queries
from db.announcing.board import Target
from db.answering import ticks
from db.answering.answers import Verdict
from db.answering.ticks import Tick
from db.links.identities import IdentityRow

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
    wish = Wish(card.strip(), household.strip(), grade)
    try:
        target, answered = await _answer(request, board, code, wish, device)
    except Refusal as refusal:
        return await _refused(request, board, code, wish, refusal)
    response: Response = RedirectResponse(f"/n/{read_code(code)}?ok=1#tra-loi", 303, PRIVATE)
    if wants_json(request):
        response = JSONResponse(_as_json(board, target, answered), headers=PRIVATE)
    board.devices.remember(response, device)
    return response


async def _refused(request: Request, board: Board, code: str, wish: Wish, refusal: Refusal) -> Response:
    """The notice again with the sentence and what was typed; a card of another village is not offered again."""
    if wants_json(request):
        return refusal_json(refusal)
    typed = "" if refusal.problem is Problem.NOT_IN_AUDIENCE else nfc(wish.card)[:20]
    async with board.context.database.read() as connection:
        seen = await see(connection, code, board.devices.known(request))
    return notice_page(board, seen, refusal=refusal, typed=typed)


async def _answer(
    request: Request, board: Board, code: str, wish: Wish, device: str
) -> tuple[Target, list[Answered]]:  # fmt: skip
    board.limits.hear_notice(request)
    async with board.context.database.read() as connection:
        target = await queries.target(connection, code)
        if target is None:
            board.limits.unknown_notice(request)
            raise unknown(code)
        if target.withdrawn:
            raise Refusal(Problem.WITHDRAWN)
        grade = _grade(target.kind, wish.grade)
        if wish.card:
            row = await board.cards.recognise(connection, request, target.announcement, wish.card)
            households = [Answering(row.household_id, row.household, row.head_name)]
        else:
            places, others = await standing_for(connection, target, board.devices.known(request))
            households = chosen(places, others, wish.household)
    return target, await _record(board, target, households, grade, device)


def _grade(kind: Kind, text: str) -> Grade:
    grade = next((grade for grade in Grade if grade.value == text), None)
    if grade is None or not may_say(kind, grade):
        raise Refusal(Problem.GRADE_WRONG)
    return grade


def chosen(places: Sequence[Place], others: Sequence[IdentityRow], household: str) -> list[Answering]:
    """Which remembered households answer: the named one, all, or the only one. Raises `Refusal`."""
    own = [Answering(one.household_id, one.household, one.head_name, one.identity_id) for one in places]
    if not own:
        if others and not household:
            raise Refusal(Problem.NOT_IN_AUDIENCE, head=others[0].head_name)
        raise Refusal(Problem.CARD_MISSING)
    wanted = own if household in ("", ALL) else [one for one in own if one.household == household]
    if not wanted or (not household and len(own) > 1):
        raise Refusal(Problem.HOUSEHOLD_WRONG)
    return wanted


async def _record(
    board: Board, target: Target, households: Sequence[Answering], grade: Grade, device: str
) -> list[Answered]:
    now = board.context.clock()
    wishes = [Tick(target.broadcast_id, one.household_id, device, grade, now, one.identity_id) for one in households]
    results = await board.context.writer.submit_all(ticks.acknowledge, wishes)
    both = list(zip(households, results, strict=True))
    answered = [Answered(one, result.standing) for one, result in both if result.verdict is not Verdict.NOT_IN_AUDIENCE]
    if not answered:
        raise Refusal(Problem.NOT_IN_AUDIENCE, head=households[0].head_name)
    board.context.answered(target.broadcast_id)
    return answered


def _as_json(board: Board, target: Target, answered: Sequence[Answered]) -> dict[str, object]:
    local = board.context.local
    return {
        "state": "acknowledged",
        "notice": target.announcement,
        "broadcast": target.code,
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

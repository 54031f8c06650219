"""`/doors/{code}/{household}`: one household, and the taps on it. Without scripts a tap is a form and comes back to
the list; the script of the list sends the same form and gets the door back as it is now."""

import re
from enum import StrEnum
from typing import Annotated, TypeVar
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from announcements.types import Grade
from bot.office.reach import knocking
from bot.office.reach.knocking import Done
from bot.office.reach.recording import Result, Tap
from bot.web.doors.listing import door_page, tools
from bot.web.doors.words import done_words
from bot.web.moments import moment_of
from bot.web.office.parts import Recorder, TheOffice
from bot.web.pages import PRIVATE, wants_json
from bot.web.problems import Problem, Refusal
from bot.web.wording import say
from db.counting.doors import Door

router = APIRouter(include_in_schema=False)

Word = TypeVar("Word", bound=StrEnum)

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@router.api_route("/doors/{code}/{household:path}", methods=["GET", "HEAD"])
async def look(
    code: str, household: str, request: Request, office: TheOffice, visitor: Recorder,
    ok: Annotated[str, Query()] = "",
) -> Response:  # fmt: skip
    """What the code on the printed sheet opens."""
    at = await knocking.open_round(office.context, code, visitor.staff)
    door = await knocking.door(office.context, at, household, visitor.staff)
    said = say("door.recorded", head=door.head_name, result=done_words(door)) if ok else ""
    return await door_page(office, request, visitor.staff, at, door, said)


@router.post("/doors/{code}/{household:path}")
async def tap(
    code: str,
    household: str,
    request: Request,
    office: TheOffice,
    visitor: Recorder,
    done: Annotated[str, Form()] = "",
    key: Annotated[str, Form()] = "",
    at: Annotated[str, Form()] = "",
    grade: Annotated[str, Form()] = Grade.RECEIVED.value,
    back: Annotated[str, Form()] = "",
) -> Response:
    """Carry a tap out, once. `at`: when it was made, in milliseconds since 1970; `back`: "door" to return to that."""
    wanted, said = _read(Done, done), _read(Grade, grade)
    if not _KEY.fullmatch(key):
        raise Refusal(Problem.FORM_WRONG)
    result, door = await knocking.knock(
        office.context, code, household, visitor.staff, wanted, Tap(key, moment_of(at)), said
    )
    if wants_json(request):
        around = await knocking.open_round(office.context, code, visitor.staff)
        html = office.pages.fragment("door_item.html", at=around, door=door, tools=tools(around))
        return JSONResponse(
            {"household": door.household, "outcome": door.outcome.value, "changed": result.changed,
             "message": _words(wanted, result, door), "html": html},
            headers=PRIVATE,
        )  # fmt: skip
    place = f"/doors/{quote(result.broadcast.announcement)}"
    if back == "door":
        return RedirectResponse(f"{place}/{quote(door.household, safe='')}?ok=1", 303, PRIVATE)
    query = urlencode({"group": door.area, "ok": door.household})
    return RedirectResponse(f"{place}?{query}#ho-{door.household_id}", 303, PRIVATE)


def _read(kind: type[Word], text: str) -> Word:
    try:
        return kind(text)
    except ValueError:
        raise Refusal(Problem.FORM_WRONG) from None


def _words(wanted: Done, result: Result, door: Door) -> str:
    if wanted is Done.UNDO:
        return say("door.undone" if result.changed else "door.nothing_to_undo", head=door.head_name)
    if not result.changed:
        return say("door.settled", head=door.head_name)
    return say("door.recorded", head=door.head_name, result=say(f"door.{wanted.value}"))

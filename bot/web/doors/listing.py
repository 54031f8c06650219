"""`/doors` and `/doors/{code}`: from the open notices to a group's households, in the order of a walk."""

import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from announcements.types import Grade
from bot.office.reach import knocking
from bot.office.reach.knocking import Done, Round
from bot.web.doors.words import done_words, offered_grades
from bot.web.office.parts import Office, Recorder, TheOffice
from bot.web.problems import Problem, Refusal
from db.access.people import StaffRow
from db.counting.doors import DOORS, Door
from db.counting.reach import AreaFigures

router = APIRouter(include_in_schema=False)


@router.api_route("/doors", methods=["GET", "HEAD"])
async def choose(request: Request, office: TheOffice, visitor: Recorder) -> Response:
    """The open notices of one's area, each with how many doors are left."""
    found = await knocking.open_notices(office.context, visitor.staff)
    return office.page(request, "doors.html", notices=found)


@router.api_route("/doors/{code}", methods=["GET", "HEAD"])
async def walk(
    code: str, request: Request, office: TheOffice, visitor: Recorder, group: Annotated[str, Query()] = "",
    ok: Annotated[str, Query()] = "",
) -> Response:  # fmt: skip
    """The groups to choose from, or the only one's households. `ok` names the household recorded just now."""
    at = await knocking.open_round(office.context, code, visitor.staff)
    if not group and len(at.groups) > 1:
        return office.page(request, "doors_groups.html", at=at)
    here = at.group(group) if group else _only(at)
    return await group_page(office, request, visitor.staff, at, here, ok)


def _only(at: Round) -> AreaFigures:
    if not at.groups:
        raise Refusal(Problem.PAGE_UNKNOWN)
    return at.groups[0]


async def group_page(
    office: Office, request: Request, staff: StaffRow, at: Round, group: AreaFigures, ok: str = ""
) -> Response:
    """The households of one group, the open ones first in the order of the walk."""
    listed = await knocking.doors_of(office.context, at, group)
    just_done = next((door for door in listed if door.household == ok), None)
    return office.page(
        request,
        "doors_list.html",
        at=at,
        group=group,
        open_doors=[door for door in listed if door.outcome in DOORS],
        closed_doors=[door for door in listed if door.outcome not in DOORS],
        just_done=just_done,
        tools=tools(at),
    )


@dataclass(frozen=True, slots=True)
class Tools:
    """What the template of a single door needs beside the door."""

    grades: tuple[Grade, ...]
    ways: tuple[Done, ...] = knocking.WAYS
    reasons: tuple[Done, ...] = knocking.REASONS

    def new_key(self) -> str:
        """A name for a tap made without scripts: pressed twice, it is carried out once."""
        return secrets.token_urlsafe(12)

    def words(self, door: Door) -> str:
        return done_words(door)


def tools(at: Round) -> Tools:
    return Tools(offered_grades(at.row.kind))


async def door_page(office: Office, request: Request, staff: StaffRow, at: Round, door: Door, said: str) -> Response:
    """One household, as the code on the printed sheet opens it, with the next door to go to."""
    group = at.group(door.area)
    following = knocking.next_open(await knocking.doors_of(office.context, at, group), door.household)
    return office.page(
        request, "door.html", at=at, group=group, door=door, following=following, said=said, tools=tools(at)
    )

"""A notice as one device sees it: the notice itself, and where the households this device stands for are in it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import NOTHING_YET, Standing
from announcements.types import ChannelKind, Grade, Kind, Outcome
from bot.web.problems import Problem, Refusal
from db.announcing import board
from db.announcing.board import Notice, Target
from db.links import identities
from db.links.identities import IdentityRow

OPEN = frozenset({Outcome.OPEN, Outcome.NOT_REACHED})  # what a household itself may still call unanswered

_OFFERED = {Kind.MEETING: (Grade.RECEIVED, Grade.WILL_ATTEND, Grade.WILL_NOT_ATTEND, Grade.NEEDS_HELP)}
_ALWAYS = (Grade.RECEIVED,)


@dataclass(frozen=True, slots=True)
class Place:
    """A remembered household in the audience of a notice."""

    identity_id: int
    household_id: int
    household: str  # its code
    head_name: str
    standing: Standing
    answers: tuple[Grade, ...]  # what it may still say

    @property
    def is_open(self) -> bool:
        return self.standing.outcome in OPEN


@dataclass(frozen=True, slots=True)
class Seen:
    """`others` are remembered households that the notice is not for."""

    notice: Notice
    places: tuple[Place, ...] = ()
    others: tuple[IdentityRow, ...] = ()

    @property
    def several_open(self) -> bool:
        return sum(place.is_open for place in self.places) > 1


async def see(connection: AsyncConnection, code: str, device: str | None) -> Seen:
    """Read a notice for a device (None: nobody known). Raises `Refusal` when no public notice has that code."""
    notice = await board.notice(connection, code)
    if notice is None:
        raise unknown(code)
    return Seen(notice, *await standing_for(connection, notice, device))


def unknown(code: str) -> Refusal:
    """No public notice has this code."""
    return Refusal(Problem.NOTICE_UNKNOWN, code=code[:20])


async def standing_for(
    connection: AsyncConnection, notice: Notice | Target, device: str | None
) -> tuple[tuple[Place, ...], tuple[IdentityRow, ...]]:
    """The device's households in the audience, the open ones first, and those outside it."""
    if device is None:
        return (), ()
    rows = await identities.of(connection, ChannelKind.BOARD, device)
    standings = await board.standings(connection, notice.broadcast_id, [row.household_id for row in rows])
    places = [_place(notice.kind, row, standings[row.household_id]) for row in rows if row.household_id in standings]
    others = tuple(row for row in rows if row.household_id not in standings)
    return tuple(sorted(places, key=lambda place: not place.is_open)), others


def _place(kind: Kind, row: IdentityRow, standing: Standing) -> Place:
    return Place(row.id, row.household_id, row.household, row.head_name, standing, answers_left(kind, standing))


def answers_left(kind: Kind, standing: Standing = NOTHING_YET) -> tuple[Grade, ...]:
    """The buttons a household gets: a simple "received" once, the particular answers as long as they'd change it."""
    offered = _OFFERED.get(kind, _ALWAYS)
    if standing.outcome is not Outcome.ACKNOWLEDGED:
        return offered
    return tuple(grade for grade in offered if grade not in (Grade.RECEIVED, standing.grade))


def may_say(kind: Kind, grade: Grade) -> bool:
    """Does this answer make sense for a notice of this kind?"""
    return grade is Grade.UNDERSTOOD or grade in answers_left(kind)

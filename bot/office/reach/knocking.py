"""The door-knock list as a leader works through it: which notices are open, which groups, which households, and one
tap after another. Used by the pages and by the conversation of the same name; what a tap stores is `recording`'s."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotFound
from announcements.phrases import phrase
from announcements.reach import Figures
from announcements.types import IN_PERSON, AnnouncementState, Grade, How, Reason
from bot.context import Context
from bot.office.reach import recording
from bot.office.reach.recording import Result, Tap
from db.access.people import StaffRow
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.counting import doors, reach
from db.counting.doors import Door
from db.counting.reach import AreaFigures

OFFERED = 30  # notices to choose from
STAYS = timedelta(hours=12)  # a household that was closed stays on the list, to be taken back


class Done(StrEnum):
    """What a tap on a door says: the ways of `IN_PERSON`, the reasons of `Reason`, or that the last one is taken
    back."""

    MET = How.MET.value
    CALLED = How.CALLED.value
    SLIP = How.SLIP.value
    AWAY = Reason.AWAY.value
    HOSPITAL = Reason.HOSPITAL.value
    MOVED = Reason.MOVED.value
    DEVICE = Reason.DEVICE.value
    REFUSED = Reason.REFUSED.value
    UNKNOWN = Reason.UNKNOWN.value
    UNDO = "undo"


WAYS = tuple(done for done in Done if done.value in IN_PERSON)
REASONS = tuple(done for done in Done if done.value in set(Reason))


@dataclass(frozen=True, slots=True)
class Round:
    """One notice in one leader's area. `groups` are the areas where households live, each with its figures."""

    row: BroadcastRow
    total: Figures
    groups: tuple[AreaFigures, ...]
    names: dict[int, str]  # of every area of the round, for whoever has groups of several villages

    def group(self, code: str) -> AreaFigures:
        """The group with this code. Raises `NotFound`."""
        found = next((one for one in self.groups if one.code == code), None)
        if found is None:
            raise NotFound(phrase("mistake.area_unknown", wanted=code))
        return found

    def place(self, group: AreaFigures) -> str:
        """`Tổ 1, Thôn Thu Quế`; the village is left out where it is the leader's own."""
        above = self.names.get(group.parent_id) if group.parent_id is not None else None
        return f"{group.name}, {above}" if above and above != group.name else group.name


async def open_notices(context: Context, staff: StaffRow) -> list[tuple[BroadcastRow, Figures]]:
    """The latest notices of their area that are still of use, each with the figures of their area."""
    now = context.clock()
    async with context.database.read() as connection:
        latest = await notices.latest_under(connection, staff.path, OFFERED)
        totals = await reach.totals_under(connection, [row.id for row in latest], staff.path)
    return [(row, totals[row.id]) for row in latest if is_open(row, now) and row.id in totals]


def is_open(row: BroadcastRow, now: datetime) -> bool:
    """Is it still worth knocking on a door for this?"""
    return row.state is AnnouncementState.PUBLISHED and (row.valid_until is None or row.valid_until > now)


async def open_round(context: Context, code: str, staff: StaffRow) -> Round:
    """A notice to work on. Raises `NotFound` when none that went to their area has this code, `Mistake` when it was
    withdrawn."""
    async with context.database.read() as connection:
        row = await notices.find(connection, code)
        rows = await reach.areas_of(connection, row.id, under=staff.path)
    if not rows:
        raise NotFound(phrase("mistake.notice_unknown", code=code.strip()[:20]))
    if row.state is AnnouncementState.WITHDRAWN:
        raise Mistake(phrase("doors.withdrawn", code=row.announcement))
    inside = {one.area_id for one in rows}
    parents = {one.parent_id for one in rows}
    total = sum((one.figures for one in rows if one.parent_id not in inside), Figures())
    groups = tuple(one for one in rows if one.figures.audience and one.area_id not in parents)
    names = {one.area_id: one.name for one in rows if one.path != staff.path}
    return Round(row, total, groups, names)


async def doors_of(context: Context, at: Round, group: AreaFigures) -> list[Door]:
    """The households of a group to knock on, as a leader walks, and those that were closed in the last hours."""
    since = context.clock() - STAYS
    async with context.database.read() as connection:
        return await doors.unreached(connection, at.row.id, under=group.path, recorded_since=since)


async def door(context: Context, at: Round, household: str, staff: StaffRow) -> Door:
    """One household of the round, wherever it stands. Raises `NotFound` when it is none of theirs."""
    async with context.database.read() as connection:
        return await _own(connection, at.row, household, staff)


async def _own(connection: AsyncConnection, row: BroadcastRow, household: str, staff: StaffRow) -> Door:
    found = await doors.of_household(connection, row.id, household)
    if found is None or not staff.reaches(found.path):
        wanted = household.strip()[:40]
        raise NotFound(phrase("mistake.household_not_in_audience", household=wanted, code=row.announcement))
    return found


def next_open(listed: Sequence[Door], household: str) -> Door | None:
    """The next open door behind this one, or from the top again; None when it was the last."""
    codes = [one.household for one in listed]
    here = codes.index(household) + 1 if household in codes else 0
    others = (one for one in (*listed[here:], *listed[:here]) if one.household != household)
    return next((one for one in others if one.outcome in doors.DOORS), None)


async def knock(
    context: Context, code: str, household: str, staff: StaffRow, done: Done, tap: Tap, grade: Grade = Grade.RECEIVED
) -> tuple[Result, Door]:
    """Carry a tap out, once; returns what became of it and the door as it is now. Raises `Mistake`."""
    if done is Done.UNDO:
        result = await recording.undo(context, code, household, staff=staff, tap=tap)
    elif done in WAYS:
        how = How(done.value)
        result = await recording.told(context, code, household, how=how, staff=staff, grade=grade, tap=tap)
    else:
        why = Reason(done.value)
        result = await recording.unreachable(context, code, household, why=why, staff=staff, tap=tap)
    async with context.database.read() as connection:
        return result, await _own(connection, result.broadcast, household, staff)

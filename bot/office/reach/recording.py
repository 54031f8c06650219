"""What leaders record of households they spoke with, called, left a slip for, or could not reach."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.permissions import Permission
from announcements.phrases import phrase
from announcements.reach import Answer
from announcements.types import IN_PERSON, AnnouncementState, Grade, How, Outcome, Reason
from bot.context import Context
from bot.office.actors import Actor, staff_id
from bot.office.notices.announcing import actor, must_reach
from db import audit
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.answering import answers, taps, undoing
from db.answering.answers import Record, Recorded
from db.answering.undoing import Revocation
from db.counting import doors
from db.counting.doors import Door

OLDEST_TAP = timedelta(days=7)  # a telephone that waited longer for a line is not believed about the time


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap made on a telephone that may send it late and several times. `key` is the page's own name for it; `at` when
    the telephone says it was made."""

    key: str
    at: datetime | None = None

    def moment(self, row: BroadcastRow, now: datetime) -> datetime:
        """When it was made, as far as that can be believed; otherwise now."""
        earliest = max(row.published_at or now, now - OLDEST_TAP)
        return self.at if self.at is not None and earliest <= self.at <= now else now


@dataclass(frozen=True, slots=True)
class Result:
    """Where the household stands after what was recorded. `changed` is False when that changed neither where it stands
    nor why it could not be told; for an undo, when there was nothing to take back."""

    broadcast: BroadcastRow
    door: Door
    outcome: Outcome
    changed: bool


async def _door(
    connection: AsyncConnection, code: str, household: str, staff: Actor | None
) -> tuple[BroadcastRow, Door]:
    row = await notices.find(connection, code)
    door = await doors.of_household(connection, row.id, household)
    if door is None:
        raise NotFound(phrase("mistake.household_not_in_audience", household=household, code=row.code))
    if staff is not None and not staff.may(Permission.RECORD):
        raise NotAllowed(phrase("mistake.may_not_record", staff=staff.name))
    must_reach(staff, door.path, phrase("mistake.household", head=door.head_name))
    return row, door


async def told(
    context: Context,
    code: str,
    household: str,
    *,
    how: How,
    staff: Actor | None,
    grade: Grade = Grade.RECEIVED,
    tap: Tap | None = None,
) -> Result:
    """A leader met or called a household, or left a slip. The same `tap` again changes nothing."""
    if how not in IN_PERSON:
        raise Mistake(phrase("mistake.how_not_in_person"))
    return await _record(context, code, household, staff, how=how, grade=grade, tap=tap)


async def unreachable(
    context: Context, code: str, household: str, *, why: Reason, staff: Actor | None, tap: Tap | None = None
) -> Result:
    """A leader tried and could not tell the household. The same `tap` again changes nothing."""
    return await _record(context, code, household, staff, how=How.UNREACHABLE, reason=why, tap=tap)


async def _record(
    context: Context,
    code: str,
    household: str,
    staff: Actor | None,
    *,
    how: How,
    grade: Grade = Grade.RECEIVED,
    reason: Reason | None = None,
    tap: Tap | None = None,
) -> Result:
    now = context.clock()
    async with context.database.write() as connection:
        row, door = await _door(connection, code, household, staff)
        if await _repeated(connection, tap, staff, now):
            return Result(row, door, door.outcome, changed=False)
        if row.state is AnnouncementState.WITHDRAWN:
            raise Mistake(phrase("mistake.withdrawn", code=row.announcement))
        when = tap.moment(row, now) if tap else now
        record = Record(row.id, door.household_id, Answer(how, when, grade, "", reason), staff_id=staff_id(staff))
        recorded: Recorded = (await answers.record(connection, [record]))[0]
        await audit.note(connection, at=now, actor=actor(staff), action=how.value, subject=row.code,
                         household=door.household)  # fmt: skip
    context.answered(row.id)
    return Result(row, door, recorded.standing.outcome, recorded.moved)


async def _repeated(connection: AsyncConnection, tap: Tap | None, staff: Actor | None, now: datetime) -> bool:
    """Was this very tap carried out before?"""
    who = staff_id(staff)
    if tap is None or who is None:
        return False
    return not await taps.first(connection, f"{who}:{tap.key}", who, now)


async def undo(context: Context, code: str, household: str, *, staff: Actor | None, tap: Tap | None = None) -> Result:
    """Take back the latest thing staff recorded about a household; what the household said itself stays."""
    now = context.clock()
    async with context.database.write() as connection:
        row, door = await _door(connection, code, household, staff)
        if await _repeated(connection, tap, staff, now):
            return Result(row, door, door.outcome, changed=False)
        revocation = Revocation(row.id, door.household_id, staff_id(staff), now)
        changed = (await undoing.revoke(connection, [revocation]))[0]
        if changed:
            await audit.note(connection, at=now, actor=actor(staff), action="undo", subject=row.code,
                             household=door.household)  # fmt: skip
        after = await doors.of_household(connection, row.id, door.household)
    context.answered(row.id)
    return Result(row, door, after.outcome if after else door.outcome, changed)

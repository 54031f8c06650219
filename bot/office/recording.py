"""What leaders record of households they spoke with, called, left a slip for, or could not reach."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.permissions import Permission, may
from announcements.phrases import phrase
from announcements.reach import Answer
from announcements.types import IN_PERSON, AnnouncementState, Grade, How, Outcome, Reason
from bot.context import Context
from bot.office.announcing import actor, must_reach
from db import answers, audit, doors, notices
from db.answers import Record, Recorded, Revocation, Verdict
from db.doors import Door
from db.notices import BroadcastRow
from db.people import StaffRow


@dataclass(frozen=True, slots=True)
class Result:
    """Where the household stands after what was recorded. `changed` is False when it had answered already."""

    broadcast: BroadcastRow
    door: Door
    outcome: Outcome
    changed: bool


async def _door(
    connection: AsyncConnection, code: str, household: str, staff: StaffRow | None
) -> tuple[BroadcastRow, Door]:
    row = await notices.find(connection, code)
    door = await doors.of_household(connection, row.id, household)
    if door is None:
        raise NotFound(phrase("mistake.household_not_in_audience", household=household, code=row.code))
    if staff is not None and not may(staff.role, Permission.RECORD):
        raise NotAllowed(phrase("mistake.may_not_record", staff=staff.name))
    must_reach(staff, door.path, phrase("mistake.household", head=door.head_name))
    return row, door


async def told(
    context: Context, code: str, household: str, *, how: How, staff: StaffRow | None, grade: Grade = Grade.RECEIVED
) -> Result:
    """A leader met or called a household, or left a slip."""
    if how not in IN_PERSON:
        raise Mistake(phrase("mistake.how_not_in_person"))
    return await _record(context, code, household, staff, how=how, grade=grade)


async def unreachable(context: Context, code: str, household: str, *, why: Reason, staff: StaffRow | None) -> Result:
    """A leader tried and could not tell the household."""
    return await _record(context, code, household, staff, how=How.UNREACHABLE, reason=why)


async def _record(
    context: Context,
    code: str,
    household: str,
    staff: StaffRow | None,
    *,
    how: How,
    grade: Grade = Grade.RECEIVED,
    reason: Reason | None = None,
) -> Result:
    now = context.clock()
    async with context.database.write() as connection:
        row, door = await _door(connection, code, household, staff)
        if row.state is AnnouncementState.WITHDRAWN:
            raise Mistake(phrase("mistake.withdrawn", code=row.announcement))
        record = Record(
            row.id, door.household_id, Answer(how, now, grade, "", reason), staff_id=staff.id if staff else None
        )
        recorded: Recorded = (await answers.record(connection, [record]))[0]
        await audit.note(connection, at=now, actor=actor(staff), action=how.value, subject=row.code,
                         household=door.household)  # fmt: skip
    context.answered(row.id)
    return Result(row, door, recorded.standing.outcome, recorded.verdict is Verdict.NEW)


async def undo(context: Context, code: str, household: str, *, staff: StaffRow | None) -> Result:
    """Take back the latest thing staff recorded about a household; what the household said itself stays."""
    now = context.clock()
    async with context.database.write() as connection:
        row, door = await _door(connection, code, household, staff)
        revocation = Revocation(row.id, door.household_id, staff.id if staff else None, now)
        changed = (await answers.revoke(connection, [revocation]))[0]
        if changed:
            await audit.note(connection, at=now, actor=actor(staff), action="undo", subject=row.code,
                             household=door.household)  # fmt: skip
        after = await doors.of_household(connection, row.id, door.household)
    context.answered(row.id)
    return Result(row, door, after.outcome if after else door.outcome, changed)

"""Second thoughts: what is sent at once goes out ten seconds later, and until then it can be called back.

The one rule for `/thongbao` and for the composer's pages.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from announcements.types import AnnouncementState
from bot.context import Context
from bot.office.announcing import actor, must_own
from db import audit, drafts, lifecycle, notices
from db.notices import BroadcastRow
from db.people import StaffRow

SECOND_THOUGHTS = timedelta(seconds=10)


def goes_out_at(wanted: datetime | None, now: datetime) -> datetime:
    """When something confirmed at `now` goes out: at its time, or with second thoughts."""
    return wanted or now + SECOND_THOUGHTS


@dataclass(frozen=True, slots=True)
class CalledBack:
    """`undone`: nobody has seen it and nobody will. `draft_id` is the draft it was made from, open again."""

    row: BroadcastRow
    undone: bool
    draft_id: int | None = None


async def call_back(context: Context, code: str, staff: StaffRow | None) -> CalledBack:
    """Take an announcement back as if it had never been, if it has not gone out. Twice is no error."""
    now = context.clock()
    draft_id = None
    async with context.database.write() as connection:
        row = await notices.find(connection, code)
        await must_own(connection, row, staff)
        if await lifecycle.call_back(connection, row, staff.id if staff else None, now):
            draft_id = await drafts.give_back(connection, row.announcement_id, now)
            await audit.note(connection, at=now, actor=actor(staff), action="undo", subject=row.announcement)
        row = await notices.by_id(connection, row.id)
    undone = row.state is AnnouncementState.WITHDRAWN and row.published_at is None
    return CalledBack(row, undone, draft_id)

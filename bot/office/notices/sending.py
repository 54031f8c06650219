"""Second thoughts: what is sent at once goes out ten seconds later, and until then it can be called back.

The one rule for `/thongbao` and for the composer's pages.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AnnouncementState
from bot.context import Context
from bot.office.notices import drafting
from bot.office.notices.announcing import actor, announce, must_own
from bot.office.notices.audiences import audience
from db import audit
from db.access.people import StaffRow
from db.announcing import announced, drafts, lifecycle, notices
from db.announcing.notices import BroadcastRow

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


class Changed(Exception):
    """The draft is not what was looked at before it was sent. Nothing was sent."""


class Unfinished(Exception):
    """Something must be mended first: `lacks` by field."""

    def __init__(self, lacks: dict[str, str]) -> None:
        super().__init__("the draft can't be sent yet")
        self.lacks = lacks


class _SentBefore(Exception):
    """Another press of the button was quicker."""


async def send_draft(context: Context, staff: StaffRow, draft_id: int, mark: str) -> BroadcastRow:
    """Announce the draft that was looked at when its `mark` was this one, once: a second time it answers with what
    became of it. Raises `Changed`, `Unfinished`, `Mistake`."""
    now = context.clock()
    async with context.database.read() as connection:
        draft = await drafting.theirs(connection, staff, draft_id)
        if draft.announcement_id is not None:
            return await announced.latest_of(connection, draft.announcement_id)
        reached = await audience(connection, draft.fields.areas)
    if draft.mark != mark:
        raise Changed
    lacks = drafting.lacks(draft.fields, reached, staff, now)
    if lacks:
        raise Unfinished(lacks)

    async def use_up(connection: AsyncConnection, row: BroadcastRow) -> None:
        kept = await drafting.theirs(connection, staff, draft_id, lock=True)
        if kept.announcement_id is not None:
            raise _SentBefore
        if kept.mark != mark or not await drafts.use_up(connection, draft_id, row.announcement_id):
            raise Changed

    wanted = drafting.as_draft(draft.fields)
    wording = replace(wanted, due_at=goes_out_at(wanted.due_at, now))
    codes = [area.code for area in reached.areas]
    try:
        return await announce(context, wording, to=codes, staff=staff, files=draft.files,
                              supersedes=draft.fields.supersedes, within=use_up)  # fmt: skip
    except _SentBefore:
        return await send_draft(context, staff, draft_id, mark)


async def sent_as(context: Context, staff: StaffRow, draft_id: int) -> BroadcastRow | None:
    """What the draft became; None while it is one."""
    async with context.database.read() as connection:
        draft = await drafting.theirs(connection, staff, draft_id)
        return await announced.latest_of(connection, draft.announcement_id) if draft.announcement_id else None

"""The steps of a broadcast that nobody has seen yet: approved, returned, called back, missed while it waited.

Each step is taken by whoever takes the broadcast out of the state before; everybody else is told that it is gone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import NOT_OUT_YET, AnnouncementState, Role
from db.announcing import announced, notices
from db.announcing.notices import BroadcastRow
from db.tables import t

PROPOSED = AnnouncementState.PROPOSED


async def leave(
    connection: AsyncConnection, broadcast_id: int, sources: Collection[AnnouncementState], to: AnnouncementState
) -> bool:
    """Take a broadcast out of one of `sources`; False when it is in none of them (any more)."""
    b = t.broadcast
    changed = await connection.execute(
        update(b).where(b.c.id == broadcast_id, b.c.state.in_(sources)).values(state=to).returning(b.c.id)
    )
    return changed.first() is not None


async def call_back(connection: AsyncConnection, row: BroadcastRow, staff_id: int | None, now: datetime) -> bool:
    """Withdraw a broadcast that has not gone out; False when it has, or was withdrawn before."""
    if not await leave(connection, row.id, NOT_OUT_YET, AnnouncementState.WITHDRAWN):
        return False
    await notices.withdraw(connection, row.announcement_id, staff_id, now)
    return True


async def approve(connection: AsyncConnection, row: BroadcastRow, now: datetime) -> bool:
    """It may go out: at its time, or now where that has passed. False when it no longer waits for approval."""
    if not await leave(connection, row.id, {PROPOSED}, AnnouncementState.SCHEDULED):
        return False
    b = t.broadcast
    await connection.execute(update(b).where(b.c.id == row.id, b.c.due_at < now).values(due_at=now))
    return True


async def miss(connection: AsyncConnection, now: datetime) -> int:
    """Those whose validity ended while they waited for approval; returns how many."""
    b, a = t.broadcast, t.announcement
    over = select(a.c.id).where(a.c.id == b.c.announcement_id, a.c.valid_until <= now).exists()
    missed = await connection.execute(
        update(b).where(b.c.state == PROPOSED, over).values(state=AnnouncementState.MISSED).returning(b.c.id)
    )
    return len(missed.all())


async def proposed(connection: AsyncConnection) -> list[BroadcastRow]:
    """Everything that waits for approval, the oldest first."""
    rows = await connection.execute(
        notices.broadcast_rows().where(t.broadcast.c.state == PROPOSED).order_by(t.broadcast.c.id)
    )
    return [BroadcastRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A broadcast that waits for approval, where it goes, and who wrote it."""

    row: BroadcastRow
    areas: tuple[str, ...]
    author: str
    role: Role
    role_area: str


async def waiting(connection: AsyncConnection, path: str) -> list[Proposal]:
    """What waits for approval and goes nowhere but to the area at `path` and below; the most urgent first."""
    a, author, home = t.announcement, t.staff, t.area.alias("home")
    found = (
        await connection.execute(
            select(t.broadcast.c.id, author.c.name, author.c.role, home.c.name.label("home"))
            .join(a, a.c.id == t.broadcast.c.announcement_id)
            .join(author, author.c.id == a.c.created_by)
            .join(home, home.c.id == author.c.area_id)
            .where(t.broadcast.c.state == PROPOSED, announced.whole_audience_under(path))
            .order_by(a.c.urgency.desc(), t.broadcast.c.due_at, t.broadcast.c.id)
        )
    ).all()
    proposals = []
    for one in found:
        row = await notices.by_id(connection, one.id)
        proposals.append(Proposal(row, await _areas(connection, row.announcement_id), one.name, one.role, one.home))
    return proposals


async def _areas(connection: AsyncConnection, announcement_id: int) -> tuple[str, ...]:
    names = await connection.execute(
        select(t.area.c.name)
        .join(t.audience, t.audience.c.area_id == t.area.c.id)
        .where(t.audience.c.announcement_id == announcement_id)
        .order_by(t.area.c.path)
    )
    return tuple(names.scalars())

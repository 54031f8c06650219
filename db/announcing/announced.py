"""What was announced, as those look it up who go on with it: its files, its latest broadcast, whose business it is."""

from sqlalchemy import ColumnElement, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AnnouncementState
from db.announcing.notices import BroadcastRow, NewFile, broadcast_rows
from db.places.areas import below
from db.tables import t


async def latest_of(connection: AsyncConnection, announcement_id: int) -> BroadcastRow:
    """The latest broadcast of an announcement."""
    rows = await connection.execute(
        broadcast_rows()
        .where(t.broadcast.c.announcement_id == announcement_id)
        .order_by(t.broadcast.c.due_at.desc(), t.broadcast.c.id.desc())
        .limit(1)
    )
    return BroadcastRow(*rows.one())


async def files_of(connection: AsyncConnection, announcement_id: int) -> list[NewFile]:
    """The files of an announcement, in order."""
    a = t.attachment
    rows = await connection.execute(
        select(a.c.kind, a.c.name, a.c.path, a.c.size)
        .where(a.c.announcement_id == announcement_id)
        .order_by(a.c.position)
    )
    return [NewFile(*row) for row in rows]


def whole_audience_under(path: str) -> ColumnElement[bool]:
    """A condition on `announcement`: it goes nowhere but to the area at `path` and below."""
    area, audience = t.area, t.audience
    outside = (
        select(area.c.id)
        .join(audience, audience.c.area_id == area.c.id)
        .where(audience.c.announcement_id == t.announcement.c.id, not_(below(area.c.path, [path])))
    )
    return not_(outside.exists())


async def inside(connection: AsyncConnection, path: str, limit: int) -> list[BroadcastRow]:
    """Broadcasts in force that went nowhere but to the area at `path` and below, the newest first."""
    b = t.broadcast
    rows = await connection.execute(
        broadcast_rows()
        .where(b.c.state == AnnouncementState.PUBLISHED, whole_audience_under(path))
        .order_by(b.c.due_at.desc(), b.c.id.desc())
        .limit(limit)
    )
    return [BroadcastRow(*row) for row in rows]

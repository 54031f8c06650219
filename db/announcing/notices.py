"""Announcements, their schedules and broadcasts: creating, finding, withdrawing. Fan-out is in
`db/announcing/fanout.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.codes import broadcast_code, new_announcement_code, read_code
from announcements.mistakes import NotFound
from announcements.phrases import phrase
from announcements.types import AnnouncementState, FileKind, Kind, Urgency
from db.places.areas import below
from db.tables import t


@dataclass(frozen=True, slots=True)
class NewFile:
    """`uploads`: (account, the platform's own id) where an account has it already."""

    kind: FileKind
    name: str
    path: str
    size: int
    uploads: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class NewAnnouncement:
    """Checked input. `areas` are ids without overlaps; `due_at` is when it goes out."""

    kind: Kind
    urgency: Urgency
    title: str
    body: str
    areas: Sequence[int]
    due_at: datetime
    valid_until: datetime | None = None
    supersedes_id: int | None = None
    created_by: int | None = None
    files: Sequence[NewFile] = ()
    state: AnnouncementState = AnnouncementState.SCHEDULED


@dataclass(frozen=True, slots=True)
class BroadcastRow:
    """One broadcast with what is said of its announcement everywhere."""

    id: int
    code: str
    announcement_id: int
    announcement: str
    title: str
    body: str
    kind: Kind
    urgency: Urgency
    state: AnnouncementState
    due_at: datetime
    published_at: datetime | None
    half_at: datetime | None
    valid_until: datetime | None
    supersedes: str | None
    created_by: int | None
    created_at: datetime


async def create(connection: AsyncConnection, new: NewAnnouncement, now: datetime) -> int:
    """Store announcement, audience, files, schedule and first broadcast; returns the broadcast's id."""
    announcement, schedule = t.announcement, t.schedule
    code = await _free_code(connection)
    announcement_id: int = (
        await connection.execute(
            announcement.insert()
            .values(code=code, kind=new.kind, urgency=new.urgency, title=new.title, body=new.body,
                    valid_until=new.valid_until, supersedes_id=new.supersedes_id, created_by=new.created_by,
                    created_at=now)
            .returning(announcement.c.id)
        )
    ).scalar_one()  # fmt: skip
    await connection.execute(
        t.audience.insert(), [{"announcement_id": announcement_id, "area_id": area} for area in new.areas]
    )
    await _attach(connection, announcement_id, new.files)
    schedule_id = (
        await connection.execute(
            schedule.insert().values(announcement_id=announcement_id, at=new.due_at).returning(schedule.c.id)
        )
    ).scalar_one()
    broadcast_id: int = (
        await connection.execute(
            t.broadcast.insert()
            .values(code=broadcast_code(code, 1), announcement_id=announcement_id, schedule_id=schedule_id,
                    due_at=new.due_at, state=new.state)
            .returning(t.broadcast.c.id)
        )
    ).scalar_one()  # fmt: skip
    return broadcast_id


async def _attach(connection: AsyncConnection, announcement_id: int, files: Sequence[NewFile]) -> None:
    for number, file in enumerate(files):
        values = {"announcement_id": announcement_id, "position": number, "kind": file.kind, "name": file.name,
                  "path": file.path, "size": file.size}  # fmt: skip
        made = await connection.execute(t.attachment.insert().values(values).returning(t.attachment.c.id))
        ids = {"attachment_id": made.scalar_one()}
        for account, remote_id in file.uploads:
            await connection.execute(t.upload.insert().values(ids | {"account": account, "remote_id": remote_id}))


async def _free_code(connection: AsyncConnection) -> str:
    while True:
        code = new_announcement_code()
        if not (await connection.execute(select(t.announcement.c.id).where(t.announcement.c.code == code))).first():
            return code


def broadcast_rows() -> Any:
    """A query for what `BroadcastRow` holds."""
    a, b, older = t.announcement, t.broadcast, t.announcement.alias("older")
    return (
        select(b.c.id, b.c.code, b.c.announcement_id, a.c.code.label("announcement"), a.c.title, a.c.body, a.c.kind,
               a.c.urgency, b.c.state, b.c.due_at, b.c.published_at, b.c.half_at, a.c.valid_until,
               older.c.code.label("supersedes"), a.c.created_by, a.c.created_at)
        .join(a, a.c.id == b.c.announcement_id)
        .outerjoin(older, older.c.id == a.c.supersedes_id)
    )  # fmt: skip


async def find(connection: AsyncConnection, text: str) -> BroadcastRow:
    """The broadcast with this code, or the latest of the announcement with this code. Raises `NotFound`."""
    code = read_code(text)
    row = (
        await connection.execute(
            broadcast_rows()
            .where(t.broadcast.c.code == code if "." in code else t.announcement.c.code == code)
            .order_by(t.broadcast.c.due_at.desc(), t.broadcast.c.id.desc())
            .limit(1)
        )
    ).first()
    if row is None:
        raise NotFound(phrase("mistake.notice_unknown", code=text.strip()))
    return BroadcastRow(*row)


async def by_id(connection: AsyncConnection, broadcast_id: int) -> BroadcastRow:
    return BroadcastRow(*(await connection.execute(broadcast_rows().where(t.broadcast.c.id == broadcast_id))).one())


async def latest(connection: AsyncConnection, limit: int = 200) -> list[BroadcastRow]:
    """Broadcasts, the newest first."""
    rows = await connection.execute(
        broadcast_rows().order_by(t.broadcast.c.due_at.desc(), t.broadcast.c.id.desc()).limit(limit)
    )
    return [BroadcastRow(*row) for row in rows]


async def latest_under(connection: AsyncConnection, path: str, limit: int) -> list[BroadcastRow]:
    """Broadcasts that went out to the area at `path` or to one that lies below it now, the newest first."""
    b, r, area = t.broadcast, t.reach, t.area
    went_there = (
        select(r.c.area_id)
        .join(area, area.c.id == r.c.area_id)
        .where(r.c.broadcast_id == b.c.id, below(area.c.path, [path]))
        .exists()
    )
    rows = await connection.execute(
        broadcast_rows()
        .where(went_there, b.c.published_at.is_not(None))
        .order_by(b.c.due_at.desc(), b.c.id.desc())
        .limit(limit)
    )
    return [BroadcastRow(*row) for row in rows]


async def open_for(connection: AsyncConnection, household_id: int, now: datetime) -> list[BroadcastRow]:
    """Published broadcasts a household is a recipient of and that are still of use, the newest first."""
    rows = await connection.execute(
        broadcast_rows()
        .join(t.recipient, t.recipient.c.broadcast_id == t.broadcast.c.id)
        .where(
            t.recipient.c.household_id == household_id,
            t.broadcast.c.state == AnnouncementState.PUBLISHED,
            t.announcement.c.valid_until.is_(None) | (t.announcement.c.valid_until > now),
        )
        .order_by(t.broadcast.c.due_at.desc())
        .limit(50)
    )
    return [BroadcastRow(*row) for row in rows]


async def audience_of(connection: AsyncConnection, announcement_id: int) -> list[int]:
    """Ids of the areas an announcement was addressed to."""
    audience = t.audience
    return list(
        (
            await connection.execute(select(audience.c.area_id).where(audience.c.announcement_id == announcement_id))
        ).scalars()
    )


async def withdraw(connection: AsyncConnection, announcement_id: int, staff_id: int | None, now: datetime) -> bool:
    """Take an announcement back; False when it already was. Deliveries are `db/outbox.cancel`'s."""
    changed = (
        await connection.execute(
            update(t.announcement)
            .where(t.announcement.c.id == announcement_id, t.announcement.c.withdrawn_at.is_(None))
            .values(withdrawn_at=now, withdrawn_by=staff_id)
            .returning(t.announcement.c.id)
        )
    ).first()
    if changed is None:
        return False
    await connection.execute(
        update(t.broadcast)
        .where(t.broadcast.c.announcement_id == announcement_id)
        .values(state=AnnouncementState.WITHDRAWN)
    )
    return True


async def due(connection: AsyncConnection, now: datetime) -> list[int]:
    """Broadcasts whose time has come, the oldest first."""
    b = t.broadcast
    rows = await connection.execute(
        select(b.c.id).where(b.c.state == AnnouncementState.SCHEDULED, b.c.due_at <= now).order_by(b.c.due_at, b.c.id)
    )
    return list(rows.scalars())


async def leave_scheduled(connection: AsyncConnection, broadcast_id: int, to: AnnouncementState, now: datetime) -> bool:
    """Take a broadcast out of `scheduled`; the one caller who gets True does what follows, everybody else nothing."""
    changed = await connection.execute(
        update(t.broadcast)
        .where(t.broadcast.c.id == broadcast_id, t.broadcast.c.state == AnnouncementState.SCHEDULED)
        .values(state=to, published_at=now if to is AnnouncementState.PUBLISHED else None)
        .returning(t.broadcast.c.id)
    )
    return changed.first() is not None

"""What is stuck on its way out, for whoever can mend it: deliveries, chats, accounts, times that were missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import MAY_MOVE, MAY_RESEND
from announcements.types import AnnouncementState, ChannelKind, DeliveryState
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.announcing.seen import seen_from
from db.outbox.moving import of_late
from db.places.areas import below
from db.tables import t

_A, _AREA, _B, _CHAT, _D = t.announcement, t.area, t.broadcast, t.chat, t.delivery
WAITING = (DeliveryState.QUEUED, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class StuckDeliveries:
    """Deliveries of one broadcast in one state that only a person can send again."""

    broadcast: str  # its code
    announcement: str
    title: str
    state: DeliveryState
    chats: int


async def deliveries(
    connection: AsyncConnection, broadcast_ids: Sequence[int], path: str, now: datetime
) -> list[StuckDeliveries]:
    """Of these broadcasts, as long as they are of use, to chats that served below `path`; the newest first."""
    rows = await connection.execute(
        select(_B.c.code, _A.c.code.label("announcement"), _A.c.title, _D.c.state, func.count().label("n"))
        .select_from(_D)
        .join(_B, _B.c.id == _D.c.broadcast_id)
        .join(_A, _A.c.id == _B.c.announcement_id)
        .join(_AREA, _AREA.c.id == _D.c.area_id)
        .where(
            _D.c.broadcast_id.in_(broadcast_ids),
            _D.c.state.in_(list(MAY_RESEND)),
            _B.c.state == AnnouncementState.PUBLISHED,
            or_(_A.c.valid_until.is_(None), _A.c.valid_until > now),
            below(_AREA.c.path, [path]),
        )
        .group_by(_B.c.id, _B.c.code, _A.c.code, _A.c.title, _D.c.state)
        .order_by(_B.c.id.desc(), _D.c.state)
    )
    return [StuckDeliveries(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Going:
    """A broadcast on its way: `waiting` of its `chats` have yet to get it; `since` when the first began to wait."""

    broadcast: str
    title: str
    waiting: int
    chats: int
    since: datetime


async def going_out(connection: AsyncConnection, broadcast_ids: Sequence[int], path: str) -> list[Going]:
    """Of these broadcasts, those with deliveries below `path` that wait or are being sent."""
    waiting = func.count().filter(_D.c.state.in_(list(WAITING)))
    since = func.min(_D.c.changed_at, type_=_D.c.changed_at.type).filter(_D.c.state.in_(list(WAITING)))
    rows = await connection.execute(
        select(_B.c.code, _A.c.title, waiting, func.count(), since)
        .select_from(_D)
        .join(_B, _B.c.id == _D.c.broadcast_id)
        .join(_A, _A.c.id == _B.c.announcement_id)
        .join(_AREA, _AREA.c.id == _D.c.area_id)
        .where(_D.c.broadcast_id.in_(broadcast_ids), below(_AREA.c.path, [path]))
        .group_by(_B.c.id, _B.c.code, _A.c.title)
        .having(waiting > 0)
        .order_by(_B.c.id.desc())
    )
    return [Going(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LostChat:
    title: str
    area_name: str
    reason: str  # a `RefusedReason`


async def lost_chats(connection: AsyncConnection, path: str) -> list[LostChat]:
    """Chats in use below `path` that refused our last message."""
    rows = await connection.execute(
        select(_CHAT.c.title, _AREA.c.name, _CHAT.c.lost_reason)
        .join(_AREA, _AREA.c.id == _CHAT.c.area_id)
        .where(_CHAT.c.active, _CHAT.c.lost_reason != "", below(_AREA.c.path, [path]))
        .order_by(_AREA.c.path, _CHAT.c.id)
    )
    return [LostChat(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class DownAccount:
    """`stuck` deliveries of notices of late below the path are not where they should be."""

    name: str
    reason: str
    since: datetime
    stuck: int


async def down_accounts(connection: AsyncConnection, path: str, now: datetime) -> list[DownAccount]:
    """Accounts in trouble that some chat below `path` depends on."""
    a = t.account
    serves = (
        select(_CHAT.c.id)
        .join(_AREA, _AREA.c.id == _CHAT.c.area_id)
        .where(_CHAT.c.account == a.c.name, _CHAT.c.active, below(_AREA.c.path, [path]))
        .exists()
    )
    waiting = (
        select(func.count())
        .select_from(_D)
        .join(_AREA, _AREA.c.id == _D.c.area_id)
        .where(_D.c.account == a.c.name, _D.c.state.in_(list(MAY_MOVE)), _D.c.broadcast_id.in_(of_late(now)),
               below(_AREA.c.path, [path]))
        .scalar_subquery()
    )  # fmt: skip
    rows = await connection.execute(
        select(a.c.name, a.c.down_reason, a.c.down_since, waiting)
        .where(a.c.down_since.is_not(None), serves)
        .order_by(a.c.name)
    )
    return [DownAccount(*row) for row in rows]


async def missed(connection: AsyncConnection, path: str, since: datetime) -> list[BroadcastRow]:
    """Notices whose time came after their validity since then: they never went out."""
    query = notices.broadcast_rows().where(
        _B.c.state == AnnouncementState.MISSED, _B.c.due_at >= since, seen_from(path)
    )
    return [BroadcastRow(*row) for row in await connection.execute(query.order_by(_B.c.due_at.desc()))]


async def people_chats(connection: AsyncConnection, path: str) -> int:
    """How many chats in use below `path` people can see: the board's own are not counted."""
    query = select(func.count()).select_from(_CHAT).join(_AREA, _AREA.c.id == _CHAT.c.area_id)
    found = query.where(_CHAT.c.active, _CHAT.c.channel != ChannelKind.BOARD, below(_AREA.c.path, [path]))
    count: int = (await connection.execute(found)).scalar_one()
    return count

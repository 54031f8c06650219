"""One broadcast at one moment, for everybody who is watching it: read once, shown to each as far as they reach."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Figures
from announcements.types import AnnouncementState, DeliveryState
from db.access.people import active_at
from db.tables import t

_R, _D, _AREA = t.reach, t.delivery, t.area


@dataclass(frozen=True, slots=True)
class LiveArea:
    """A row of the report; `path` is where the area lies now, `inside` the id of the row it is part of."""

    area_id: int
    code: str
    path: str
    inside: int | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Moment:
    """`deliveries` counts by where the area of the chat lies now, and by state."""

    state: AnnouncementState
    areas: tuple[LiveArea, ...]
    deliveries: tuple[tuple[str, DeliveryState, int], ...]


async def moment(connection: AsyncConnection, broadcast_id: int) -> Moment:
    """How a broadcast stands now."""
    state = select(t.broadcast.c.state).where(t.broadcast.c.id == broadcast_id)
    rows = await connection.execute(
        select(_R.c.area_id, _R.c.code, _AREA.c.path, _R.c.parent_id, _R.c.audience, _R.c.reachable, _R.c.sent,
               _R.c.acknowledged, _R.c.told, _R.c.not_reached)
        .join(_AREA, _AREA.c.id == _R.c.area_id)
        .where(_R.c.broadcast_id == broadcast_id)
    )  # fmt: skip
    counts = await connection.execute(
        select(_AREA.c.path, _D.c.state, func.count().label("n"))
        .join(_AREA, _AREA.c.id == _D.c.area_id)
        .where(_D.c.broadcast_id == broadcast_id)
        .group_by(_AREA.c.path, _D.c.state)
    )
    return Moment(
        (await connection.execute(state)).scalar_one(),
        tuple(LiveArea(row[0], row[1], row[2], row[3], Figures(*row[4:10])) for row in rows),
        tuple((row.path, row.state, row.n) for row in counts),
    )


async def still_open(connection: AsyncConnection, sessions: Collection[int], now: datetime) -> dict[int, str]:
    """Which of these sessions are open, and the path their owner reaches from now."""
    s = t.web_session
    rows = await connection.execute(
        select(s.c.id, _AREA.c.path)
        .join(t.staff, t.staff.c.id == s.c.staff_id)
        .join(_AREA, _AREA.c.id == t.staff.c.area_id)
        .where(s.c.id.in_(list(sessions)), s.c.ended_at.is_(None), s.c.expires_at > now, active_at(now))
    )
    return {row.id: row.path for row in rows}

"""Households of an area, page by page: who lives there now, and who came too late for a broadcast's snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import Device
from db.counting.reach import came_late
from db.places import phones
from db.places.areas import below
from db.tables import t


@dataclass(frozen=True, slots=True)
class Resident:
    """A household as a list shows it. `phones` are E.164."""

    id: int
    code: str
    head_name: str
    representative: str
    area: str  # its code
    area_name: str
    address: str
    device: Device
    joined_at: datetime
    phones: tuple[str, ...] = ()


async def page(connection: AsyncConnection, path: str, *, after: int | None, limit: int) -> list[Resident]:
    """At most `limit` households living at `path` or below, from behind the one with the id `after`."""
    here = [t.household.c.left_at.is_(None), below(t.area.c.path, [path])]
    return await _entries(connection, here, after, limit)


async def late(
    connection: AsyncConnection, broadcast_id: int, published_at: datetime, path: str, *, after: int | None, limit: int
) -> list[Resident]:
    """The same of those who came into the audience's areas after the snapshot of a broadcast."""
    return await _entries(
        connection, [came_late(broadcast_id, published_at), below(t.area.c.path, [path])], after, limit
    )


async def _entries(
    connection: AsyncConnection, conditions: Sequence[ColumnElement[bool]], after: int | None, limit: int
) -> list[Resident]:
    h, area = t.household, t.area
    query: Any = (
        select(h.c.id, h.c.code, h.c.head_name, h.c.representative, area.c.code, area.c.name, h.c.address, h.c.device,
               h.c.joined_at)
        .join(area, area.c.id == h.c.area_id)
        .where(*conditions)
    )  # fmt: skip
    if after is not None:
        query = query.where(h.c.id > after)
    found = [Resident(*row) for row in await connection.execute(query.order_by(h.c.id).limit(limit))]
    numbers = await phones.of(connection, [resident.id for resident in found])
    return [replace(resident, phones=numbers.get(resident.id, ())) for resident in found]

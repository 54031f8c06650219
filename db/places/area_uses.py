"""What hangs on an area: areas below it, households, chats, staff, announcements that wait. Reading only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import NOT_OUT_YET, AnnouncementState, AreaKind, ChannelKind
from db.access import people
from db.places.areas import AreaRow, below
from db.tables import t

# States in which an announcement has yet to go out: a reorganisation changes where to.
STILL_TO_GO = (*NOT_OUT_YET, AnnouncementState.RETURNED)


@dataclass(frozen=True, slots=True)
class Uses:
    """Of an area and all below it: how many households live there, and the names people know the rest by."""

    households: int
    areas: tuple[str, ...]  # codes, without its own
    chats: tuple[str, ...]  # titles
    staff: tuple[str, ...]  # names


async def of_subtree(connection: AsyncConnection, path: str, now: datetime) -> Uses:
    """Everything in use at `path` and below."""
    area, h, chat, s = t.area, t.household, t.chat, t.staff
    here = below(area.c.path, [path])
    households = await connection.execute(
        select(func.count())
        .select_from(h)
        .join(area, area.c.id == h.c.area_id)
        .where(here, h.c.left_at.is_(None))
    )  # fmt: skip
    areas = select(area.c.code).where(here, area.c.path != path, area.c.retired_at.is_(None)).order_by(area.c.path)
    chats = (
        select(chat.c.title)
        .join(area, area.c.id == chat.c.area_id)
        .where(here, chat.c.active, chat.c.channel != ChannelKind.BOARD)
        .order_by(area.c.path, chat.c.id)
    )
    staff = (
        select(s.c.name)
        .join(area, area.c.id == s.c.area_id)
        .where(here, people.active_at(now))
        .order_by(area.c.path, s.c.id)
    )
    return Uses(
        households.scalar_one(),
        *[tuple((await connection.execute(query)).scalars()) for query in (areas, chats, staff)],
    )


async def children(connection: AsyncConnection, parent_id: int | None) -> list[AreaRow]:
    """The areas in use right below a parent; with None the tops of the tree. As a person would list them."""
    a = t.area
    rows = await connection.execute(
        select(a).where(a.c.parent_id == parent_id, a.c.retired_at.is_(None)).order_by(a.c.position, a.c.id)
    )
    return [_area(row) for row in rows]


def _area(row: Any) -> AreaRow:
    return AreaRow(row.id, row.code, row.name, row.kind, row.parent_id, row.path)


async def of_kind(connection: AsyncConnection, kind: AreaKind, path: str = "") -> list[AreaRow]:
    """The areas of a kind in use below `path`."""
    a = t.area
    here: list[ColumnElement[bool]] = [below(a.c.path, [path])] if path else []
    rows = await connection.execute(
        select(a).where(a.c.kind == kind, a.c.retired_at.is_(None), *here).order_by(a.c.path)
    )  # fmt: skip
    return [_area(row) for row in rows]


async def any_row(connection: AsyncConnection, code: str) -> tuple[AreaRow, bool] | None:
    """The area with exactly this code, and whether it is retired."""
    row = (await connection.execute(select(t.area).where(t.area.c.code == code))).first()
    return None if row is None else (_area(row), row.retired_at is not None)


@dataclass(frozen=True, slots=True)
class Resident:
    """A household living right in an area."""

    code: str
    head_name: str
    address: str


async def residents(connection: AsyncConnection, area_id: int) -> list[Resident]:
    h = t.household
    rows = await connection.execute(
        select(h.c.code, h.c.head_name, h.c.address)
        .where(h.c.area_id == area_id, h.c.left_at.is_(None))
        .order_by(h.c.address, h.c.code)
    )
    return [Resident(*row) for row in rows]


async def lived_in(connection: AsyncConnection, area_id: int) -> bool:
    """Has any household, gone ones included, its place right in this area?"""
    h = t.household
    return (await connection.execute(select(h.c.id).where(h.c.area_id == area_id).limit(1))).first() is not None


async def waiting_for(connection: AsyncConnection, area_ids: Sequence[int]) -> list[str]:
    """Codes of announcements that wait to go out to one of these areas."""
    audience, a, b = t.audience, t.announcement, t.broadcast
    rows = await connection.execute(
        select(a.c.code)
        .join(b, b.c.announcement_id == a.c.id)
        .join(audience, audience.c.announcement_id == a.c.id)
        .where(b.c.state.in_(STILL_TO_GO), audience.c.area_id.in_(area_ids))
        .distinct()
        .order_by(a.c.code)
    )
    return list(rows.scalars())

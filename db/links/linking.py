"""What linking a person to a household reads: households to choose from, presses that wait.

Called by `bot/conversations/`; the links themselves are in `db/links/identities.py`, wishes in `db/links/wishes.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from db.batches import chunks
from db.places.areas import below
from db.tables import t


@dataclass(frozen=True, slots=True)
class Choice:
    """A household as somebody who chooses theirs sees it; `place` is "Tổ 1, Thôn Thu Quế"."""

    household_id: int
    household: str  # its code
    head_name: str
    area_id: int
    path: str
    place: str


def _choices() -> Any:
    h, area, above = t.household, t.area, t.area.alias("above")
    return (
        select(h.c.id, h.c.code, h.c.head_name, area.c.id, area.c.path, area.c.name, above.c.name)
        .join(area, area.c.id == h.c.area_id)
        .outerjoin(above, above.c.id == area.c.parent_id)
        .where(h.c.left_at.is_(None))
    )


def _choice(row: Any) -> Choice:
    household_id, household, head_name, area_id, path, name, above = row
    return Choice(household_id, household, head_name, area_id, path, f"{name}, {above}" if above else name)


async def households_of(connection: AsyncConnection, area_id: int) -> list[Choice]:
    """The households that live in one area itself, by the names of their heads."""
    rows = await connection.execute(
        _choices().where(t.household.c.area_id == area_id).order_by(t.household.c.head_name, t.household.c.code)
    )
    return [_choice(row) for row in rows]


async def households_under(connection: AsyncConnection, path: str, most: int) -> list[Choice]:
    """The first `most` households that live in an area or below it, area by area, by the names of their heads."""
    area, h = t.area, t.household
    rows = await connection.execute(
        _choices().where(below(area.c.path, [path])).order_by(area.c.path, h.c.head_name, h.c.code).limit(most)
    )
    return [_choice(row) for row in rows]


async def households(connection: AsyncConnection, household_ids: Collection[int]) -> dict[int, Choice]:
    """Those of these households that live here, by their ids."""
    found: dict[int, Choice] = {}
    for ids in chunks(sorted(household_ids)):
        rows = await connection.execute(_choices().where(t.household.c.id.in_(ids)))
        found.update((row[0], _choice(row)) for row in rows)
    return found


async def household(connection: AsyncConnection, household_id: int) -> Choice | None:
    """One household that lives here, or None."""
    return (await households(connection, [household_id])).get(household_id)


async def has_pressed(connection: AsyncConnection, channel: ChannelKind, external_id: str) -> bool:
    """Do presses of this account wait for its link?"""
    p = t.pending_press
    mine = (p.c.channel == channel, p.c.external_id == external_id)
    return (await connection.execute(select(p.c.broadcast_id).where(*mine).limit(1))).first() is not None

"""What linking a person to a household reads: households to choose from, wishes that wait, presses that wait.

Called by `bot/conversations/`; the links themselves are in `db/links/identities.py`.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from db.links.identities import IdentityRow
from db.places.areas import below
from db.tables import IdentityState, t


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


async def households_under(connection: AsyncConnection, path: str) -> list[Choice]:
    """The households that live in an area or below it, area by area, by the names of their heads."""
    area, h = t.area, t.household
    rows = await connection.execute(
        _choices().where(below(area.c.path, [path])).order_by(area.c.path, h.c.head_name, h.c.code)
    )
    return [_choice(row) for row in rows]


async def household(connection: AsyncConnection, household_id: int) -> Choice | None:
    """One household that lives here, or None."""
    row = (await connection.execute(_choices().where(t.household.c.id == household_id))).first()
    return None if row is None else _choice(row)


async def waiting(connection: AsyncConnection, path: str, limit: int) -> list[IdentityRow]:
    """Wishes to be linked to households below `path` that nobody has decided, of every channel, the oldest first."""
    i, h, area = t.identity, t.household, t.area
    rows = await connection.execute(
        select(i.c.id, h.c.id, h.c.code, h.c.head_name, area.c.id, area.c.name, area.c.path, i.c.channel,
               i.c.external_id, i.c.name, i.c.state)
        .join(h, h.c.id == i.c.household_id)
        .join(area, area.c.id == h.c.area_id)
        .where(i.c.state == IdentityState.WAITING, below(area.c.path, [path]),
               h.c.left_at.is_(None))
        .order_by(i.c.asked_at, i.c.id)
        .limit(limit)
    )  # fmt: skip
    return [IdentityRow(*row) for row in rows]


async def has_asked(connection: AsyncConnection, channel: ChannelKind, external_id: str) -> bool:
    """Does a wish of this account wait for the leader's word?"""
    i = t.identity
    mine = (i.c.channel == channel, i.c.external_id == external_id, i.c.state == IdentityState.WAITING)
    return (await connection.execute(select(i.c.id).where(*mine).limit(1))).first() is not None


async def pressed(connection: AsyncConnection, channel: ChannelKind, external_id: str) -> list[int]:
    """The broadcasts this person pressed before being linked; those presses count once they are."""
    p = t.pending_press
    rows = await connection.execute(
        select(p.c.broadcast_id).where(p.c.channel == channel, p.c.external_id == external_id)
    )
    return list(rows.scalars())

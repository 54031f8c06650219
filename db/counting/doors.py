"""The door-knock list: households without an answer, for a leader to visit and close one by one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.addresses import natural_key, walk_key
from announcements.text import nfc
from announcements.types import Device, How, Outcome, Reason
from db.batches import chunks
from db.places import phones
from db.places.areas import below
from db.tables import t

DOORS = (Outcome.OPEN,)
RECORDED = (Outcome.TOLD, Outcome.NOT_REACHED)  # by a leader


@dataclass(frozen=True, slots=True)
class Door:
    """A household in one broadcast: still to knock on while `outcome` is open. Its area is where it lives now."""

    household_id: int
    household: str  # its code
    head_name: str
    area: str  # its code
    area_name: str
    path: str
    address: str
    device: Device
    outcome: Outcome
    phone: str = ""  # several with commas
    reason: Reason | None = None
    representative: str = ""


def _doors() -> Any:
    r, h, area = t.recipient, t.household, t.area
    return (
        select(h.c.id, h.c.code, h.c.head_name, area.c.code, area.c.name, area.c.path, h.c.address, h.c.device,
               r.c.outcome, h.c.representative)
        .join(h, h.c.id == r.c.household_id)
        .join(area, area.c.id == h.c.area_id)
    )  # fmt: skip


def _door(row: Any) -> Door:
    return replace(Door(*row[:9]), representative=row.representative)


async def unreached(
    connection: AsyncConnection,
    broadcast_id: int,
    *,
    under: str | None = None,
    outcomes: Iterable[Outcome] = DOORS,
    recorded_since: datetime | None = None,
) -> list[Door]:
    """The door-knock list: households without an answer, by area, then as a leader walks (`walk_key`).

    `under` is a path of today's tree: a household is knocked on by the leader of where it lives now.
    Those a leader recorded since `recorded_since` stay on it, so that pages don't shift while somebody works on them.
    """
    r, area = t.recipient, t.area
    listed: ColumnElement[bool] = r.c.outcome.in_(list(outcomes))
    if recorded_since is not None:
        listed = or_(listed, and_(r.c.outcome.in_(RECORDED), r.c.answered_at >= recorded_since))
    query = _doors().where(r.c.broadcast_id == broadcast_id, listed)
    if under is not None:
        query = query.where(below(area.c.path, [under]))
    found = sorted([_door(row) for row in await connection.execute(query)], key=_on_the_way)
    return await _detailed(connection, broadcast_id, found)


async def _detailed(connection: AsyncConnection, broadcast_id: int, found: Sequence[Door]) -> list[Door]:
    """With telephones, and the reasons of those that could not be told."""
    numbers = await phones.of(connection, [door.household_id for door in found])
    lost = [door.household_id for door in found if door.outcome is Outcome.NOT_REACHED]
    reasons = await _reasons(connection, broadcast_id, lost)
    return [
        replace(door, phone=", ".join(numbers.get(door.household_id, ())), reason=reasons.get(door.household_id))
        for door in found
    ]


def _on_the_way(door: Door) -> Any:
    return door.path, walk_key(door.address), natural_key(door.household)


async def page(
    connection: AsyncConnection, broadcast_id: int, *, under: str, after: int | None, limit: int
) -> list[Door]:
    """At most `limit` open households below the path `under`, as `unreached` orders them.

    They begin behind the household with the id `after`, whether or not that one is still on the list. Only the areas
    that the page lies in are read: sorting those of a whole commune for each page would take a second.
    """
    r, area = t.recipient, t.area
    listed = [r.c.broadcast_id == broadcast_id, r.c.outcome.in_(DOORS), below(area.c.path, [under])]
    last: Door | None = None
    if after is not None:
        row = (
            await connection.execute(_doors().where(r.c.broadcast_id == broadcast_id, r.c.household_id == after))
        ).first()
        if row is None:
            return []
        last = _door(row)
        listed.append(area.c.path >= last.path)
    paths = await _enough(connection, listed, limit, last)
    query = _doors().where(*listed, area.c.path.in_(paths))
    found = sorted([_door(row) for row in await connection.execute(query)], key=_on_the_way)
    if last is not None:
        place = _on_the_way(last)
        found = [door for door in found if _on_the_way(door) > place]
    return await _detailed(connection, broadcast_id, found[:limit])


async def _enough(
    connection: AsyncConnection, listed: Sequence[ColumnElement[bool]], limit: int, last: Door | None
) -> list[str]:
    """The first areas' paths that hold `limit` of the households listed; those beside `last` are not relied on."""
    area, count = t.area, func.count()
    households = _doors().with_only_columns(area.c.path, count).where(*listed)
    paths: list[str] = []
    for path, there in await connection.execute(households.group_by(area.c.path).order_by(area.c.path)):
        if limit <= 0:
            break
        paths.append(path)
        if last is None or path != last.path:
            limit -= there
    return paths


async def any_below(connection: AsyncConnection, broadcast_id: int, path: str) -> bool:
    """Does a household of the audience live in the area at `path`?"""
    query = _doors().where(t.recipient.c.broadcast_id == broadcast_id, below(t.area.c.path, [path])).limit(1)
    return (await connection.execute(query)).first() is not None


async def of_household(connection: AsyncConnection, broadcast_id: int, code: str) -> Door | None:
    """One household of a broadcast by its code (in any case), or None when it is not in the audience."""
    here, h = _doors().where(t.recipient.c.broadcast_id == broadcast_id), t.household
    wanted = nfc(code).strip()
    # The index finds a code written as people do; only an odd one costs a look at the whole audience.
    for like in (h.c.code.in_({wanted, wanted.upper(), wanted.lower()}), func.upper(h.c.code) == wanted.upper()):
        row = (await connection.execute(here.where(like))).first()
        if row is not None:
            return (await _detailed(connection, broadcast_id, [_door(row)]))[0]
    return None


async def _reasons(connection: AsyncConnection, broadcast_id: int, households: list[int]) -> dict[int, Reason]:
    a = t.acknowledgement
    found: dict[int, Reason] = {}
    for ids in chunks(households):
        for row in await connection.execute(
            select(a.c.household_id, a.c.reason)
            .where(a.c.broadcast_id == broadcast_id, a.c.household_id.in_(ids),
                   a.c.how == How.UNREACHABLE, a.c.revoked_at.is_(None))
            .order_by(a.c.id)
        ):  # fmt: skip
            if row.reason is not None:
                found[row.household_id] = row.reason
    return found

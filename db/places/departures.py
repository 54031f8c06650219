"""Households that a roster file no longer names: marked as left, unless they had better be asked about first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.roster import Departures, Living, RefusedRow, who_left
from db.batches import chunks
from db.places import areas
from db.places.areas import AreaRow
from db.tables import t


@dataclass(frozen=True, slots=True)
class Departed:
    """Who has left and who was kept; `places` are the areas of both by id."""

    found: Departures = field(default_factory=Departures)
    places: Mapping[int, AreaRow] = field(default_factory=dict)


async def leave(
    connection: AsyncConnection,
    living: Sequence[Living],
    refused: Sequence[RefusedRow],
    places: Mapping[tuple[str, str], int],
    *,
    meant: bool,
    now: datetime,
) -> Departed:
    """Mark those of `living` that have left; their history stays. `places`: the areas of the file, by their names."""
    found = who_left(living, [(row, _where(row, places)) for row in refused], meant=meant)
    for ids in chunks([one.id for one in found.leaving]):
        await connection.execute(update(t.household).where(t.household.c.id.in_(ids)).values(left_at=now))
    missing = {one.area_id for one in (*found.leaving, *found.held_back)}
    return Departed(found, {area.id: area for area in await areas.by_ids(connection, sorted(missing))})


def _where(row: RefusedRow, places: Mapping[tuple[str, str], int]) -> frozenset[int]:
    """The areas of the file that a refused row may speak of: what it leaves out may be any."""
    if (row.village, row.group) in places:
        return frozenset({places[row.village, row.group]})
    return frozenset(
        area_id
        for (village, group), area_id in places.items()
        if row.village in ("", village) and row.group in ("", group)
    )

"""The truth table of a broadcast, read from the counters that `db/counting/figures.py` keeps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Figures
from announcements.types import AreaKind, DeliveryState, Outcome
from db.places.areas import STEP, below, top_down
from db.tables import t

_R = t.reach


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """A row of the report: an area as it was called when the broadcast went out."""

    area_id: int
    code: str
    name: str
    kind: AreaKind
    parent_id: int | None
    path: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """The truth table of one broadcast. `areas` from the top down; `total` is the sum of the top ones."""

    total: Figures
    areas: list[AreaFigures]
    deliveries: dict[DeliveryState, int]
    by_channel: dict[str, int]
    by_grade: dict[str, int]
    late_joiners: int
    partial: bool = False  # of a part of the audience


_FIGURES = (_R.c.audience, _R.c.reachable, _R.c.sent, _R.c.acknowledged, _R.c.told, _R.c.not_reached)


async def totals(connection: AsyncConnection, broadcast_ids: Sequence[int]) -> dict[int, Figures]:
    """The total row of each broadcast."""
    return await _sums(connection, broadcast_ids, _R.c.parent_id.is_(None))


async def totals_under(connection: AsyncConnection, broadcast_ids: Sequence[int], path: str) -> dict[int, Figures]:
    """What each broadcast comes to in what lies below `path` now; broadcasts that did not go there are left out."""
    if len(path) == STEP:
        return await totals(connection, broadcast_ids)
    above, up = _R.alias("above"), t.area.alias("up")
    counted_there = (
        select(above.c.area_id)
        .join(up, up.c.id == above.c.area_id)
        .where(above.c.broadcast_id == _R.c.broadcast_id, above.c.area_id == _R.c.parent_id, below(up.c.path, [path]))
        .exists()
    )
    mine = select(t.area.c.id).where(t.area.c.id == _R.c.area_id, below(t.area.c.path, [path])).exists()
    return await _sums(connection, broadcast_ids, and_(mine, ~counted_there))


async def _sums(
    connection: AsyncConnection, broadcast_ids: Sequence[int], topmost: ColumnElement[bool]
) -> dict[int, Figures]:
    rows = await connection.execute(
        select(_R.c.broadcast_id, *_FIGURES).where(_R.c.broadcast_id.in_(broadcast_ids), topmost)
    )
    found: dict[int, Figures] = {}
    for broadcast_id, *figures in rows:
        found[broadcast_id] = found.get(broadcast_id, Figures()) + Figures(*figures)
    return found


async def groups_of(
    connection: AsyncConnection, broadcast_ids: Sequence[int], path: str
) -> list[tuple[int, int, Figures]]:
    """The groups below `path` now in each of these broadcasts: (broadcast, area, figures)."""
    rows = await connection.execute(
        select(_R.c.broadcast_id, _R.c.area_id, *_FIGURES)
        .join(t.area, t.area.c.id == _R.c.area_id)
        .where(_R.c.broadcast_id.in_(broadcast_ids), _R.c.kind == AreaKind.GROUP, below(t.area.c.path, [path]))
    )
    return [(row[0], row[1], Figures(*row[2:])) for row in rows]


async def areas_of(
    connection: AsyncConnection, broadcast_id: int, *, under: str | None = None, kinds: Iterable[AreaKind] | None = None
) -> list[AreaFigures]:
    """Rows of the report, from the top down; only what lies below the path `under` now, only of `kinds`, if given.

    Rows are of the tree as it was; who may see them is a question of the tree as it is.
    """
    query = select(_R.c.area_id, _R.c.code, _R.c.name, _R.c.kind, _R.c.parent_id, _R.c.path, *_FIGURES).where(
        _R.c.broadcast_id == broadcast_id
    )
    if under is not None:
        query = query.join(t.area, t.area.c.id == _R.c.area_id).where(below(t.area.c.path, [under]))
    if kinds is not None:
        query = query.where(_R.c.kind.in_(list(kinds)))
    rows = await connection.execute(query.order_by(func.length(_R.c.path), _R.c.position, _R.c.area_id))
    return top_down([AreaFigures(*row[:6], Figures(*row[6:])) for row in rows])


async def delivery_counts(
    connection: AsyncConnection, broadcast_id: int, *, under: str | None = None
) -> dict[DeliveryState, int]:
    """How many deliveries are in each state; every state is named. Only to chats below the path `under`, if given."""
    d = t.delivery
    query = select(d.c.state, func.count().label("n")).where(d.c.broadcast_id == broadcast_id)
    if under is not None:
        query = query.join(t.area, t.area.c.id == d.c.area_id).where(below(t.area.c.path, [under]))
    rows = await connection.execute(query.group_by(d.c.state))
    return {**dict.fromkeys(DeliveryState, 0), **{row.state: row.n for row in rows}}


async def tallies(connection: AsyncConnection, broadcast_id: int, what: str) -> dict[str, int]:
    """Acknowledged households by `channel` or by `grade`; the most frequent first."""
    tally = t.tally
    rows = await connection.execute(
        select(tally.c.name, tally.c.households)
        .where(tally.c.broadcast_id == broadcast_id, tally.c.what == what, tally.c.households > 0)
        .order_by(tally.c.households.desc(), tally.c.name)
    )
    return {row.name: row.households for row in rows}


async def tallies_below(connection: AsyncConnection, broadcast_id: int, what: str, path: str) -> dict[str, int]:
    """The same of households below `path` only. Counted from the recipients: of a village, hundreds."""
    r, area = t.recipient, t.area
    name = r.c.channel if what == "channel" else r.c.grade
    rows = await connection.execute(
        select(name, func.count().label("n"))
        .join(area, area.c.id == r.c.area_id)
        .where(r.c.broadcast_id == broadcast_id, r.c.outcome == Outcome.ACKNOWLEDGED, below(area.c.path, [path]))
        .group_by(name)
        .order_by(func.count().desc(), name)
    )
    return {str(row[0]): row.n for row in rows}


async def late_joiners(
    connection: AsyncConnection, broadcast_id: int, published_at: datetime | None, *, under: str | None = None
) -> int:
    """Households that came into the audience's areas after the snapshot; only below the path `under`, if given."""
    if published_at is None:
        return 0
    query = select(func.count()).select_from(t.household).where(came_late(broadcast_id, published_at))
    if under is not None:
        query = query.join(t.area, t.area.c.id == t.household.c.area_id).where(below(t.area.c.path, [under]))
    count: int = (await connection.execute(query)).scalar_one()
    return count


def came_late(broadcast_id: int, published_at: datetime) -> ColumnElement[bool]:
    """A condition on a household: it came into the audience's areas after the snapshot."""
    h, r = t.household, t.recipient
    known = select(r.c.household_id).where(r.c.broadcast_id == broadcast_id, r.c.household_id == h.c.id).exists()
    # EXISTS and not a join: it begins with the few that joined since, not with the many areas.
    here = select(_R.c.area_id).where(_R.c.broadcast_id == broadcast_id, _R.c.area_id == h.c.area_id).exists()
    return and_(h.c.left_at.is_(None), h.c.joined_at > published_at, here, ~known)


async def report_below(
    connection: AsyncConnection, broadcast_id: int, published_at: datetime | None, path: str
) -> Report:
    """The truth table of what lies below `path`: the whole one where that is all of the audience."""
    areas = await areas_of(connection, broadcast_id, under=path)
    everywhere = select(func.count()).select_from(_R).where(_R.c.broadcast_id == broadcast_id)
    if len(areas) == (await connection.execute(everywhere)).scalar_one():
        return await _whole(connection, broadcast_id, published_at, areas)
    return Report(
        total=sum_of(areas),
        areas=areas,
        deliveries=await delivery_counts(connection, broadcast_id, under=path),
        by_channel=await tallies_below(connection, broadcast_id, "channel", path),
        by_grade=await tallies_below(connection, broadcast_id, "grade", path),
        late_joiners=await late_joiners(connection, broadcast_id, published_at, under=path),
        partial=True,
    )


def sum_of(areas: Sequence[AreaFigures]) -> Figures:
    """The total of rows of one report: the sum of those that lie in no other."""
    inside = {one.area_id for one in areas}
    return sum((one.figures for one in areas if one.parent_id not in inside), Figures())


async def report(connection: AsyncConnection, broadcast_id: int, published_at: datetime | None) -> Report:
    """The whole truth table of one broadcast."""
    return await _whole(connection, broadcast_id, published_at, await areas_of(connection, broadcast_id))


async def _whole(
    connection: AsyncConnection, broadcast_id: int, published_at: datetime | None, areas: list[AreaFigures]
) -> Report:
    return Report(
        total=sum_of(areas),
        areas=areas,
        deliveries=await delivery_counts(connection, broadcast_id),
        by_channel=await tallies(connection, broadcast_id, "channel"),
        by_grade=await tallies(connection, broadcast_id, "grade"),
        late_joiners=await late_joiners(connection, broadcast_id, published_at),
    )

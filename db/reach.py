"""Counters of reach and the truth table read from them.

`move` and `cover` keep the counters inside the transaction that stores the answer or the settlement; `report` reads
them; `db/recount.py` proves them against the rows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Figures, Standing
from announcements.types import AreaKind, DeliveryState, Outcome
from db.areas import ancestors, below, last_id
from db.tables import t

COUNTED = {Outcome.ACKNOWLEDGED: "acknowledged", Outcome.TOLD: "told", Outcome.NOT_REACHED: "not_reached"}


@dataclass(frozen=True, slots=True)
class Move:
    """A household of `area_id` went from one standing to another in a broadcast."""

    broadcast_id: int
    area_id: int
    before: Standing
    after: Standing


_R = t.reach
_ADD = (
    update(_R)
    .where(_R.c.broadcast_id == bindparam("p_broadcast"), _R.c.area_id == bindparam("p_area"))
    .values(
        sent=_R.c.sent + bindparam("p_sent"),
        acknowledged=_R.c.acknowledged + bindparam("p_acknowledged"),
        told=_R.c.told + bindparam("p_told"),
        not_reached=_R.c.not_reached + bindparam("p_not_reached"),
    )
)


async def move(connection: AsyncConnection, moves: Sequence[Move]) -> None:
    """Add `moves` to the counters of their areas and of all areas above them in the audience."""
    if not moves:
        return
    own: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    tallies: Counter[tuple[int, str, str]] = Counter()
    for one in moves:
        for standing, sign in ((one.before, -1), (one.after, 1)):
            column = COUNTED.get(standing.outcome)
            if column:
                own[one.broadcast_id, one.area_id][column] += sign
            if standing.outcome is Outcome.ACKNOWLEDGED and standing.grade is not None:
                tallies[one.broadcast_id, "channel", standing.channel] += sign
                tallies[one.broadcast_id, "grade", standing.grade.value] += sign
    await _add(connection, own)
    await _tally(connection, tallies)
    answered = [one.after.answered_at for one in moves if one.after.answered_at is not None]
    if answered:
        await _note_half(connection, {one.broadcast_id for one in moves}, max(answered))


async def _add(connection: AsyncConnection, own: dict[tuple[int, int], Counter[str]]) -> None:
    """Write deltas given by (broadcast, area) to these areas and everything above them, locked in one order."""
    changed = {key: delta for key, delta in own.items() if any(delta.values())}
    if not changed:
        return
    area_ids = {area_id for _, area_id in changed}
    rows = await connection.execute(
        select(_R.c.broadcast_id, _R.c.area_id, _R.c.path).where(
            _R.c.broadcast_id.in_({broadcast for broadcast, _ in changed}), _R.c.area_id.in_(area_ids)
        )
    )
    paths = {(row.broadcast_id, row.area_id): row.path for row in rows}
    sums: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for key, delta in changed.items():
        for path in ancestors(paths.get(key, "")):
            sums[key[0], last_id(path)].update(delta)
    await connection.execute(
        _ADD,
        [
            {"p_broadcast": broadcast, "p_area": area, "p_sent": delta["sent"], "p_told": delta["told"],
             "p_acknowledged": delta["acknowledged"], "p_not_reached": delta["not_reached"]}
            for (broadcast, area), delta in sorted(sums.items())
        ],
    )  # fmt: skip


async def _tally(connection: AsyncConnection, tallies: Counter[tuple[int, str, str]]) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [
        {"broadcast_id": broadcast, "what": what, "name": name, "households": households}
        for (broadcast, what, name), households in sorted(tallies.items())
        if households
    ]
    if rows:
        statement = insert(t.tally)
        more = t.tally.c.households + statement.excluded.households
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["broadcast_id", "what", "name"], set_={"households": more}
            ), rows,
        )  # fmt: skip


async def _note_half(connection: AsyncConnection, broadcasts: set[int], now: datetime) -> None:
    """The first time half of the audience has acknowledged by themselves is kept: it can't be counted afterwards."""
    b = t.broadcast
    half = (
        select(_R.c.broadcast_id)
        .where(_R.c.parent_id.is_(None))
        .group_by(_R.c.broadcast_id)
        .having(2 * func.sum(_R.c.acknowledged) >= func.sum(_R.c.audience))
        .where(_R.c.broadcast_id.in_(broadcasts))
    )
    await connection.execute(
        update(b).where(b.c.id.in_(broadcasts), b.c.half_at.is_(None), b.c.id.in_(half)).values(half_at=now)
    )


async def cover(connection: AsyncConnection, chats: Iterable[tuple[int, int]]) -> None:
    """Deliveries to chats of these (broadcast, area) arrived: all households below count as sent, each once."""
    asked_for = set(chats)
    if not asked_for:
        return
    rows = (
        await connection.execute(
            select(_R.c.broadcast_id, _R.c.area_id, _R.c.path, _R.c.audience, _R.c.sent)
            .where(_R.c.broadcast_id.in_({b for b, _ in asked_for}), _R.c.area_id.in_({area for _, area in asked_for}))
            .order_by(_R.c.path)
        )
    ).all()
    whole: dict[tuple[int, str], Any] = {}
    for row in rows:  # parents before children
        asked = (row.broadcast_id, row.area_id) in asked_for and row.sent < row.audience
        if asked and not any((row.broadcast_id, path) in whole for path in ancestors(row.path)):
            whole[row.broadcast_id, row.path] = row
    for row in await _with_children(connection, list(whole.values())):
        await connection.execute(
            update(_R)
            .where(_R.c.broadcast_id == row.broadcast_id, _R.c.path.like(f"{row.path}_%"))
            .values(sent=_R.c.audience)
        )
    await _add(
        connection,
        {(row.broadcast_id, row.area_id): Counter(sent=row.audience - row.sent) for row in whole.values()},
    )


async def _with_children(connection: AsyncConnection, rows: Sequence[Any]) -> list[Any]:
    parents = await connection.execute(
        select(_R.c.broadcast_id, _R.c.parent_id)
        .where(
            _R.c.broadcast_id.in_({row.broadcast_id for row in rows}), _R.c.parent_id.in_([row.area_id for row in rows])
        )
        .distinct()
    )
    found = {(parent.broadcast_id, parent.parent_id) for parent in parents}
    return [row for row in rows if (row.broadcast_id, row.area_id) in found]


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


def _figures(row: Any) -> Figures:
    return Figures(row.audience, row.reachable, row.sent, row.acknowledged, row.told, row.not_reached)


async def totals(connection: AsyncConnection, broadcast_ids: Sequence[int]) -> dict[int, Figures]:
    """The total row of each broadcast."""
    rows = await connection.execute(select(_R).where(_R.c.broadcast_id.in_(broadcast_ids), _R.c.parent_id.is_(None)))
    found: dict[int, Figures] = {}
    for row in rows:
        found[row.broadcast_id] = found.get(row.broadcast_id, Figures()) + _figures(row)
    return found


async def areas_of(
    connection: AsyncConnection, broadcast_id: int, *, under: str | None = None, kinds: Iterable[AreaKind] | None = None
) -> list[AreaFigures]:
    """Rows of the report, from the top down; only below the path `under`, only of `kinds`, if given."""
    query = select(_R).where(_R.c.broadcast_id == broadcast_id)
    if under is not None:
        query = query.where(below(_R.c.path, [under]))
    if kinds is not None:
        query = query.where(_R.c.kind.in_(list(kinds)))
    rows = (await connection.execute(query.order_by(func.length(_R.c.path), _R.c.position, _R.c.area_id))).all()
    place = {row.path: index for index, row in enumerate(rows)}
    in_order = sorted(rows, key=lambda row: [place[path] for path in ancestors(row.path) if path in place])
    return [
        AreaFigures(row.area_id, row.code, row.name, row.kind, row.parent_id, row.path, _figures(row))
        for row in in_order
    ]


async def delivery_counts(connection: AsyncConnection, broadcast_id: int) -> dict[DeliveryState, int]:
    """How many deliveries are in each state; every state is named."""
    d = t.delivery
    rows = await connection.execute(
        select(d.c.state, func.count().label("n")).where(d.c.broadcast_id == broadcast_id).group_by(d.c.state)
    )
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


async def late_joiners(connection: AsyncConnection, broadcast_id: int, published_at: datetime | None) -> int:
    """Households that came into the audience's areas after the snapshot."""
    if published_at is None:
        return 0
    h, r = t.household, t.recipient
    known = select(r.c.household_id).where(r.c.broadcast_id == broadcast_id, r.c.household_id == h.c.id).exists()
    count: int = (
        await connection.execute(
            select(func.count())
            .select_from(h)
            .join(_R, (_R.c.area_id == h.c.area_id) & (_R.c.broadcast_id == broadcast_id))
            .where(h.c.left_at.is_(None), h.c.joined_at > published_at, ~known)
        )
    ).scalar_one()
    return count


async def report(connection: AsyncConnection, broadcast_id: int, published_at: datetime | None) -> Report:
    """The whole truth table of one broadcast."""
    areas = await areas_of(connection, broadcast_id)
    total = sum((row.figures for row in areas if row.parent_id is None), Figures())
    return Report(
        total=total,
        areas=areas,
        deliveries=await delivery_counts(connection, broadcast_id),
        by_channel=await tallies(connection, broadcast_id, "channel"),
        by_grade=await tallies(connection, broadcast_id, "grade"),
        late_joiners=await late_joiners(connection, broadcast_id, published_at),
    )

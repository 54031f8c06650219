"""The counters of reach by area, moved inside the transaction that stores the answer or the settlement.

Called by `db/answering/answers.py` and `db/outbox.py`; `db/counting/reach.py` reads them, `db/counting/recount.py`
proves them against the rows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import ARRIVED
from announcements.reach import Standing
from announcements.types import Outcome
from db.batches import by_first
from db.places.areas import AFTER_HEX, STEP, ancestors, last_id
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
_PATHS = select(_R.c.area_id, _R.c.path).where(
    _R.c.broadcast_id == bindparam("broadcast"), _R.c.area_id.in_(bindparam("areas", expanding=True))
)
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
    await _note_half(connection, _latest(moves))


def _latest(moves: Sequence[Move]) -> dict[int, datetime]:
    """When the last household of `moves` acknowledged by itself, by broadcast."""
    found: dict[int, datetime] = {}
    for one in moves:
        at = one.after.answered_at
        if one.after.outcome is Outcome.ACKNOWLEDGED and at is not None:
            found[one.broadcast_id] = max(at, found.get(one.broadcast_id, at))
    return found


async def _add(connection: AsyncConnection, own: dict[tuple[int, int], Counter[str]]) -> None:
    """Write deltas given by (broadcast, area) to these areas and everything above them, locked in one order."""
    changed = {key: delta for key, delta in own.items() if any(delta.values())}
    if not changed:
        return
    paths: dict[tuple[int, int], str] = {}
    for broadcast, areas in by_first(changed):
        rows = await connection.execute(_PATHS, {"broadcast": broadcast, "areas": areas})
        paths.update(((broadcast, row.area_id), row.path) for row in rows.all())
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


def _tallying(new: Any) -> Any:
    more = t.tally.c.households + new.excluded.households
    return new.on_conflict_do_update(index_elements=["broadcast_id", "what", "name"], set_={"households": more})


_TALLY = {"postgresql": _tallying(postgresql.insert(t.tally)), "sqlite": _tallying(sqlite.insert(t.tally))}


async def _tally(connection: AsyncConnection, tallies: Counter[tuple[int, str, str]]) -> None:
    rows = [
        {"broadcast_id": broadcast, "what": what, "name": name, "households": households}
        for (broadcast, what, name), households in sorted(tallies.items())
        if households
    ]
    if rows:
        await connection.execute(_TALLY[connection.dialect.name], rows)


_HALF = (
    select(t.broadcast.c.id)
    .join(_R, _R.c.broadcast_id == t.broadcast.c.id)
    .where(
        t.broadcast.c.id.in_(bindparam("broadcasts", expanding=True)),
        t.broadcast.c.half_at.is_(None),
        _R.c.parent_id.is_(None),
    )
    .group_by(t.broadcast.c.id)
    .having(2 * func.sum(_R.c.acknowledged) >= func.sum(_R.c.audience))
)


async def _note_half(connection: AsyncConnection, latest: dict[int, datetime]) -> None:
    """The first time half of the audience has acknowledged by themselves is kept: it can't be counted afterwards."""
    b = t.broadcast
    reached = await connection.execute(_HALF, {"broadcasts": list(latest)})
    for broadcast_id in reached.scalars().all():
        await connection.execute(update(b).where(b.c.id == broadcast_id).values(half_at=latest[broadcast_id]))


async def hold(connection: AsyncConnection, broadcast_ids: Iterable[int]) -> None:
    """Have everybody else who moves counters of these broadcasts wait until this transaction ends.

    Whoever moves counters ends at the top rows; taking those first, in one order, is what keeps two processes from
    waiting for each other in a circle, and `cover` from adding to figures it read a moment too early.
    """
    if connection.dialect.name != "postgresql":  # SQLite has one writer at a time
        return
    top = select(_R.c.area_id).where(_R.c.broadcast_id.in_(set(broadcast_ids)), _R.c.parent_id.is_(None))
    await connection.execute(top.order_by(_R.c.broadcast_id, _R.c.area_id).with_for_update())


_COVER = (
    update(_R)
    .where(
        _R.c.broadcast_id == bindparam("p_broadcast"),
        _R.c.path > bindparam("p_path"),
        _R.c.path < bindparam("p_end"),
    )
    .values(sent=_R.c.audience)
)


async def cover(connection: AsyncConnection, chats: Iterable[tuple[int, int]]) -> None:
    """Deliveries to chats of these (broadcast, area) arrived: all households below count as sent, each once."""
    asked_for = set(chats)
    if not asked_for:
        return
    broadcasts = {broadcast for broadcast, _ in asked_for}
    await hold(connection, broadcasts)
    rows = (
        await connection.execute(
            select(_R.c.broadcast_id, _R.c.area_id, _R.c.path, _R.c.audience, _R.c.sent)
            .where(_R.c.broadcast_id.in_(broadcasts), _R.c.area_id.in_({area for _, area in asked_for}))
            .order_by(_R.c.broadcast_id, _R.c.path)
        )
    ).all()
    whole: dict[tuple[int, str], Any] = {}
    for row in rows:  # parents before children
        asked = (row.broadcast_id, row.area_id) in asked_for and row.sent < row.audience
        if asked and not any((row.broadcast_id, path) in whole for path in ancestors(row.path)):
            whole[row.broadcast_id, row.path] = row
    if not whole:
        return
    await connection.execute(
        _COVER,
        [{"p_broadcast": broadcast, "p_path": path, "p_end": path + AFTER_HEX} for broadcast, path in whole],
    )
    await _add(
        connection,
        {(row.broadcast_id, row.area_id): Counter(sent=row.audience - row.sent) for row in whole.values()},
    )


_SET_SENT = (
    update(_R)
    .where(_R.c.broadcast_id == bindparam("p_broadcast"), _R.c.area_id == bindparam("p_area"))
    .values(sent=bindparam("p_sent"))
)


async def uncover(connection: AsyncConnection, broadcast_id: int) -> None:
    """Something is in no chat after all: who counts as sent is counted anew, from what is in the chats now."""
    await hold(connection, [broadcast_id])
    d = t.delivery
    arrived = select(d.c.area_id).where(d.c.broadcast_id == broadcast_id, d.c.state.in_(ARRIVED))
    covered = set((await connection.execute(arrived)).scalars())
    rows = await connection.execute(
        select(_R.c.area_id, _R.c.path, _R.c.audience, _R.c.sent)
        .where(_R.c.broadcast_id == broadcast_id)
        .order_by(func.length(_R.c.path).desc())
    )
    inside: Counter[str] = Counter()  # households that count as sent, by the path of the area they are inside of
    changed = []
    for row in rows.all():
        reached = any(last_id(path) in covered for path in ancestors(row.path))
        sent = row.audience if reached else inside[row.path]
        inside[row.path[:-STEP]] += sent
        if sent != row.sent:
            changed.append({"p_broadcast": broadcast_id, "p_area": row.area_id, "p_sent": sent})
    if changed:
        await connection.execute(_SET_SENT, changed)

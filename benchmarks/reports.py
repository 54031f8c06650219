"""The report of a broadcast to a million households: kept counters against counting, in the same database.

Three of five households have acknowledged. Before anything is timed, the counters are proved equal to the count.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AreaKind
from benchmarks import places
from benchmarks.measuring import Sample, as_dict, measured, paired, table, times
from benchmarks.places import Size
from db.counting import reach, recount
from db.engine import Database
from db.tables import t

SIZE = Size(100, 10_000, 1_000_000)
BROADCAST = 1  # the only one

_ANSWERS = """
    UPDATE recipient SET outcome = 'acknowledged', grade = 'received', channel = 'telegram',
        answered_at = '2026-11-23 06:00:00.000000' WHERE household_id % 5 < 3
"""

Look = Callable[[AsyncConnection], Awaitable[object]]


def run(*, quick: bool = False) -> dict[str, Any]:
    """Keys: what is looked at and how; values: `per_second` looks, `ms` each."""
    size = Size(4, 40, 2_000) if quick else SIZE
    looks = 3 if quick else 20
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        path = Path(folder) / "template.db"
        places.lay_out(path, size)
        asyncio.run(_answer(path))
        contenders = {
            "total, kept": partial(look, path, _kept_total, looks * 10),
            "total, counted": partial(look, path, _counted_total, looks),
            "villages, kept": partial(look, path, _kept_villages, looks),
            "all areas, kept": partial(look, path, _kept_areas, max(2, looks // 5)),
            "all areas, counted": partial(look, path, _counted_areas, max(2, looks // 5)),
        }
        samples = paired(contenders, 1 if quick else 3)
    for one in samples.values():
        one.more["ms"] = 1000 / one.rate
    peers = {name: samples["total, counted" if name.startswith("total") else "all areas, counted"] for name in samples}
    table(
        f"Report: {size.households:,} households, {1 + size.villages + size.groups:,} areas: counters kept, or counted",
        ["", "ms", "x counted"],
        [[name, one.more["ms"], times(one, peers[name])] for name, one in samples.items()],
    )
    return as_dict(samples)


async def _answer(path: Path) -> None:
    """Publish, deliver, have three of five acknowledge, and bring the counters along."""
    database = Database(places.url_of(path))
    async with database.write() as connection:
        await places.announce(connection)
        await places.arrived(connection)
        await connection.execute(text(_ANSWERS))
        counted = await recount.figures(connection, BROADCAST)
        r = t.reach
        await connection.execute(
            update(r)
            .where(r.c.broadcast_id == BROADCAST, r.c.area_id == bindparam("p_area"))
            .values(acknowledged=bindparam("p_acknowledged")),
            [{"p_area": area, "p_acknowledged": figures.acknowledged} for area, figures in counted.items()],
        )
        wrong = await recount.differences(connection, BROADCAST)
    await database.close()
    if wrong:
        raise AssertionError(f"the counters of {len(wrong)} areas differ from the count")


def look(path: Path, what: Look, count: int) -> Sample:
    """So many looks, each in a transaction of its own, after one that warms the cache."""

    async def go() -> Sample:
        database = Database(places.url_of(path))
        async with database.read() as connection:
            await what(connection)
        with measured(count) as sample:
            for _ in range(count):
                async with database.read() as connection:
                    await what(connection)
        await database.close()
        return sample

    return asyncio.run(go())


async def _kept_total(connection: AsyncConnection) -> object:
    return await reach.totals(connection, [BROADCAST])


async def _counted_total(connection: AsyncConnection) -> object:
    r = t.recipient
    counted = select(r.c.outcome, func.count()).where(r.c.broadcast_id == BROADCAST).group_by(r.c.outcome)
    return (await connection.execute(counted)).all()


async def _kept_villages(connection: AsyncConnection) -> object:
    return await reach.areas_of(connection, BROADCAST, kinds=[AreaKind.COMMUNE, AreaKind.VILLAGE])


async def _kept_areas(connection: AsyncConnection) -> object:
    return await reach.areas_of(connection, BROADCAST)


async def _counted_areas(connection: AsyncConnection) -> object:
    return await recount.figures(connection, BROADCAST)

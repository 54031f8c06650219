"""Fan-out: publishing a notice to 100,000 and to a million households, against ORM objects for the same rows.

Ours is all of `scheduler/broadcasts.publish`: the snapshot of recipients, the counters of every area and the
deliveries, with the commit. The peer makes only the recipients, as a loop over households would: one object each,
`add_all`, commit.
"""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import places
from benchmarks.measuring import Sample, as_dict, measured, paired, table, times
from benchmarks.places import NOW, Size
from db.engine import Database
from scheduler import broadcasts

SIZES = (Size(40, 1_000, 100_000), Size(100, 10_000, 1_000_000))
BY_ORM = 20_000


def run(*, quick: bool = False) -> dict[str, Any]:
    """Keys: `ours N` and `ORM N` for N households; values: `per_second`, and `growth_mib` of memory at its height."""
    sizes = (Size(4, 40, 2_000),) if quick else SIZES
    by_orm = 1_000 if quick else BY_ORM
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        contenders = {}
        for size in sizes:
            template = Path(folder) / f"{size.households}.db"
            places.lay_out(template, size)
            contenders[f"ours {size.households}"] = partial(ours, template, size.households)
            contenders.setdefault(f"ORM {by_orm}", partial(orm, template, by_orm))
        samples = paired(contenders, 1 if quick else 3)
    _show(samples, f"ORM {by_orm}")
    return as_dict(samples)


def _show(samples: dict[str, Sample], peer: str) -> None:
    largest = max(one.items for one in samples.values())
    table(
        "Fan-out: households a second into one broadcast (SQLite, synchronous=FULL)",
        ["", "households", "seconds", "per second", f"s for {largest:,}", "growth MiB", "x ORM"],
        [
            ["INSERT … SELECT: recipients, counters, deliveries" if name != peer else "ORM add_all: recipients only",
             one.items, one.seconds, one.rate, largest / one.rate, one.more["growth_mib"], times(one, samples[peer])]
            for name, one in samples.items()
        ],
    )  # fmt: skip


def ours(template: Path, households: int) -> Sample:
    """Publish to everybody, from the transaction's beginning to its commit."""

    async def go() -> Sample:
        database = Database(places.url_of(places.copy(template, "fan_out")))
        async with database.write() as connection:
            row = await places.announce(connection, publish=False)
        with measured(households) as sample:
            async with database.write() as connection:
                await broadcasts.publish(connection, row.id, NOW)
        await database.close()
        return sample

    return asyncio.run(go())


def orm(template: Path, households: int) -> Sample:
    """The same recipients as objects of the first so many households."""
    from sqlalchemy import event
    from sqlmodel import Session, create_engine, select

    from announcements.types import Outcome
    from db.tables import Household, Recipient

    path = places.copy(template, "fan_out_orm")

    async def announce() -> int:
        database = Database(places.url_of(path))
        async with database.write() as connection:
            row = await places.announce(connection, publish=False)
        await database.close()
        return row.id

    broadcast_id = asyncio.run(announce())
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", places.synchronous)
    with measured(households) as sample, Session(engine) as session:
        everybody = session.exec(select(Household).limit(households)).all()
        session.add_all(
            Recipient(broadcast_id=broadcast_id, household_id=one.id, area_id=one.area_id, reachable=True,
                      outcome=Outcome.OPEN)
            for one in everybody
        )  # fmt: skip
        session.commit()
    engine.dispose()
    return sample

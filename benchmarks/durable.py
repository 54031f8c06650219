"""What the benchmarks of durable intents have in common: a published notice to answer, and the two ways to commit."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks import places
from benchmarks.measuring import Sample, measured
from benchmarks.places import Size
from db.counting import recount
from db.engine import Database
from db.writer import Apply, Writer

IN_FLIGHT = 64


def prepared(path: Path, size: Size) -> str:
    """Lay a commune out with one published notice that has arrived everywhere; its broadcast's code."""
    places.lay_out(path, size, linked=True)

    async def publish() -> str:
        database = Database(places.url_of(path))
        async with database.write() as connection:
            row = await places.announce(connection)
            await places.arrived(connection)
        await database.close()
        return row.code

    return asyncio.run(publish())


@asynccontextmanager
async def writing(template: Path, name: str) -> AsyncIterator[tuple[Database, Writer]]:
    """A writer on a fresh copy; on leaving, the counters are proved against the rows."""
    database = Database(places.url_of(places.copy(template, name)))
    async with Writer(database) as writer:
        yield database, writer
    async with database.read() as connection:
        wrong = await recount.differences(connection, 1)
    await database.close()
    if wrong:
        raise AssertionError(f"the counters of {len(wrong)} areas are wrong after the run")


def in_flight(template: Path, name: str, apply: Apply[Any, Any], intents: Sequence[Any]) -> Sample:
    """Each on its own, waiting for its own commit, so many at a time."""

    async def go() -> Sample:
        waiting = iter(intents)
        async with writing(template, name) as (_, writer):

            async def worker() -> None:
                for intent in waiting:
                    await writer.submit(apply, intent)

            with measured(len(intents)) as sample:
                await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
        sample.more["commits"] = writer.commits / len(intents)
        return sample

    return asyncio.run(go())


def one_by_one(template: Path, apply: Apply[Any, Any], intents: Sequence[Any]) -> Sample:
    """The same statements in a transaction for each: what group commit is worth."""

    async def go() -> Sample:
        database = Database(places.url_of(places.copy(template, "one_by_one")))
        with measured(len(intents)) as sample:
            for intent in intents:
                async with database.write() as connection:
                    await apply(connection, [intent])
        await database.close()
        sample.more["commits"] = 1.0
        return sample

    return asyncio.run(go())

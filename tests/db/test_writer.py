"""The group-committing writer: shared commits, results in order, a bad intent alone in its trouble."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.engine import Database
from db.platforms import inbox
from db.platforms.inbox import Done, RawUpdate
from db.tables import t
from db.writer import Writer
from tests.makers import NOON


async def keep(connection: AsyncConnection, intents: Sequence[int]) -> list[int]:
    """Store numbers; refuses 13."""
    for number in intents:
        if number == 13:
            raise ValueError(number)
        row = {"at": NOON, "actor": "test", "action": "keep", "subject": str(number), "detail": {}}
        await connection.execute(t.audit.insert().values(row))
    return [number * 2 for number in intents]


async def kept(database: Database) -> int:
    async with database.read() as connection:
        count: int = (await connection.execute(select(func.count()).select_from(t.audit))).scalar_one()
        return count


async def test_results_come_back_in_order_after_few_commits(database: Database, writer: Writer) -> None:
    results = await asyncio.gather(*(writer.submit(keep, number + 100) for number in range(300)))
    assert results == [(number + 100) * 2 for number in range(300)]
    assert writer.commits < 30
    assert await kept(database) == 300


async def test_one_bad_intent_does_not_harm_its_neighbours(database: Database, writer: Writer) -> None:
    results = await asyncio.gather(*(writer.submit(keep, number) for number in range(10, 20)), return_exceptions=True)
    assert [result for result in results if isinstance(result, Exception)] == [results[3]]
    assert await kept(database) == 9


async def test_intents_handed_in_together_stand_or_fall_together(database: Database, writer: Writer) -> None:
    with pytest.raises(ValueError, match="13"):
        await writer.submit_all(keep, [12, 13, 14])
    assert await kept(database) == 0


async def test_a_caller_that_gave_up_stops_nobody(database: Database, writer: Writer) -> None:
    gone = asyncio.create_task(writer.submit(keep, 1))
    await asyncio.sleep(0)
    gone.cancel()
    assert await writer.submit(keep, 2) == 4
    assert await kept(database) == 2


async def test_closing_writes_what_waits_and_refuses_more(database: Database) -> None:
    async with Writer(database, linger=5.0) as writer:
        waiting = asyncio.create_task(writer.submit(keep, 1))
        await asyncio.sleep(0)
        await writer.close()
        assert await waiting == 2
    with pytest.raises(RuntimeError):
        await writer.submit(keep, 2)


def update(number: int) -> RawUpdate:
    return RawUpdate("telegram", str(number), "{}", NOON)


async def test_an_update_is_stored_once_however_often_it_comes(database: Database, writer: Writer) -> None:
    first = await writer.submit_all(inbox.store, [update(1), update(2), update(1)])
    again = await writer.submit_all(inbox.store, [update(2), update(3)])
    assert [one is not None for one in [*first, *again]] == [True, True, False, False, True]
    async with database.read() as connection:
        waiting = await inbox.waiting(connection, "telegram")
    assert len(waiting) == 3
    await writer.submit(inbox.finish, Done(waiting[0].id, NOON))
    async with database.write() as connection:
        assert [one.id for one in await inbox.waiting(connection, "telegram")] == [one.id for one in waiting[1:]]
        assert await inbox.forget(connection, NOON.replace(year=2030)) == 1

"""SQLite's driver under the event loop: one trip to its thread a statement, rows and counts as they should be."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db import sqlite
from db.engine import Database

NUMBERS = [{"n": number} for number in range(5)]


@pytest.fixture
async def numbers(sqlite_database: Database) -> AsyncIterator[Database]:
    async with sqlite_database.write() as connection:
        await connection.execute(text("CREATE TABLE number (n INTEGER PRIMARY KEY)"))
        await connection.execute(text("INSERT INTO number (n) VALUES (:n)"), NUMBERS)
    yield sqlite_database


async def test_a_statement_and_its_rows_are_one_trip(numbers: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    trips: list[str] = []
    go = sqlite.Connection.in_thread

    async def counted(self: sqlite.Connection, function: Any, *given: Any) -> None:
        trips.append(given[0])
        await go(self, function, *given)

    monkeypatch.setattr(sqlite.Connection, "in_thread", counted)
    async with numbers.read() as connection:
        assert list((await connection.execute(text("SELECT n FROM number ORDER BY n"))).scalars()) == [0, 1, 2, 3, 4]
    assert trips == ["BEGIN", "SELECT n FROM number ORDER BY n"]


async def test_rows_are_counted_also_where_they_are_returned(numbers: Database) -> None:
    async with numbers.write() as connection:
        assert (await connection.execute(text("UPDATE number SET n = n + 10 WHERE n > 1"))).rowcount == 3
        gone = await connection.execute(text("DELETE FROM number WHERE n > 9 RETURNING n"))
        assert sorted(gone.scalars()) == [12, 13, 14]


async def test_a_refused_statement_is_told_as_such_and_the_connection_lives_on(numbers: Database) -> None:
    with pytest.raises(IntegrityError):
        async with numbers.write() as connection:
            await connection.execute(text("INSERT INTO number (n) VALUES (:n)"), [{"n": 9}, {"n": 1}])
    async with numbers.read() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM number"))).scalar() == 5


async def test_closing_goes_through_when_whoever_closes_is_cancelled_meanwhile() -> None:
    connection = await sqlite.connect(":memory:")
    closed = []

    async def close_and_go_on() -> None:
        await connection.close()
        closed.append(connection)
        await asyncio.sleep(60)

    closing = asyncio.create_task(close_and_go_on())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert closed == [connection]
    assert closing.cancelling() == 1

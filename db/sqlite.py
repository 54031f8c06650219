"""SQLite's driver for the event loop, made lean: a statement and its rows are one trip to the connection's thread.

aiosqlite goes there four times (a cursor, the statement, its rows, the cursor's end), and each trip costs more than
most of our statements. Put under every connection by `db/engine.py`.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite


class Cursor:
    """One statement's outcome: what SQLAlchemy's adapter asks of a cursor, with all rows already here."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection.in_thread(self._run, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        await self._connection.in_thread(self._run_many, sql, parameters)
        return self

    def _run(self, sql: str, parameters: Sequence[Any]) -> None:
        self._keep(self._connection.raw.execute(sql, parameters))

    def _run_many(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        self._keep(self._connection.raw.executemany(sql, parameters))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid  # after the rows: RETURNING counts late
        cursor.close()

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is left open."""


class Connection(aiosqlite.Connection):
    """aiosqlite's, with its thread, but with our cursors."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    @property
    def raw(self) -> sqlite3.Connection:
        return self._conn

    async def close(self) -> None:
        """Goes through when whoever closes is cancelled meanwhile, and only then cancels them: the pool would report
        the interrupted closing as a fault, with a traceback."""
        closing = asyncio.ensure_future(super().close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await closing
            if (task := asyncio.current_task()) is not None:
                task.uncancel()  # it counts once
                task.cancel()

    async def in_thread(self, function: Any, *given: Any) -> None:
        await self._execute(function, *given)  # type: ignore[no-untyped-call]


def connect(path: str, **options: Any) -> Connection:
    """Like `aiosqlite.connect`; to be awaited."""
    connection = Connection(partial(sqlite3.connect, path, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # a forgotten connection must not keep the process alive
    return connection

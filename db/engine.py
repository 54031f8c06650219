"""The database: one engine, `read()` and `write()` connections for Core statements, `session()` for screens.

SQLite by default, PostgreSQL at scale. Made once by the composition root and passed to everybody.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from db import sqlite

# Long enough to outlast another process's import, short enough that a person sees an error and not a hang.
BUSY_TIMEOUT_MS = 20_000
CONNECT_TIMEOUT = 10  # seconds PostgreSQL may take to answer; the driver's own patience is minutes
# What an address may begin with: the engines that migrations and tests know.
DRIVERS = frozenset({"sqlite+aiosqlite", "postgresql+psycopg", "postgresql"})


def understands(url: str) -> bool:
    """Is this an address of a database we can work with?"""
    try:
        read = make_url(url)
    except (ArgumentError, ValueError):
        return False
    return read.drivername in DRIVERS and bool(read.database)


class Database:
    """One engine. Closing it closes every pooled connection."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        # Connections beyond the pool are opened anew each time, with all their pragmas: SQLite has enough with ten.
        overflow = 20 if self.is_postgres else 0
        patient = not self.is_postgres or "connect_timeout" in self.url.query
        self.engine = create_async_engine(
            self.url, pool_size=10, max_overflow=overflow, pool_pre_ping=self.is_postgres,
            connect_args={} if patient else {"connect_timeout": CONNECT_TIMEOUT},
        )  # fmt: skip
        self._writing: AsyncEngine = self.engine.execution_options(loa_writes=True)
        # PostgreSQL shows each statement what was committed just before it; a report of several needs one moment.
        steady = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if self.is_postgres else {}
        self._reading: AsyncEngine = self.engine.execution_options(**steady)
        # SQLite has one writer, and its own way of waiting for the other is to sleep and try again.
        self._one_writes: AbstractAsyncContextManager[Any] = nullcontext() if self.is_postgres else asyncio.Lock()
        if not self.is_postgres:
            event.listen(self.engine.sync_engine, "do_connect", _connect_sqlite)
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    @property
    def is_postgres(self) -> bool:
        return self.url.get_backend_name() == "postgresql"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A look at one moment, however many statements it takes; never writes."""
        async with self._reading.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction, committed on leaving. On SQLite it takes the write lock at once: a plain BEGIN that
        turns into a writer half-way is refused with "database is locked" whatever the timeout."""
        async with self._one_writes, self._writing.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """ORM objects for a screen; read only. Objects stay usable after it closes."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_MS}",  # first: the next one may have to wait for another process
    "journal_mode=WAL",
    "synchronous=FULL",
    # Pages (32 MiB) between two checkpoints, and not four: a busy hour changes the same pages over and over, and each
    # checkpoint writes them once and waits twice more for the disk.
    "wal_autocheckpoint=8000",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-32000",
)


def _connect_sqlite(_dialect: Any, _record: Any, _given: Any, options: dict[str, Any]) -> None:
    options["async_creator_fn"] = sqlite.connect


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    try:
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
    except BaseException:  # no database, say: the pool would drop the connection without ending its thread
        connection.close()
        raise
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("loa_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

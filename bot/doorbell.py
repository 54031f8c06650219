"""The doorbell between processes: `loa announce` in a terminal wakes `loa run` at once, with no polling in between.

On PostgreSQL it is LISTEN and NOTIFY; beside an SQLite file it is a named pipe. Nobody at home is no error: the
dispatcher also looks by itself every few seconds.
"""

import asyncio
import logging
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from db.engine import Database

log = logging.getLogger(__name__)

CHANNEL = "loa_work"
AGAIN = 5.0  # seconds before listening is tried again


def _pipe(database: Database) -> Path | None:
    name = database.url.database
    return Path(f"{name}.bell") if name and name != ":memory:" and hasattr(os, "mkfifo") else None


def _made(pipe: Path) -> bool:
    """Make the pipe; False where something else has its name."""
    with suppress(FileExistsError):
        os.mkfifo(pipe, 0o600)
    return stat.S_ISFIFO(pipe.stat().st_mode)


async def ring(database: Database) -> None:
    """Wake every process that works on this database."""
    if database.is_postgres:
        async with database.write() as connection:
            await connection.exec_driver_sql(f"NOTIFY {CHANNEL}")
        return
    pipe = _pipe(database)
    if pipe is None:
        return
    with suppress(OSError):  # no pipe, or nobody reads it
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(descriptor, b"!")
        finally:
            os.close(descriptor)


async def listen(database: Database, heard: Callable[[], None], stop: asyncio.Event) -> None:
    """Call `heard` whenever another process rings, until `stop`."""
    if database.is_postgres:
        await _listen_postgres(database, heard, stop)
    else:
        await _listen_pipe(_pipe(database), heard, stop)


async def _listen_postgres(database: Database, heard: Callable[[], None], stop: asyncio.Event) -> None:
    import psycopg  # loads the PostgreSQL library: not needed beside an SQLite file

    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    while not stop.is_set():
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}".encode())
                while not stop.is_set():
                    async for _ in connection.notifies(timeout=1.0):
                        heard()
        except psycopg.Error:
            log.warning("listening for new work was cut off; trying again", extra={"action": "doorbell_cut"})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), AGAIN)


async def _listen_pipe(pipe: Path | None, heard: Callable[[], None], stop: asyncio.Event) -> None:
    if pipe is None:
        return
    if not _made(pipe):
        log.warning("%s is in the way of the doorbell; new work is found within seconds", pipe.name,
                    extra={"action": "doorbell_blocked"})  # fmt: skip
        return
    # Opened for writing too: otherwise the pipe reports its end each time a ringing process closes it.
    descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(BlockingIOError):
            os.read(descriptor, 4096)
        heard()

    loop.add_reader(descriptor, read)
    try:
        await stop.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)

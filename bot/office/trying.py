"""Changes that can be looked at first: all is done, told, and taken back before anybody else sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from db.engine import Database


class _TakenBack(Exception):
    pass


@asynccontextmanager
async def changing(database: Database, *, dry_run: bool) -> AsyncIterator[AsyncConnection]:
    """One transaction; on a dry run nothing of it stays. What was read in it is exactly what would have happened."""
    try:
        async with database.write() as connection:
            yield connection
            if dry_run:
                raise _TakenBack
    except _TakenBack:
        pass

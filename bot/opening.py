"""Opening the house for one piece of work: what every command needs, and nothing that only the service does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import doorbell
from bot.config import Settings
from bot.context import Context
from bot.secrets import secret_key
from db import schema
from db.engine import Database
from db.writer import Writer


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Context]:
    """Database at the present schema, writer, context. New work found on leaving rings for a running service."""
    settings.app.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    rung: list[bool] = []
    try:
        await schema.upgrade(database)
        async with Writer(database) as writer:
            secret = secret_key(settings.app.data_dir)
            yield Context(settings, database, writer, secret, ring=lambda: rung.append(True))
        if rung:
            await doorbell.ring(database)
    finally:
        await database.close()

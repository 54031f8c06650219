"""Opening the house for one piece of work: what every command needs, and nothing that only the service does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from announcements.mistakes import Unusable, reason
from announcements.phrases import phrase
from bot import doorbell
from bot.config import Settings
from bot.context import Context
from bot.secrets import secret_key
from db import upgrading
from db.engine import Database
from db.troubles import explained
from db.writer import Writer


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Context]:
    """Database at the present schema, writer, context. New work found on leaving rings for a running service.

    Raises `Unusable` when the database or the disk fails, now or while the house is open.
    """
    secret = _secret(settings.app.data_dir)
    database = Database(settings.database_url)
    rung: list[bool] = []
    try:
        with explained(database.url):
            await upgrading.upgrade(database)
            async with Writer(database) as writer:
                yield Context(settings, database, writer, secret, ring=lambda: rung.append(True))
            if rung:
                await doorbell.ring(database)
    finally:
        await database.close()


def _secret(data_dir: Path) -> bytes:
    """The key in the data folder, which is made when missing."""
    try:
        return secret_key(data_dir)
    except OSError as error:
        what = phrase("trouble.data_dir", place=data_dir.absolute(), reason=reason(error))
        raise Unusable(what, phrase("remedy.data_dir")) from error

"""Alembic at work: from any known version to the present one, safely from several processes at once."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from db import schema
from db.engine import Database
from db.tables import metadata

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK = 6_104_972  # any number of ours: PostgreSQL's advisory lock while a process migrates


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, working on `connection`."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


async def upgrade(database: Database) -> bool:
    """Run the migrations that are missing; True when there were any. A newer database is refused."""
    async with database.write() as connection:
        if database.is_postgres:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        version = await connection.run_sync(schema.version)
        if version == schema.newest():
            return False
        known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
        if version is not None and version not in known:
            raise Mistake(phrase("mistake.database_newer"))
        await connection.run_sync(lambda sync: command.upgrade(config(sync), "head"))
    return True


async def differences(database: Database) -> list[str]:
    """How the tables differ from what the program expects; empty when they fit."""
    async with database.read() as connection:
        found = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )  # fmt: skip
    return [str(difference) for difference in found]

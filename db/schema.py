"""The schema's version: bringing a database to the present one, safely from several processes at once."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from announcements.mistakes import Mistake
from db.engine import Database
from db.tables import metadata

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK = 6_104_972  # any number of ours: PostgreSQL's advisory lock while a process migrates


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest version this program knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None  # noqa: S101 - there is at least one migration
    return newest


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def upgrade(database: Database) -> bool:
    """Bring the database to the present schema; True when anything changed. A newer database is refused."""
    newest = head()
    async with database.read() as connection:
        if await connection.run_sync(_version) == newest:
            return False
    async with database.write() as connection:
        if database.is_postgres:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        version = await connection.run_sync(_version)
        if version == newest:
            return False
        known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
        if version is not None and version not in known:
            raise Mistake(
                "Cơ sở dữ liệu do một bản phần mềm mới hơn tạo ra. Hãy cập nhật Loa Thôn rồi chạy lại lệnh này."
            )
        await connection.run_sync(lambda sync: command.upgrade(_config(sync), "head"))
    return True


async def differences(database: Database) -> list[str]:
    """How the tables differ from what the program expects; empty when they fit."""
    async with database.read() as connection:
        found = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )  # fmt: skip
    return [str(difference) for difference in found]

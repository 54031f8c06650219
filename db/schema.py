"""The schema's version: is the database at the present one, and if not, on to `db/migrating.py` (slow to load)."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from db.engine import Database

VERSIONS = Path(__file__).with_name("migrations") / "versions"


def known() -> frozenset[str]:
    """Every version this program knows: migrations are files called `0001_….py`, `0002_….py`."""
    return frozenset(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))


def newest() -> str:
    """The newest of them."""
    return max(known())


def version(connection: Connection) -> str | None:
    """The database's version; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


async def upgrade(database: Database) -> bool:
    """Bring the database to the present schema; True when anything changed. Raises `Mistake` for a newer one."""
    async with database.read() as connection:
        if await connection.run_sync(version) == newest():
            return False
    from db import migrating  # takes a third of a second to load, which every command would pay

    return await migrating.upgrade(database)

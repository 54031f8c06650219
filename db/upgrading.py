"""Is the database at the present schema? If not, on to `db/migrating.py`."""

from db import schema
from db.engine import Database


async def upgrade(database: Database) -> bool:
    """Bring the database to the present schema; True when anything changed. Raises `Mistake` for a newer one."""
    async with database.read() as connection:
        if await connection.run_sync(schema.version) == schema.newest():
            return False
    from db import migrating  # takes a third of a second to load, which every command would pay

    return await migrating.upgrade(database)

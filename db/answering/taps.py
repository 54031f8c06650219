"""Taps on the door-knock list, each carried out once however often a telephone on a bad line sends it."""

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import t


async def first(connection: AsyncConnection, key: str, staff_id: int, now: datetime) -> bool:
    """Is this the first time a tap comes? Remembered in the transaction that carries it out; False: it was before."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    kept = await connection.execute(
        insert(t.tap).values(key=key, staff_id=staff_id, at=now).on_conflict_do_nothing().returning(t.tap.c.key)
    )
    return kept.first() is not None


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Drop old ones; returns how many."""
    return len((await connection.execute(t.tap.delete().where(t.tap.c.at < before).returning(t.tap.c.key))).all())

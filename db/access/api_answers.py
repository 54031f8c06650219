"""Answers given to requests of the API that carried an `Idempotency-Key`: found again, kept, forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import t

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be repeated: whose key, the name it was given, the hash of what it asks for."""

    key_id: int
    name: str
    request_hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered before. `same` is False when the name was used for another request."""

    answer: Mapping[str, Any]
    same: bool


async def find(connection: AsyncConnection, asked: Asked) -> Given | None:
    """What was answered under this name within the last day."""
    a = t.api_answer
    row = (
        await connection.execute(
            select(a.c.answer, a.c.request_hash).where(
                a.c.key_id == asked.key_id, a.c.name == asked.name, a.c.created_at > asked.at - KEPT
            )
        )
    ).first()
    return None if row is None else Given(row.answer, row.request_hash == asked.request_hash)


async def keep(connection: AsyncConnection, asked: Asked, answer: Mapping[str, Any]) -> bool:
    """Keep the answer, in the transaction of what was done. False when a twin was first: then nothing may be done.

    On PostgreSQL this waits for a twin that is not committed yet; on SQLite there is one writer at a time.
    """
    a = t.api_answer
    await connection.execute(
        delete(a).where(a.c.key_id == asked.key_id, a.c.name == asked.name, a.c.created_at <= asked.at - KEPT)
    )
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    kept = await connection.execute(
        insert(a)
        .values(key_id=asked.key_id, name=asked.name, request_hash=asked.request_hash, answer=dict(answer),
                created_at=asked.at)
        .on_conflict_do_nothing(index_elements=["key_id", "name"])
        .returning(a.c.key_id)
    )  # fmt: skip
    return kept.first() is not None


async def forget(connection: AsyncConnection, now: datetime) -> int:
    """Answers nobody is promised any more; returns how many."""
    a = t.api_answer
    gone = await connection.execute(delete(a).where(a.c.created_at <= now - KEPT).returning(a.c.key_id))
    return len(gone.all())

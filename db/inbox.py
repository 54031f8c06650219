"""Raw updates: stored before the platform is told that we have them, handled afterwards, at least once.

`store` is an intent for `db/writer.py`; the channels' receivers in `bot/` call it and `waiting` after a restart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import t


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """An intent: an update as it came. `update_id` is the platform's own number, unique within an account."""

    account: str
    update_id: str
    payload: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    id: int
    payload: str
    received_at: datetime


async def store(connection: AsyncConnection, intents: Sequence[RawUpdate]) -> list[Stored | None]:
    """Keep updates; None for one that we had already: it may not be handled twice."""
    i = t.inbox
    keys = [(one.account, one.update_id) for one in intents]
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    fresh: dict[tuple[str, str], int] = {}
    unique = {(one.account, one.update_id): one for one in intents}
    for account in {account for account, _ in keys}:
        ids = [update_id for of, update_id in unique if of == account]
        known = set(
            (
                await connection.execute(select(i.c.update_id).where(i.c.account == account, i.c.update_id.in_(ids)))
            ).scalars()
        )
        rows = [
            {"account": account, "update_id": one.update_id, "payload": one.payload, "received_at": one.received_at,
             "error": ""}
            for (of, update_id), one in unique.items()
            if of == account and update_id not in known
        ]  # fmt: skip
        if rows:
            await connection.execute(insert(i).on_conflict_do_nothing(), rows)
            wanted = [row["update_id"] for row in rows]
            for row in await connection.execute(
                select(i.c.id, i.c.update_id).where(i.c.account == account, i.c.update_id.in_(wanted))
            ):
                fresh[account, row.update_id] = row.id
    results: list[Stored | None] = []
    for intent in intents:
        inbox_id = fresh.pop((intent.account, intent.update_id), None)
        results.append(None if inbox_id is None else Stored(inbox_id, intent.payload, intent.received_at))
    return results


async def waiting(connection: AsyncConnection, account: str, limit: int = 500) -> list[Stored]:
    """Updates stored but not handled, the oldest first: what a crash left behind."""
    i = t.inbox
    rows = await connection.execute(
        select(i.c.id, i.c.payload, i.c.received_at)
        .where(i.c.account == account, i.c.done_at.is_(None))
        .order_by(i.c.id)
        .limit(limit)
    )
    return [Stored(row.id, row.payload, row.received_at) for row in rows]


@dataclass(frozen=True, slots=True)
class Done:
    """An intent: the update was handled, or `error` says (without its text) why it could not be."""

    id: int
    at: datetime
    error: str = ""


async def finish(connection: AsyncConnection, intents: Sequence[Done]) -> list[None]:
    for intent in intents:
        await connection.execute(
            update(t.inbox).where(t.inbox.c.id == intent.id).values(done_at=intent.at, error=intent.error[:200])
        )
    return [None] * len(intents)


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Delete handled updates older than `before`: they hold people's words, which we don't keep without need."""
    gone = await connection.execute(
        delete(t.inbox).where(t.inbox.c.done_at.is_not(None), t.inbox.c.received_at < before).returning(t.inbox.c.id)
    )
    return len(gone.all())

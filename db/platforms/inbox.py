"""Raw updates: stored before the platform is told that we have them, handled afterwards, at least once.

`store` is an intent for `db/writer.py`; the channels' receivers in `bot/` call it and `waiting` after a restart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import t


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """An intent: an update as it came. `update_id` is the platform's own number, unique within an account.

    `decoded` is the payload's JSON where the caller has it: handed on, not stored.
    """

    account: str
    update_id: str
    payload: str
    received_at: datetime
    decoded: object = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored update. `decoded` is its JSON where whoever stored it had that."""

    id: int
    payload: str
    received_at: datetime
    decoded: object = field(default=None, compare=False)


async def store(connection: AsyncConnection, intents: Sequence[RawUpdate]) -> list[Stored | None]:
    """Keep updates; None for one that we had already: it may not be handled twice.

    Only what the INSERT itself returns is new: two processes may be told the same update at the same moment.
    """
    i = t.inbox
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    unique = {(one.account, one.update_id): one for one in intents}
    rows = [
        {"account": one.account, "update_id": one.update_id, "payload": one.payload, "received_at": one.received_at,
         "error": ""}
        for one in unique.values()
    ]  # fmt: skip
    new = await connection.execute(
        insert(i).on_conflict_do_nothing().returning(i.c.account, i.c.update_id, i.c.id), rows
    )
    fresh = {(row.account, row.update_id): row.id for row in new}
    results: list[Stored | None] = []
    for intent in intents:
        inbox_id = fresh.pop((intent.account, intent.update_id), None)
        stored = None if inbox_id is None else Stored(inbox_id, intent.payload, intent.received_at, intent.decoded)
        results.append(stored)
    return results


async def waiting(connection: AsyncConnection, account: str, limit: int = 500, *, after: int = 0) -> list[Stored]:
    """Updates stored but not handled, the oldest first, of those with ids above `after`: what a crash left behind."""
    i = t.inbox
    rows = await connection.execute(
        select(i.c.id, i.c.payload, i.c.received_at)
        .where(i.c.account == account, i.c.done_at.is_(None), i.c.id > after)
        .order_by(i.c.id)
        .limit(limit)
    )
    return [Stored(row.id, row.payload, row.received_at) for row in rows]


async def last_at(connection: AsyncConnection, account: str, before: datetime) -> datetime | None:
    """When the latest update came that is kept, of those before `before`; None where there is none."""
    i = t.inbox
    theirs = (i.c.account == account, i.c.received_at < before)
    return (await connection.execute(select(i.c.received_at).where(*theirs).order_by(i.c.id.desc()).limit(1))).scalar()


@dataclass(frozen=True, slots=True)
class Done:
    """An intent: the update was handled, or `error` says (without its text) why it could not be."""

    id: int
    at: datetime
    error: str = ""


async def finish(connection: AsyncConnection, intents: Sequence[Done]) -> list[None]:
    await connection.execute(
        update(t.inbox)
        .where(t.inbox.c.id == bindparam("p_id"))
        .values(done_at=bindparam("p_at"), error=bindparam("p_error")),
        [{"p_id": one.id, "p_at": one.at, "p_error": one.error[:200]} for one in intents],
    )
    return [None] * len(intents)


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Delete handled updates older than `before`: they hold people's words, which we don't keep without need."""
    gone = await connection.execute(
        delete(t.inbox).where(t.inbox.c.done_at.is_not(None), t.inbox.c.received_at < before)
    )
    return gone.rowcount

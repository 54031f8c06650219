"""How many messages and files each account's platform took, by the month its plan counts.

`spend` is an intent for `db/writer.py`, and part of settling (`db/outbox/settlements.py`).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind, DeliveryState
from db.tables import IdentityState, t
from db.tables.columns import always


@dataclass(frozen=True, slots=True)
class Spent:
    """An intent: the platform took so much from `account`. `period` is `announcements.quotas.period_of` its time."""

    account: str
    period: str
    messages: int = 0
    uploads: int = 0


def _adding(insert: Any) -> Any:
    new, u = insert(t.usage), t.usage
    more = {"messages": u.c.messages + new.excluded.messages, "uploads": u.c.uploads + new.excluded.uploads}
    return new.on_conflict_do_update(index_elements=["account", "period"], set_=more)


_ADD = {"postgresql": _adding(postgresql.insert), "sqlite": _adding(sqlite.insert)}


async def spend(connection: AsyncConnection, intents: Sequence[Spent]) -> list[None]:
    """Count it, a row for each account and month."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in intents:
        if one.messages or one.uploads:
            sums[one.account, one.period][0] += one.messages
            sums[one.account, one.period][1] += one.uploads
    if sums:
        rows = [
            {"account": account, "period": period, "messages": messages, "uploads": uploads}
            for (account, period), (messages, uploads) in sorted(sums.items())
        ]
        await connection.execute(_ADD[connection.dialect.name], rows)
    return [None] * len(intents)


@dataclass(frozen=True, slots=True)
class Used:
    messages: int = 0
    uploads: int = 0


async def of(connection: AsyncConnection, period: str) -> dict[str, Used]:
    """What was used up in a month, by account."""
    u = t.usage
    rows = await connection.execute(select(u.c.account, u.c.messages, u.c.uploads).where(u.c.period == period))
    return {row.account: Used(row.messages, row.uploads) for row in rows}


async def waiting(connection: AsyncConnection, accounts: Collection[str]) -> dict[str, dict[int, int]]:
    """Deliveries that these accounts have yet to send: how many, by account and broadcast."""
    d = t.delivery
    found: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for state in (DeliveryState.QUEUED, DeliveryState.SENDING):  # one each: its index serves no other
        rows = await connection.execute(
            select(d.c.account, d.c.broadcast_id, func.count().label("n"))
            .where(d.c.account.in_(list(accounts)), always(d.c.state, state))
            .group_by(d.c.account, d.c.broadcast_id)
        )
        for row in rows:
            found[row.account][row.broadcast_id] += row.n
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """`groups`: chats in use, those in reserve included."""

    groups: int = 0
    reserve: int = 0


async def groups(connection: AsyncConnection) -> dict[str, Standing]:
    """Chats in use by account."""
    chat = t.chat
    rows = await connection.execute(
        select(chat.c.account, func.count().label("n"), func.count().filter(chat.c.reserve).label("spare"))
        .where(chat.c.active)
        .group_by(chat.c.account)
    )
    return {row.account: Standing(row.n, row.spare) for row in rows}


async def people(connection: AsyncConnection) -> dict[ChannelKind, int]:
    """People linked to households, and members of staff, by channel."""
    i, s = t.identity, t.staff_account
    linked = select(i.c.channel, i.c.external_id).where(i.c.state == IdentityState.LINKED)
    both = linked.union(select(s.c.channel, s.c.external_id)).subquery("people")
    rows = await connection.execute(select(both.c.channel, func.count().label("n")).group_by(both.c.channel))
    return {row.channel: row.n for row in rows}


async def lock(connection: AsyncConnection, accounts: Collection[str]) -> None:
    """Until this transaction ends nobody else plans to use up what these accounts have left."""
    if connection.dialect.name == "postgresql":
        for account in sorted(accounts):
            await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"quota:{account}", 0))))

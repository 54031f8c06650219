"""How much waits, in a few figures that indexes answer: for `/metrics`."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import DeliveryState
from db.tables import t
from db.tables.columns import always

# States that deliveries leave again, and that have an index of their own: finished ones are counted by reports.
UNFINISHED = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HANDED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """`deliveries` by account and state, `updates` by account: stored, and not handled yet."""

    deliveries: Mapping[tuple[str, DeliveryState], int]
    updates: Mapping[str, int]


async def waiting(connection: AsyncConnection) -> Waiting:
    d, i = t.delivery, t.inbox
    deliveries: dict[tuple[str, DeliveryState], int] = {}
    for state in UNFINISHED:  # one each: its index serves no other
        rows = await connection.execute(
            select(d.c.account, func.count().label("n")).where(always(d.c.state, state)).group_by(d.c.account)
        )
        deliveries |= {(row.account, state): row.n for row in rows}
    rows = await connection.execute(
        select(i.c.account, func.count().label("n")).where(i.c.done_at.is_(None)).group_by(i.c.account)
    )
    return Waiting(deliveries, {row.account: row.n for row in rows})

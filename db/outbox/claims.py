"""Taking deliveries to send, under a lease that is committed before the network is touched, and keeping that lease.

`claim` and `renew` are intents for `db/writer.py`, called by `scheduler/dispatcher.py`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AnnouncementState, DeliveryState, Urgency
from db.tables import t
from db.tables.columns import always


@dataclass(frozen=True, slots=True)
class Claim:
    """An intent: up to `most` due deliveries of `account`, leased to `lease` until `lease_until`."""

    account: str
    lease: str
    now: datetime
    lease_until: datetime
    most: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to send. `attempts` includes this one; `households` is what its button counts to."""

    id: int
    broadcast_id: int
    chat_id: int
    area_id: int
    address: str
    attempts: int
    done: tuple[str, ...]
    households: int
    received: int
    chat_was_lost: bool
    urgency: Urgency


async def claim(connection: AsyncConnection, intents: Sequence[Claim]) -> list[list[Claimed]]:
    """The most urgent first, then the oldest. Several processes may claim at once; each delivery goes to one.

    What must not go out any more, because it was withdrawn or is past its use, ends here and is not handed out.
    """
    return [await _claim(connection, intent) for intent in intents]


async def _claim(connection: AsyncConnection, intent: Claim) -> list[Claimed]:
    ids = await _take(connection, intent)
    if not ids:
        return []
    d, chat, r, b, a = t.delivery, t.chat, t.reach, t.broadcast, t.announcement
    rows = await connection.execute(
        select(d.c.id, d.c.broadcast_id, d.c.chat_id, d.c.area_id, chat.c.address, d.c.attempts, d.c.posted,
               r.c.audience, r.c.acknowledged + r.c.told, chat.c.lost_reason, a.c.urgency, b.c.state, a.c.valid_until)
        .join(chat, chat.c.id == d.c.chat_id)
        .join(b, b.c.id == d.c.broadcast_id)
        .join(a, a.c.id == b.c.announcement_id)
        .outerjoin(r, and_(r.c.broadcast_id == d.c.broadcast_id, r.c.area_id == d.c.area_id))
        .where(d.c.id.in_(ids))
        .order_by(d.c.priority, d.c.id)
    )  # fmt: skip
    claimed: list[Claimed] = []
    over: dict[DeliveryState, list[int]] = {DeliveryState.CANCELLED: [], DeliveryState.EXPIRED: []}
    for row in rows:
        if row.state is AnnouncementState.WITHDRAWN:
            over[DeliveryState.CANCELLED].append(row.id)
        elif row.valid_until is not None and row.valid_until <= intent.now:
            over[DeliveryState.EXPIRED].append(row.id)
        else:
            claimed.append(
                Claimed(*row[:6], tuple(row[6].split()), row[7] or 0, row[8] or 0, bool(row[9]), row.urgency)
            )
    for state, useless in over.items():
        await _put_away(connection, useless, state)
    return claimed


async def _take(connection: AsyncConnection, intent: Claim) -> list[int]:
    d = t.delivery
    due = (
        select(d.c.id)
        .where(d.c.account == intent.account, always(d.c.state, DeliveryState.QUEUED), d.c.next_at <= intent.now)
        .order_by(d.c.priority, d.c.id)
        .limit(intent.most)
    )
    if connection.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    # A CTE, because PostgreSQL may run a plain subquery several times and then takes more than `most`.
    wanted = due.cte("due")
    taken = await connection.execute(
        update(d)
        .where(d.c.id.in_(select(wanted.c.id)))
        .values(state=DeliveryState.SENDING, lease=intent.lease, lease_until=intent.lease_until,
                attempts=d.c.attempts + 1, changed_at=intent.now)
        .returning(d.c.id)
    )  # fmt: skip
    return list(taken.scalars())


async def _put_away(connection: AsyncConnection, ids: Sequence[int], to: DeliveryState) -> None:
    """Nobody is to send these, claimed a moment ago in this transaction."""
    d = t.delivery
    if ids:
        await connection.execute(
            update(d).where(d.c.id.in_(ids)).values(state=to, lease=None, lease_until=None, attempts=d.c.attempts - 1)
        )


@dataclass(frozen=True, slots=True)
class Renewal:
    """An intent: these deliveries are still being sent by `lease`."""

    ids: Collection[int]
    lease: str
    until: datetime


async def renew(connection: AsyncConnection, intents: Sequence[Renewal]) -> list[None]:
    d = t.delivery
    for intent in intents:
        await connection.execute(
            update(d)
            .where(d.c.id.in_(intent.ids), d.c.lease == intent.lease, d.c.state == DeliveryState.SENDING)
            .values(lease_until=intent.until)
        )
    return [None] * len(intents)


async def next_at(connection: AsyncConnection, account: str) -> datetime | None:
    """When the account's next queued delivery may be claimed; None when there is none."""
    d = t.delivery
    first = select(func.min(d.c.next_at)).where(d.c.account == account, always(d.c.state, DeliveryState.QUEUED))
    found: datetime | None = (await connection.execute(first)).scalar()
    return found

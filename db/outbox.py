"""The only writer of deliveries: claim, settle, release, cancel, expire, send again.

`claim`, `settle` and `renew` are intents for `db/writer.py`: they take many at once and are committed together.
Every arrow is one of `announcements/deliveries.py`; a settlement counts only while the lease is still its own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import ARRIVED, MAY_CANCEL, MAY_EXPIRE, MAY_RESEND
from announcements.types import REPEAT_RATHER_THAN_MISS, DeliveryState
from db import reach
from db.tables import t


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


@dataclass(frozen=True, slots=True)
class Settlement:
    """An intent: how a claimed delivery ended. `to` is sent, handed, queued, unconfirmed or failed."""

    id: int
    lease: str
    to: DeliveryState
    now: datetime
    next_at: datetime | None = None  # for queued
    give_back: bool = False
    posted: tuple[str, ...] = ()
    button_id: str | None = None
    shown: int = 0
    error: str = ""
    uploaded: dict[int, str] = field(default_factory=dict)
    account: str = ""


async def claim(connection: AsyncConnection, intents: Sequence[Claim]) -> list[list[Claimed]]:
    """The most urgent first, then the oldest. Several processes may claim at once; each delivery goes to one."""
    return [await _claim(connection, intent) for intent in intents]


async def _claim(connection: AsyncConnection, intent: Claim) -> list[Claimed]:
    d, chat, r = t.delivery, t.chat, t.reach
    due = (
        select(d.c.id)
        .where(d.c.account == intent.account, d.c.state == DeliveryState.QUEUED, d.c.next_at <= intent.now)
        .order_by(d.c.priority, d.c.id)
        .limit(intent.most)
    )
    if connection.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    ids = (
        await connection.execute(
            update(d)
            .where(d.c.id.in_(due.scalar_subquery()))
            .values(state=DeliveryState.SENDING, lease=intent.lease, lease_until=intent.lease_until,
                    attempts=d.c.attempts + 1, changed_at=intent.now)
            .returning(d.c.id)
        )
    ).scalars().all()  # fmt: skip
    if not ids:
        return []
    rows = await connection.execute(
        select(d.c.id, d.c.broadcast_id, d.c.chat_id, chat.c.area_id, chat.c.address, d.c.attempts, d.c.posted,
               r.c.audience, r.c.acknowledged + r.c.told, chat.c.lost_reason)
        .join(chat, chat.c.id == d.c.chat_id)
        .outerjoin(r, and_(r.c.broadcast_id == d.c.broadcast_id, r.c.area_id == chat.c.area_id))
        .where(d.c.id.in_(ids))
        .order_by(d.c.priority, d.c.id)
    )  # fmt: skip
    return [Claimed(*row[:6], tuple(row[6].split()), row[7] or 0, row[8] or 0, bool(row[9])) for row in rows]


async def settle(connection: AsyncConnection, intents: Sequence[Settlement]) -> list[bool]:
    """Write outcomes. False where the lease was no longer ours: somebody else decides about that delivery now."""
    d = t.delivery
    wanted = {(intent.id, intent.lease): intent for intent in intents}
    ours: dict[int, Any] = {}
    # Locking in the order of ids keeps two settling processes from waiting for each other.
    query = (
        select(d.c.id, d.c.lease, d.c.broadcast_id, t.chat.c.area_id)
        .join(t.chat, t.chat.c.id == d.c.chat_id)
        .where(d.c.id.in_([intent.id for intent in intents]), d.c.state == DeliveryState.SENDING)
        .order_by(d.c.id)
    )
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(of=d)
    for row in await connection.execute(query):
        if (row.id, row.lease) in wanted:
            ours[row.id] = row
    mine = [intent for intent in intents if intent.id in ours and ours[intent.id].lease == intent.lease]
    if mine:
        await connection.execute(_SETTLE, [_parameters(intent) for intent in mine])
        await _keep_uploads(connection, mine)
        arrived = [ours[intent.id] for intent in mine if intent.to in ARRIVED]
        await reach.cover(connection, [(row.broadcast_id, row.area_id) for row in arrived])
    return [intent.id in ours and ours[intent.id].lease == intent.lease for intent in intents]


_D = t.delivery
_SETTLE = (
    update(_D)
    .where(_D.c.id == bindparam("p_id"), _D.c.lease == bindparam("p_lease"))
    .values(
        state=bindparam("p_to"),
        lease=None,
        lease_until=None,
        next_at=case((bindparam("p_later"), bindparam("p_next")), else_=_D.c.next_at),
        attempts=_D.c.attempts - bindparam("p_back"),
        posted=bindparam("p_posted"),
        button_id=bindparam("p_button"),
        shown=bindparam("p_shown"),
        sent_at=bindparam("p_sent"),
        changed_at=bindparam("p_now"),
        error=bindparam("p_error"),
    )
)


def _parameters(intent: Settlement) -> dict[str, Any]:
    return {
        "p_id": intent.id,
        "p_lease": intent.lease,
        "p_to": intent.to,
        "p_later": intent.next_at is not None,
        "p_next": intent.next_at or intent.now,
        "p_back": 1 if intent.give_back else 0,
        "p_posted": " ".join(intent.posted),
        "p_button": intent.button_id,
        "p_shown": intent.shown,
        "p_sent": intent.now if intent.to in ARRIVED else None,
        "p_now": intent.now,
        "p_error": intent.error[:500],
    }


async def _keep_uploads(connection: AsyncConnection, intents: Sequence[Settlement]) -> None:
    rows = {
        (file_id, intent.account): remote for intent in intents for file_id, remote in intent.uploaded.items()
    }  # fmt: skip
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    await connection.execute(
        insert(t.upload).on_conflict_do_nothing(),
        [{"attachment_id": file, "account": account, "remote_id": remote} for (file, account), remote in rows.items()],
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


async def release(
    connection: AsyncConnection, now: datetime, most_attempts: int, *, only_living: str | None = None
) -> int:
    """Deliveries whose lease ran out; with `only_living`, every lease but that one is known to be dead.

    Urgent ones go back to the queue, the others are unconfirmed: a repeat would be worse than a gap a person sees.
    """
    d, b, a = t.delivery, t.broadcast, t.announcement
    over = d.c.lease_until < now if only_living is None else d.c.lease != only_living
    urgent = (
        select(b.c.id)
        .join(a, a.c.id == b.c.announcement_id)
        .where(b.c.id == d.c.broadcast_id, a.c.urgency.in_([level.value for level in REPEAT_RATHER_THAN_MISS]))
        .exists()
    )
    again = and_(urgent, d.c.attempts < most_attempts)
    released = await connection.execute(
        update(d)
        .where(d.c.state == DeliveryState.SENDING, over)
        .values(
            state=case((again, DeliveryState.QUEUED.value), else_=DeliveryState.UNCONFIRMED.value),
            lease=None,
            lease_until=None,
            next_at=now,
            changed_at=now,
            error="không rõ đã gửi hay chưa: chương trình dừng giữa chừng",
        )
        .returning(d.c.id)
    )
    return len(released.all())


async def cancel(connection: AsyncConnection, announcement_id: int, now: datetime) -> int:
    """Arrow j: what has not gone out of a withdrawn announcement never will."""
    broadcasts = select(t.broadcast.c.id).where(t.broadcast.c.announcement_id == announcement_id)
    return await _end(connection, t.delivery.c.broadcast_id.in_(broadcasts), MAY_CANCEL, DeliveryState.CANCELLED, now)


async def expire(connection: AsyncConnection, now: datetime) -> int:
    """Arrow k: a meeting that has begun is never announced late."""
    past = (
        select(t.broadcast.c.id)
        .join(t.announcement, t.announcement.c.id == t.broadcast.c.announcement_id)
        .where(t.announcement.c.valid_until <= now)
    )
    return await _end(connection, t.delivery.c.broadcast_id.in_(past), MAY_EXPIRE, DeliveryState.EXPIRED, now)


async def _end(
    connection: AsyncConnection, which: Any, sources: frozenset[DeliveryState], to: DeliveryState, now: datetime
) -> int:
    d = t.delivery
    ended = await connection.execute(
        update(d).where(d.c.state.in_(sources), which).values(state=to, changed_at=now).returning(d.c.id)
    )
    return len(ended.all())


async def resend(
    connection: AsyncConnection, broadcast_id: int, states: Collection[DeliveryState], now: datetime,
    chats: Collection[int] | None = None,
) -> int:  # fmt: skip
    """Arrow l: a person sends failed or unconfirmed deliveries again; pieces known to be out are not repeated."""
    d = t.delivery
    which = [d.c.broadcast_id == broadcast_id, d.c.state.in_(MAY_RESEND & set(states))]
    if chats is not None:
        which.append(d.c.chat_id.in_(chats))
    again = await connection.execute(
        update(d)
        .where(*which)
        .values(state=DeliveryState.QUEUED, attempts=0, next_at=now, changed_at=now, error="")
        .returning(d.c.id)
    )
    return len(again.all())


async def next_at(connection: AsyncConnection, account: str) -> datetime | None:
    """When the account's next queued delivery may be claimed; None when there is none."""
    d = t.delivery
    found: datetime | None = (
        await connection.execute(
            select(d.c.next_at)
            .where(d.c.account == account, d.c.state == DeliveryState.QUEUED)
            .order_by(d.c.next_at)
            .limit(1)
        )
    ).scalar()
    return found

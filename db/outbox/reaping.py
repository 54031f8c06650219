"""What happens to deliveries that nobody is sending: leases that ran out, withdrawal, expiry, a person's "Gửi lại".

Called by `scheduler/upkeep.py` and `bot/office/notices/announcing.py`.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import ARRIVED, MAY_CANCEL, MAY_EXPIRE, MAY_RESEND
from announcements.phrases import phrase
from announcements.types import REPEAT_RATHER_THAN_MISS, AnnouncementState, DeliveryState
from db.announcing.fanout import ASSISTED, BOARD
from db.tables import t
from db.tables.columns import always

AT_HOME = (BOARD, ASSISTED)  # what their senders did reached nobody yet: it can be done again


async def release(
    connection: AsyncConnection, now: datetime, most_attempts: int, *, only_living: str | None = None
) -> int:
    """Deliveries whose lease ran out; with `only_living`, every lease but that one is known to be dead.

    Urgent ones go back to the queue, and those that need no platform; the others are unconfirmed: a repeat would be
    worse than a gap a person sees.
    """
    d, b, a = t.delivery, t.broadcast, t.announcement
    over = d.c.lease_until < now if only_living is None else d.c.lease != only_living
    urgent = (
        select(b.c.id)
        .join(a, a.c.id == b.c.announcement_id)
        .where(b.c.id == d.c.broadcast_id, a.c.urgency.in_([level.value for level in REPEAT_RATHER_THAN_MISS]))
        .exists()
    )
    again = or_(d.c.account.in_(AT_HOME), and_(urgent, d.c.attempts < most_attempts))
    released = await connection.execute(
        update(d)
        .where(always(d.c.state, DeliveryState.SENDING), over)
        .values(
            state=case((again, DeliveryState.QUEUED.value), else_=DeliveryState.UNCONFIRMED.value),
            lease=None,
            lease_until=None,
            next_at=now,
            changed_at=now,
            doubtful=True,
            error=phrase("mistake.sender_stopped"),
        )
        .returning(d.c.id)
    )
    return len(released.all())


async def cancel(connection: AsyncConnection, announcement_id: int, now: datetime) -> int:
    """Arrow j: what has not gone out of a withdrawn announcement never will. Whoever posted it by hand will be told."""
    broadcasts = select(t.broadcast.c.id).where(t.broadcast.c.announcement_id == announcement_id)
    d = t.delivery
    posted = (d.c.broadcast_id.in_(broadcasts), d.c.handed_at.is_not(None), d.c.state.in_(ARRIVED))
    await connection.execute(update(d).where(*posted).values(nudges=0, nudge_at=now))
    return await _end(connection, t.delivery.c.broadcast_id.in_(broadcasts), MAY_CANCEL, DeliveryState.CANCELLED, now)


async def expire(connection: AsyncConnection, now: datetime) -> int:
    """Arrow k: a meeting that has begun is never announced late. And what came back into the queue after its
    announcement was withdrawn takes arrow j here."""
    b, a, d = t.broadcast, t.announcement, t.delivery
    its = select(b.c.id).join(a, a.c.id == b.c.announcement_id).where(b.c.id == d.c.broadcast_id)
    past = its.where(a.c.valid_until <= now, b.c.state != AnnouncementState.WITHDRAWN).exists()
    withdrawn = its.where(b.c.state == AnnouncementState.WITHDRAWN).exists()
    return await _end(connection, past, MAY_EXPIRE, DeliveryState.EXPIRED, now) + await _end(
        connection, withdrawn, MAY_CANCEL, DeliveryState.CANCELLED, now
    )


async def _end(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    sources: frozenset[DeliveryState],
    to: DeliveryState,
    now: datetime,
) -> int:
    d, count = t.delivery, 0
    for state in sorted(sources):  # one statement each: an index that holds one state's rows serves no OR
        # Whoever was asked to post it is told that it is off; who missed it is not told that it is too late.
        told = now if (state, to) == (DeliveryState.HANDED, DeliveryState.CANCELLED) else None
        ended = await connection.execute(
            update(d)
            .where(always(d.c.state, state), which)
            .values(state=to, changed_at=now, nudge_at=told)
            .returning(d.c.id)
        )
        count += len(ended.all())
    return count


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
        .values(state=DeliveryState.QUEUED, attempts=0, resent_at=now, next_at=now, changed_at=now, error="")
        .returning(d.c.id)
    )
    return len(again.all())

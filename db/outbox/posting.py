"""Posting by hand: a person says that they posted a text that was handed to them, takes that back, or says that they
posted its withdrawal.

A text a person posted is in the chat, whatever was decided meanwhile: their word also counts when it comes after the
withdrawal or after the notice was over. Called by `bot/office/channels/posting.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import MAY_BE_POSTED
from announcements.types import DeliveryState
from db.counting import figures
from db.tables import t

MAY_TAKE_BACK = timedelta(minutes=10)  # since it was recorded: a slip of the thumb is noticed by then

_A, _B, _D = t.announcement, t.broadcast, t.delivery


@dataclass(frozen=True, slots=True)
class ByHand:
    """What somebody did at `at` with the deliveries of one broadcast to these chats, as is learnt now. `staff_id` None:
    the operator."""

    broadcast_id: int
    chats: Collection[int]
    staff_id: int | None
    at: datetime
    now: datetime


async def _is_withdrawn(connection: AsyncConnection, broadcast_id: int) -> bool:
    """Is it by now? A withdrawal at this moment waits until this transaction ends, or is over before it goes on: one of
    the two sees that there is something to be taken back."""
    query = (
        select(_A.c.withdrawn_at)
        .join(_B, _B.c.announcement_id == _A.c.id)
        .where(_B.c.id == broadcast_id)
        .with_for_update(read=True, of=_A)  # SQLite has one writer at a time, and leaves this out
    )
    return (await connection.execute(query)).scalar_one() is not None


async def post(connection: AsyncConnection, what: ByHand) -> list[int]:
    """Arrows e and m: they are in the chats. Returns the chats that were not recorded before.

    Of what is withdrawn by now somebody is told at once that they have to post that, too.
    """
    withdrawn = await _is_withdrawn(connection, what.broadcast_id)
    posted = await connection.execute(
        update(_D)
        .where(
            _D.c.broadcast_id == what.broadcast_id,
            _D.c.chat_id.in_(what.chats),
            _D.c.state.in_(MAY_BE_POSTED),
            _D.c.handed_at.is_not(None),
        )
        .values(
            state=DeliveryState.SENT,
            sent_at=what.at,
            posted_by=what.staff_id,
            changed_at=what.now,
            nudges=0,
            nudge_at=what.now if withdrawn else None,
            error="",
        )
        .returning(_D.c.chat_id, _D.c.area_id)
    )
    rows = posted.all()
    await figures.cover(connection, [(what.broadcast_id, row.area_id) for row in rows])
    return [row.chat_id for row in rows]


async def take_back(connection: AsyncConnection, what: ByHand) -> list[int]:
    """Arrow n: they were not posted after all. Returns the chats that have to be posted to again."""
    taken = await connection.execute(
        update(_D)
        .where(
            _D.c.broadcast_id == what.broadcast_id,
            _D.c.chat_id.in_(what.chats),
            _D.c.state == DeliveryState.SENT,
            _D.c.handed_at.is_not(None),
            _D.c.recalled_at.is_(None),
            _D.c.changed_at >= what.now - MAY_TAKE_BACK,
        )
        .values(
            state=DeliveryState.HANDED,
            sent_at=None,
            posted_by=None,
            changed_at=what.now,
            nudge_at=what.now + MAY_TAKE_BACK,
        )
        .returning(_D.c.chat_id)
    )
    chats = list(taken.scalars())
    if chats:
        await figures.uncover(connection, what.broadcast_id)
    return chats


async def recall(connection: AsyncConnection, what: ByHand) -> list[int]:
    """The withdrawal of what was posted there is in these chats, too. Returns those not recorded before."""
    if not await _is_withdrawn(connection, what.broadcast_id):
        return []
    recalled = await connection.execute(
        update(_D)
        .where(
            _D.c.broadcast_id == what.broadcast_id,
            _D.c.chat_id.in_(what.chats),
            _D.c.state == DeliveryState.SENT,
            _D.c.handed_at.is_not(None),
            _D.c.recalled_at.is_(None),
        )
        .values(recalled_at=what.at, recalled_by=what.staff_id, nudge_at=None)
        .returning(_D.c.chat_id)
    )
    return list(recalled.scalars())

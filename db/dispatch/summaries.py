"""Chats without a live count are told once how many have answered: which of them it is time for.

`take`, `again` and `placed` are intents for `db/writer.py`, called by `scheduler/summaries.py`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import ARRIVED
from announcements.types import AnnouncementState
from db.tables import t

LATE = timedelta(hours=1)  # a count that could not be told within so long is told no more


@dataclass(frozen=True, slots=True)
class Take:
    """An intent: up to `most` chats that `account` is to tell a count now."""

    account: str
    now: datetime
    most: int


@dataclass(frozen=True, slots=True)
class Due:
    """A chat to be told that `received` of its `households` have a notice, which came there at `sent_at`."""

    delivery_id: int
    chat_id: int
    address: str
    title: str
    announcement: str
    received: int
    households: int
    sent_at: datetime


_D, _CHAT, _B, _A, _R = t.delivery, t.chat, t.broadcast, t.announcement, t.reach
_DUE = (
    select(_D.c.id, _D.c.chat_id, _CHAT.c.address, _A.c.title, _A.c.code, _R.c.acknowledged + _R.c.told,
           _R.c.audience, _D.c.sent_at, _D.c.summary_due, _R.c.not_reached, _D.c.state, _D.c.summary_at,
           _B.c.state.label("stage"), _A.c.valid_until, _CHAT.c.active, _CHAT.c.lost_reason)
    .join(_CHAT, _CHAT.c.id == _D.c.chat_id)
    .join(_B, _B.c.id == _D.c.broadcast_id)
    .join(_A, _A.c.id == _B.c.announcement_id)
    .join(_R, and_(_R.c.broadcast_id == _D.c.broadcast_id, _R.c.area_id == _D.c.area_id))
    .where(_D.c.account == bindparam("account"), _D.c.summary_due <= bindparam("now"))
    .order_by(_D.c.summary_due, _D.c.id)
    .limit(bindparam("most"))
)  # fmt: skip


async def take(connection: AsyncConnection, intents: Sequence[Take]) -> list[list[Due]]:
    """Each is handed out once, and that is committed before the network is touched: whether it was posted after that
    is known, or a repeat is worse than none. What is of no use any more is not handed out."""
    query = _DUE.with_for_update(of=_D, skip_locked=True) if connection.dialect.name == "postgresql" else _DUE
    taken = []
    for intent in intents:
        asked = {"account": intent.account, "now": intent.now, "most": intent.most}
        rows = (await connection.execute(query, asked)).all()
        useful = [row for row in rows if _useful(row, intent.now)]
        await _mark(connection, [row.id for row in rows], summary_due=None)
        await _mark(connection, [row.id for row in useful], summary_at=intent.now)
        taken.append([Due(*row[:8]) for row in useful])
    return taken


def _useful(row: Any, now: datetime) -> bool:
    """Is the notice still in force, somebody there to answer it, and the chat there to be told?"""
    in_force = row.stage is AnnouncementState.PUBLISHED and (row.valid_until is None or row.valid_until > now)
    somebody_is_open = row[5] + row.not_reached < row.audience
    there = row.state in ARRIVED and row.active and not row.lost_reason
    return in_force and somebody_is_open and there and row.summary_at is None and now - row.summary_due <= LATE


async def ahead(connection: AsyncConnection, accounts: Collection[str], now: datetime) -> dict[str, int]:
    """How many chats each of these accounts is yet to tell a count."""
    rows = await connection.execute(
        select(_D.c.account, func.count().label("n"))
        .where(_D.c.account.in_(list(accounts)), _D.c.summary_due > now - LATE)
        .group_by(_D.c.account)
    )
    return {row.account: row.n for row in rows}


async def _mark(connection: AsyncConnection, deliveries: Sequence[int], **columns: datetime | None) -> None:
    if deliveries:
        await connection.execute(update(_D).where(_D.c.id.in_(deliveries)).values(columns))


@dataclass(frozen=True, slots=True)
class Again:
    """An intent: it was surely not posted; not before `at`."""

    delivery_id: int
    at: datetime


async def again(connection: AsyncConnection, intents: Sequence[Again]) -> list[None]:
    """Have them told later."""
    await connection.execute(
        update(_D).where(_D.c.id == bindparam("p_id")).values(summary_due=bindparam("p_at"), summary_at=None),
        [{"p_id": one.delivery_id, "p_at": one.at} for one in intents],
    )
    return [None] * len(intents)


@dataclass(frozen=True, slots=True)
class Placed:
    """An intent: the count of a delivery is in the chat as this message."""

    delivery_id: int
    message_id: str


async def placed(connection: AsyncConnection, intents: Sequence[Placed]) -> list[None]:
    """Keep the message, which people may quote."""
    await connection.execute(
        update(_D).where(_D.c.id == bindparam("p_id")).values(summary_id=bindparam("p_message")),
        [{"p_id": one.delivery_id, "p_message": one.message_id} for one in intents],
    )
    return [None] * len(intents)

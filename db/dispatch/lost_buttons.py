"""Live buttons that stayed behind when their chat moved: nobody can rewrite them any more, so open ones come anew.

`lose` is called by `db/places/chats.py` in the transaction of the move; `take`, `placed` and `give_back` are intents
for `db/writer.py`, called by `scheduler/reposts.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import ARRIVED
from announcements.types import AnnouncementState
from db.tables import t

RECENT = timedelta(days=7)  # older notices come no more: a group that moves must not be flooded
MOST = 5  # of one chat, the newest


async def lose(connection: AsyncConnection, chat_id: int, now: datetime) -> None:
    """No button of this chat's messages is live any more; those of open notices are wanted anew."""
    d, b, a = t.delivery, t.broadcast, t.announcement
    still_open = (
        select(d.c.id)
        .join(b, b.c.id == d.c.broadcast_id)
        .join(a, a.c.id == b.c.announcement_id)
        .where(
            d.c.chat_id == chat_id,
            d.c.state.in_(ARRIVED),
            d.c.button_id.is_not(None),
            d.c.sent_at > now - RECENT,
            b.c.state == AnnouncementState.PUBLISHED,
            or_(a.c.valid_until.is_(None), a.c.valid_until > now),
        )
        .order_by(d.c.id.desc())
        .limit(MOST)
    )
    wanted = list((await connection.execute(still_open)).scalars())
    gone = update(d).where(d.c.chat_id == chat_id, d.c.state.in_(ARRIVED), d.c.button_id.is_not(None))
    await connection.execute(gone.values(button_id=None))
    await connection.execute(update(d).where(d.c.id.in_(wanted)).values(button_wanted=True))


@dataclass(frozen=True, slots=True)
class Take:
    """An intent: up to `most` buttons that `account` is to post anew."""

    account: str
    most: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A notice whose button the chat at `address` lacks; `received` of `households` have it."""

    delivery_id: int
    broadcast_id: int
    chat_id: int
    address: str
    title: str
    announcement: str
    received: int
    households: int


_D, _CHAT, _B, _A, _R = t.delivery, t.chat, t.broadcast, t.announcement, t.reach
_WANTED = (
    select(_D.c.id, _D.c.broadcast_id, _D.c.chat_id, _CHAT.c.address, _A.c.title, _A.c.code,
           _R.c.acknowledged + _R.c.told, _R.c.audience)
    .join(_CHAT, _CHAT.c.id == _D.c.chat_id)
    .join(_B, _B.c.id == _D.c.broadcast_id)
    .join(_A, _A.c.id == _B.c.announcement_id)
    .join(_R, and_(_R.c.broadcast_id == _D.c.broadcast_id, _R.c.area_id == _D.c.area_id))
    .where(_D.c.button_wanted, _D.c.account == bindparam("account"), _B.c.state == AnnouncementState.PUBLISHED,
           _CHAT.c.active, _CHAT.c.lost_reason == "")
    .order_by(_D.c.id)
    .limit(bindparam("most"))
)  # fmt: skip


async def take(connection: AsyncConnection, intents: Sequence[Take]) -> list[list[Wanted]]:
    """Each is handed out once: whether it was posted after that is known, or a repeat is worse than none."""
    query = _WANTED.with_for_update(of=_D, skip_locked=True) if connection.dialect.name == "postgresql" else _WANTED
    taken = []
    for intent in intents:
        rows = await connection.execute(query, {"account": intent.account, "most": intent.most})
        found = [Wanted(*row) for row in rows]
        await _mark(connection, [one.delivery_id for one in found], wanted=False)
        taken.append(found)
    return taken


async def give_back(connection: AsyncConnection, intents: Sequence[int]) -> list[None]:
    """Deliveries whose button was surely not posted: it is wanted still."""
    await _mark(connection, intents, wanted=True)
    return [None] * len(intents)


async def _mark(connection: AsyncConnection, deliveries: Sequence[int], *, wanted: bool) -> None:
    if deliveries:
        await connection.execute(update(_D).where(_D.c.id.in_(deliveries)).values(button_wanted=wanted))


@dataclass(frozen=True, slots=True)
class Placed:
    """An intent: the button of a delivery is under this message now, and shows this count."""

    delivery_id: int
    button_id: str
    shown: int


async def placed(connection: AsyncConnection, intents: Sequence[Placed]) -> list[None]:
    await connection.execute(
        update(_D)
        .where(_D.c.id == bindparam("p_id"))
        .values(button_id=bindparam("p_button"), shown=bindparam("p_shown")),
        [{"p_id": one.delivery_id, "p_button": one.button_id, "p_shown": one.shown} for one in intents],
    )
    return [None] * len(intents)

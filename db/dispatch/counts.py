"""Which live buttons show an old number."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import ARRIVED
from announcements.types import AnnouncementState, DeliveryState
from db.tables import t
from db.tables.columns import always

LOOKED_BACK = 50_000  # messages of an account, the newest: older ones are only looked at when they are named
WITHDRAWN = -1  # what `shown` holds once the button says the notice was withdrawn


@dataclass(frozen=True, slots=True)
class Stale:
    """A message whose button should say `count` of `households`. `sends_wait`: its chat has messages queued."""

    delivery_id: int
    broadcast_id: int
    chat_id: int
    address: str
    button_id: str
    count: int
    households: int
    state: AnnouncementState
    sends_wait: bool


async def stale(connection: AsyncConnection, account: str, broadcasts: Sequence[int] | None, most: int) -> list[Stale]:
    """Messages of `account` whose button is behind, of these broadcasts or of all."""
    d, chat, r, b = t.delivery, t.chat, t.reach, t.broadcast
    other = d.alias("waiting")
    wanted = case((b.c.state == AnnouncementState.WITHDRAWN, WITHDRAWN), else_=r.c.acknowledged + r.c.told)
    waits = (
        select(other.c.id).where(other.c.chat_id == d.c.chat_id, always(other.c.state, DeliveryState.QUEUED)).exists()
    )
    query = (
        select(
            d.c.id, d.c.broadcast_id, d.c.chat_id, chat.c.address, d.c.button_id, wanted, r.c.audience, b.c.state, waits
        )
        .join(chat, chat.c.id == d.c.chat_id)
        .join(b, b.c.id == d.c.broadcast_id)
        .join(r, (r.c.broadcast_id == d.c.broadcast_id) & (r.c.area_id == d.c.area_id))
        .where(
            chat.c.account == account,
            chat.c.lost_reason == "",
            d.c.state.in_(ARRIVED),
            d.c.button_id.is_not(None),
            d.c.shown != wanted,
        )
        .order_by(d.c.id.desc())
        .limit(most)
    )
    if broadcasts is not None:
        query = query.where(d.c.broadcast_id.in_(broadcasts))
    else:
        buttons = select(d.c.id).where(d.c.account == account, d.c.button_id.is_not(None))
        query = query.where(d.c.id.in_(buttons.order_by(d.c.id.desc()).limit(LOOKED_BACK)))
    return [Stale(*row) for row in await connection.execute(query)]


async def drop(connection: AsyncConnection, intents: Sequence[int]) -> list[None]:
    """Deliveries whose button the platform won't have rewritten: deleted, or too old. Nobody tries it again."""
    d = t.delivery
    await connection.execute(update(d).where(d.c.id.in_(intents)).values(button_id=None))
    return [None] * len(intents)


async def shown(connection: AsyncConnection, intents: Sequence[tuple[int, int]]) -> list[None]:
    """Intents (delivery id, count): what the button under that message says now."""
    d = t.delivery
    await connection.execute(
        update(d).where(d.c.id == bindparam("p_id")).values(shown=bindparam("p_shown")),
        [{"p_id": delivery, "p_shown": count} for delivery, count in intents],
    )
    return [None] * len(intents)

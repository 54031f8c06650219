"""Reading deliveries for people: which chat has it, which not, why. Writing is `db/outbox.py`'s alone."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AnnouncementState, ChannelKind, DeliveryState
from db.places.areas import below
from db.tables import t


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    id: int
    chat_id: int
    account: str
    channel: ChannelKind
    chat: str  # its address
    title: str
    area: str  # its code
    area_name: str
    state: DeliveryState
    attempts: int
    sent_at: datetime | None
    next_at: datetime
    error: str
    handed_at: datetime | None  # when the text was given to a person to post
    posted_by: str  # who said that they posted it; empty: nobody yet, or the operator
    summary_at: datetime | None  # when the chat was told how many have answered
    chat_trouble: str  # what the last refusal said of the chat, a `RefusedReason`; empty: it takes messages

    def as_dict(self, local: Callable[[datetime], datetime]) -> dict[str, Any]:
        """JSON keys; times by the commune's clock."""
        waits = self.state is DeliveryState.QUEUED
        return {
            "account": self.account,
            "channel": self.channel.value,
            "chat": self.chat,
            "title": self.title,
            "area": self.area,
            "area_name": self.area_name,
            "state": self.state.value,
            "attempts": self.attempts,
            "sent_at": local(self.sent_at).isoformat() if self.sent_at else None,
            "next_at": local(self.next_at).isoformat() if waits else None,
            "error": self.error,
            "handed_at": local(self.handed_at).isoformat() if self.handed_at else None,
            "posted_by": self.posted_by or None,
            "summary_at": local(self.summary_at).isoformat() if self.summary_at else None,
        }


def meant_for(path: str) -> ColumnElement[bool]:
    """A condition: the area the delivery was for lies at `path` or below it now."""
    d, area = t.delivery, t.area.alias("meant_for")
    return select(area.c.id).where(area.c.id == d.c.area_id, below(area.c.path, [path])).exists()


async def listing(
    connection: AsyncConnection, broadcast_id: int, states: Collection[DeliveryState], *, under: str | None = None
) -> list[DeliveryRow]:
    """Deliveries of a broadcast in these states, by area; only those for the path `under` and below, if given."""
    d, chat, area = t.delivery, t.chat, t.area
    rows: Any = await connection.execute(
        select(d.c.id, d.c.chat_id, d.c.account, chat.c.channel, chat.c.address, chat.c.title, area.c.code,
               area.c.name, d.c.state, d.c.attempts, d.c.sent_at, d.c.next_at, d.c.error, d.c.handed_at,
               func.coalesce(t.staff.c.name, ""), d.c.summary_at, chat.c.lost_reason)
        .join(chat, chat.c.id == d.c.chat_id)
        .join(area, area.c.id == chat.c.area_id)
        .outerjoin(t.staff, t.staff.c.id == d.c.posted_by)
        .where(d.c.broadcast_id == broadcast_id, d.c.state.in_(list(states)),
               true() if under is None else meant_for(under))
        .order_by(area.c.path, d.c.id)
    )  # fmt: skip
    return [DeliveryRow(*row) for row in rows]


async def about_to_go(connection: AsyncConnection, now: datetime) -> list[str]:
    """Codes of announcements that a service would send at its start: deliveries on their way, times that have come."""
    b, d = t.broadcast, t.delivery
    on_the_way = exists().where(
        d.c.broadcast_id == b.c.id, d.c.state.in_([DeliveryState.QUEUED, DeliveryState.SENDING])
    )
    due = and_(b.c.state == AnnouncementState.SCHEDULED, b.c.due_at <= now)
    rows = await connection.execute(
        select(t.announcement.c.code)
        .join(b, b.c.announcement_id == t.announcement.c.id)
        .where(or_(on_the_way, due))
        .order_by(t.announcement.c.id)
        .distinct()
    )
    return list(rows.scalars())

"""What people have to post by hand, what they posted, and whom to tell. Writing states is `db/outbox/`'s alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import ARRIVED
from announcements.types import AnnouncementState, DeliveryState, Role, Urgency
from db.access.people import active_at
from db.announcing.fanout import ASSISTED
from db.dispatch.deliveries import meant_for
from db.places.areas import below
from db.tables import t
from db.tables.columns import always

OF_USE = timedelta(days=60)  # since it was handed over; what is older nobody posts, or takes back, any more

_D, _B, _A, _CHAT, _AREA = t.delivery, t.broadcast, t.announcement, t.chat, t.area
_POSTER, _RECALLER = t.staff.alias("poster"), t.staff.alias("recaller")


@dataclass(frozen=True, slots=True)
class Posting:
    """One notice in one chat that people post to. `path` and `area_id` are of the area it was for, as it lies now;
    `by` is who says that they posted it (empty: the operator, or nobody yet), `recorded_at` when that was learnt."""

    id: int
    broadcast_id: int
    broadcast: str
    announcement: str
    notice: str  # its title
    urgency: Urgency
    chat_id: int
    chat: str  # its title
    area_id: int
    area: str
    path: str
    state: DeliveryState
    handed_at: datetime
    posted_at: datetime | None
    recorded_at: datetime
    by: str
    withdrawn_at: datetime | None
    recalled_at: datetime | None
    recalled_by: str

    @property
    def waits(self) -> bool:
        """Is it with a person who has not posted it?"""
        return self.state is DeliveryState.HANDED

    @property
    def posted(self) -> bool:
        return self.state in ARRIVED

    @property
    def to_recall(self) -> bool:
        """It is in the chat and withdrawn, and the chat was not told."""
        return self.posted and self.withdrawn_at is not None and self.recalled_at is None


def _rows() -> Select[Any]:
    return (
        select(_D.c.id, _D.c.broadcast_id, _B.c.code, _A.c.code, _A.c.title, _A.c.urgency, _CHAT.c.id, _CHAT.c.title,
               _AREA.c.id, _AREA.c.name, _AREA.c.path, _D.c.state, _D.c.handed_at, _D.c.sent_at, _D.c.changed_at,
               func.coalesce(_POSTER.c.name, ""), _A.c.withdrawn_at, _D.c.recalled_at,
               func.coalesce(_RECALLER.c.name, ""))
        .select_from(_D)
        .join(_B, _B.c.id == _D.c.broadcast_id)
        .join(_A, _A.c.id == _B.c.announcement_id)
        .join(_CHAT, _CHAT.c.id == _D.c.chat_id)
        .join(_AREA, _AREA.c.id == _D.c.area_id)
        .outerjoin(_POSTER, _POSTER.c.id == _D.c.posted_by)
        .outerjoin(_RECALLER, _RECALLER.c.id == _D.c.recalled_by)
        .where(_D.c.handed_at.is_not(None))
    )  # fmt: skip


async def of_notice(
    connection: AsyncConnection, broadcast_id: int, chats: Collection[int] | None = None
) -> list[Posting]:
    """A notice in the chats that people post to, by area; only in these, if given."""
    which = [_D.c.broadcast_id == broadcast_id]
    if chats is not None:
        which.append(_D.c.chat_id.in_(chats))
    return await _read(connection, _rows().where(*which).order_by(_AREA.c.path, _D.c.id))


async def waiting(connection: AsyncConnection, path: str, now: datetime, most: int) -> list[Posting]:
    """What waits to be posted below `path`: the most urgent first, then what is the oldest."""
    order = (_A.c.urgency.desc(), _B.c.id, _AREA.c.path, _D.c.id)
    found = _rows().where(*_handed(now), below(_AREA.c.path, [path]))
    return await _read(connection, found.order_by(*order).limit(most))


def _handed(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions: it is with a person, still of use, not withdrawn a moment ago, and its chat is in use."""
    chat, notice = t.chat.alias("posted_to"), t.broadcast.alias("to_be_posted")
    in_use = exists().where(chat.c.id == _D.c.chat_id, chat.c.active)
    in_force = exists().where(notice.c.id == _D.c.broadcast_id, notice.c.state != AnnouncementState.WITHDRAWN)
    return always(_D.c.state, DeliveryState.HANDED), _D.c.handed_at > now - OF_USE, in_use, in_force


async def to_recall(connection: AsyncConnection, path: str, since: datetime) -> list[Posting]:
    """What stands in chats below `path`, was withdrawn after `since`, and the chat was not told."""
    found = _rows().where(
        _D.c.handed_at > since - OF_USE,
        _D.c.state.in_(ARRIVED),
        _D.c.recalled_at.is_(None),
        _B.c.state == AnnouncementState.WITHDRAWN,
        _A.c.withdrawn_at >= since,
        below(_AREA.c.path, [path]),
    )
    return await _read(connection, found.order_by(_A.c.withdrawn_at.desc(), _AREA.c.path, _D.c.id))


async def lately(connection: AsyncConnection, path: str, since: datetime, most: int) -> list[Posting]:
    """What was posted below `path`, as recorded after `since`, the latest first."""
    found = _rows().where(
        _D.c.handed_at > since - OF_USE, _D.c.state.in_(ARRIVED), _D.c.changed_at >= since, below(_AREA.c.path, [path])
    )
    return await _read(connection, found.order_by(_D.c.changed_at.desc(), _D.c.id).limit(most))


async def _read(connection: AsyncConnection, query: Select[Any]) -> list[Posting]:
    return [Posting(*row) for row in await connection.execute(query)]


async def count(connection: AsyncConnection, path: str, now: datetime) -> int | None:
    """How many texts wait to be posted below `path`; None where no chat is posted to by hand."""
    waits = select(func.count()).where(*_handed(now), meant_for(path)).scalar_subquery()
    chats = exists().where(
        _CHAT.c.account == ASSISTED, _CHAT.c.active, _AREA.c.id == _CHAT.c.area_id, below(_AREA.c.path, [path])
    )
    row = (await connection.execute(select(waits, chats.label("any")))).one()
    return int(row[0]) if row[0] or row[1] else None


@dataclass(frozen=True, slots=True)
class Behind:
    """A notice that waits to be posted by hand in so many chats; `since` when the first was handed over."""

    broadcast: str
    title: str
    urgency: Urgency
    chats: int
    since: datetime


async def behind(connection: AsyncConnection, path: str, now: datetime) -> list[Behind]:
    """Notices that wait to be posted below `path`, the most urgent first."""
    first = func.min(_D.c.handed_at, type_=_D.c.handed_at.type)
    rows = await connection.execute(
        select(_B.c.code, _A.c.title, _A.c.urgency, func.count(), first)
        .select_from(_D)
        .join(_B, _B.c.id == _D.c.broadcast_id)
        .join(_A, _A.c.id == _B.c.announcement_id)
        .where(*_handed(now), meant_for(path))
        .group_by(_B.c.id, _B.c.code, _A.c.title, _A.c.urgency)
        .order_by(_A.c.urgency.desc(), _B.c.id)
    )
    return [Behind(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Due:
    """A posting whose leader is to be told, for the `nudges`th time."""

    posting: Posting
    nudges: int
    valid_until: datetime | None


async def due(connection: AsyncConnection, now: datetime, most: int) -> list[Due]:
    """Postings whose leaders are to be told now; each is with one caller until the transaction ends.

    Nobody is asked to post in a chat out of use; one that is in use again is asked for then.
    """
    wanted = or_(_D.c.state != DeliveryState.HANDED, and_(*_handed(now)))
    found = _rows().add_columns(_D.c.nudges, _A.c.valid_until).where(_D.c.nudge_at <= now, wanted)
    query = found.order_by(_D.c.nudge_at, _D.c.id).limit(most)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True, of=_D)
    rows = await connection.execute(query)
    return [Due(Posting(*row[:-2]), row[-2] + 1, row[-1]) for row in rows]


async def nudged(connection: AsyncConnection, ids: Sequence[int], next_at: datetime | None) -> None:
    """Their leaders are told once more, and again at `next_at`."""
    await connection.execute(
        update(_D).where(_D.c.id.in_(ids)).values(nudges=_D.c.nudges + 1, nudge_at=next_at)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leader:
    """A member of staff who can be told in private, and the area they answer for."""

    staff_id: int
    path: str


async def leaders(connection: AsyncConnection, roles: Collection[Role], now: datetime) -> list[Leader]:
    """Everybody in office with one of these roles and an account of their own."""
    s, a = t.staff, t.staff_account
    rows = await connection.execute(
        select(s.c.id, _AREA.c.path)
        .join(_AREA, _AREA.c.id == s.c.area_id)
        .where(s.c.role.in_(list(roles)), active_at(now), exists().where(a.c.staff_id == s.c.id))
        .order_by(s.c.id)
    )
    return [Leader(*row) for row in rows]

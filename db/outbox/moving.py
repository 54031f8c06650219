"""Deliveries of an account that is down, taken over by other chats of their areas: arrow o, and a delivery anew.

Read and written in one transaction by `bot/office/channels/failover.py`; `announcements/failover.py` decides in
between.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import MAY_MOVE
from announcements.failover import LEAVES, Sibling, Step, Stuck, Way
from announcements.phrases import phrase
from announcements.types import AnnouncementState, ChannelKind, DeliveryState
from db.batches import chunks
from db.places.areas import below
from db.tables import t

RECENT = timedelta(days=7)  # since a notice went out

_A, _AREA, _B, _CHAT, _D = t.announcement, t.area, t.broadcast, t.chat, t.delivery


@dataclass(frozen=True, slots=True)
class Named:
    """What people call a stuck delivery: the codes of its notice, its chat, its area."""

    broadcast: str
    announcement: str
    title: str
    chat: str
    area: str
    area_name: str


async def stuck(
    connection: AsyncConnection, account: str, now: datetime, *, under: str | None = None, lock: bool = False
) -> list[tuple[Stuck, Named]]:
    """Deliveries of the account that wait, failed or are in doubt, of notices of late that are still in force; the most
    urgent first.

    Only those for the path `under` and below, if given. With `lock` nobody else claims, sends again or moves them
    until this transaction ends; what is being sent at this moment is not among them.
    """
    query = (
        select(_D.c.id, _D.c.broadcast_id, _D.c.chat_id, _D.c.area_id, _CHAT.c.area_id.label("place_id"), _D.c.state,
               _A.c.urgency, _D.c.posted != "", _D.c.doubtful, _B.c.code, _A.c.code.label("announcement"), _A.c.title,
               _CHAT.c.title.label("chat"), _AREA.c.code.label("area"), _AREA.c.name.label("area_name"))
        .join(_CHAT, _CHAT.c.id == _D.c.chat_id)
        .join(_AREA, _AREA.c.id == _CHAT.c.area_id)
        .join(_B, _B.c.id == _D.c.broadcast_id)
        .join(_A, _A.c.id == _B.c.announcement_id)
        .where(_of(account, now), true() if under is None else _meant_for(under))
        .order_by(_D.c.priority, _D.c.id)
    )  # fmt: skip
    ours = await _hold(connection, account, now) if lock and connection.dialect.name == "postgresql" else None
    rows = (await connection.execute(query)).all()
    return [(Stuck(*row[:9]), Named(*row[9:])) for row in rows if ours is None or row.id in ours]


async def _hold(connection: AsyncConnection, account: str, now: datetime) -> set[int]:
    """Lock them, in the order of ids, so that two who move don't wait for each other in a circle. What a dispatcher
    has just claimed is waited for, and is then in another state; what comes back into the queue a moment later is not
    among them. SQLite has one writer at a time."""
    rows = await connection.execute(select(_D.c.id).where(_of(account, now)).order_by(_D.c.id).with_for_update())
    return set(rows.scalars())


def _of(account: str, now: datetime) -> ColumnElement[bool]:
    return and_(_D.c.account == account, _D.c.state.in_(list(MAY_MOVE)), _D.c.broadcast_id.in_(of_late(now)))


def of_late(now: datetime) -> Select[tuple[int]]:
    """Ids of broadcasts that are of use to somebody who gets them now. What was stuck for longer is nobody's news; and
    deliveries are found by their broadcast, however many there are."""
    in_force = or_(_A.c.valid_until.is_(None), _A.c.valid_until > now)
    return (
        select(_B.c.id)
        .join(_A, _A.c.id == _B.c.announcement_id)
        .where(_B.c.state == AnnouncementState.PUBLISHED, _B.c.published_at > now - RECENT, in_force)
    )


def _meant_for(path: str) -> ColumnElement[bool]:
    area = t.area.alias("meant_for")
    return select(area.c.id).where(area.c.id == _D.c.area_id, below(area.c.path, [path])).exists()


async def ways(
    connection: AsyncConnection, places: Collection[int], working: Collection[str], by_hand: Collection[str]
) -> list[Way]:
    """Chats in use of these areas that take messages, of accounts that work; of those `by_hand` a person is one."""
    found: list[Way] = []
    for some in chunks(sorted(places)):
        rows = await connection.execute(
            select(_CHAT.c.id, _CHAT.c.account, _CHAT.c.area_id, _CHAT.c.reserve).where(
                _CHAT.c.area_id.in_(some),
                _CHAT.c.active,
                _CHAT.c.lost_reason == "",
                _CHAT.c.channel != ChannelKind.BOARD,
                _CHAT.c.account.in_(list(working)),
            )
        )
        found += [Way(*row, by_hand=row.account in by_hand) for row in rows]
    return found


async def siblings(
    connection: AsyncConnection, broadcasts: Collection[int], account: str, working: Collection[str]
) -> list[Sibling]:
    """The deliveries of these broadcasts through other accounts."""
    found: list[Sibling] = []
    for some in chunks(sorted(broadcasts)):
        rows = await connection.execute(
            select(_D.c.broadcast_id, _D.c.chat_id, _D.c.area_id, _D.c.state, _D.c.account).where(
                _D.c.broadcast_id.in_(some), _D.c.account != account
            )
        )
        found += [Sibling(*row[:4], works=row.account in working) for row in rows]
    return found


async def move(connection: AsyncConnection, steps: Sequence[Step], now: datetime) -> None:
    """Write what was decided: those that leave the account end, and their ways get a delivery each."""
    leaving = [step for step in steps if step.fate in LEAVES]
    if not leaving:
        return
    await connection.execute(
        update(_D)
        .where(_D.c.id == bindparam("p_id"))
        .values(state=DeliveryState.CANCELLED, error=bindparam("p_why"), changed_at=now),
        [{"p_id": step.stuck.id, "p_why": _reason(step)} for step in leaving],
    )
    rows = [_anew(step.stuck, step.way, now) for step in leaving if step.way is not None]
    if rows:
        await connection.execute(_D.insert(), rows)


def _reason(step: Step) -> str:
    if step.way is None:
        return phrase("failover.closed")
    if step.way.by_hand:
        return phrase("failover.moved_by_hand")
    return phrase("failover.moved_to", account=step.way.account)


def _anew(stuck: Stuck, way: Way, now: datetime) -> dict[str, Any]:
    """For the area the stuck one was for: the counters of reach know that one."""
    return {"broadcast_id": stuck.broadcast_id, "chat_id": way.chat_id, "area_id": stuck.area_id,
            "account": way.account, "state": DeliveryState.QUEUED, "priority": -stuck.urgency, "attempts": 0,
            "next_at": now, "posted": "", "doubtful": False, "button_wanted": False, "shown": 0, "changed_at": now,
            "error": ""}  # fmt: skip

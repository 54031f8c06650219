"""Taking deliveries to send, under a lease that is committed before the network is touched, and keeping that lease.

`claim` and `renew` are intents for `db/writer.py`, called by `scheduler/dispatcher.py`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

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


# Statements are built once: putting one together takes longer than running it.
_D, _CHAT, _R, _B, _A = t.delivery, t.chat, t.reach, t.broadcast, t.announcement
_DETAILS = (
    select(_D.c.id, _D.c.broadcast_id, _D.c.chat_id, _D.c.area_id, _CHAT.c.address, _D.c.attempts, _D.c.posted,
           _R.c.audience, _R.c.acknowledged + _R.c.told, _CHAT.c.lost_reason, _A.c.urgency, _B.c.state,
           _A.c.valid_until)
    .join(_CHAT, _CHAT.c.id == _D.c.chat_id)
    .join(_B, _B.c.id == _D.c.broadcast_id)
    .join(_A, _A.c.id == _B.c.announcement_id)
    .outerjoin(_R, and_(_R.c.broadcast_id == _D.c.broadcast_id, _R.c.area_id == _D.c.area_id))
    .where(_D.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_D.c.priority, _D.c.id)
)  # fmt: skip


async def _claim(connection: AsyncConnection, intent: Claim) -> list[Claimed]:
    ids = await _take(connection, intent)
    if not ids:
        return []
    rows = await connection.execute(_DETAILS, {"ids": ids})
    claimed: list[Claimed] = []
    over: dict[DeliveryState, list[int]] = {DeliveryState.CANCELLED: [], DeliveryState.EXPIRED: []}
    for row in rows.all():
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


_DUE = (
    select(_D.c.id)
    .where(_D.c.account == bindparam("p_account"), always(_D.c.state, DeliveryState.QUEUED),
           _D.c.next_at <= bindparam("p_now"))
    .order_by(_D.c.priority, _D.c.id)
    .limit(bindparam("p_most", type_=Integer))
)  # fmt: skip


def _taking(due: Select[Any]) -> ReturningUpdate[Any]:
    # A CTE, because PostgreSQL may run a plain subquery several times and then takes more than `most`.
    wanted = due.cte("due")
    return (
        update(_D)
        .where(_D.c.id.in_(select(wanted.c.id)))
        .values(state=DeliveryState.SENDING, lease=bindparam("p_lease"), lease_until=bindparam("p_until"),
                attempts=_D.c.attempts + 1, changed_at=bindparam("p_now"))
        .returning(_D.c.id)
    )  # fmt: skip


_TAKE = _taking(_DUE)
_TAKE_UNLOCKED = _taking(_DUE.with_for_update(skip_locked=True))


async def _take(connection: AsyncConnection, intent: Claim) -> list[int]:
    statement = _TAKE_UNLOCKED if connection.dialect.name == "postgresql" else _TAKE
    wanted = {"p_account": intent.account, "p_now": intent.now, "p_most": intent.most, "p_lease": intent.lease,
              "p_until": intent.lease_until}  # fmt: skip
    return list((await connection.execute(statement, wanted)).scalars())


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

"""How claimed deliveries ended, many at a time: written only while the lease is still that of the sender.

`settle` is an intent for `db/writer.py`, called by `scheduler/dispatcher.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import ARRIVED, may_go
from announcements.types import DeliveryState
from db.counting import figures
from db.platforms import usage
from db.platforms.usage import Spent
from db.tables import t

GATHERED = timedelta(seconds=3)  # what one person is to post of a notice is handed over within this


@dataclass(frozen=True, slots=True)
class Settlement:
    """An intent: how a claimed delivery ended. `to` is sent, handed, queued, unconfirmed or failed."""

    id: int
    lease: str
    to: DeliveryState
    now: datetime
    next_at: datetime | None = None  # for queued
    give_back: bool = False
    doubtful: bool = False  # it may have been sent all the same
    posted: tuple[str, ...] = ()
    button_id: str | None = None
    shown: int = 0
    error: str = ""
    uploaded: dict[int, str] = field(default_factory=dict)
    account: str = ""
    messages: int = 0  # that the platform took in this attempt
    uploads: int = 0  # and files
    period: str = ""  # the month they count in
    summary_due: datetime | None = None  # for sent: when the chat is to be told how many have answered

    def __post_init__(self) -> None:
        if not may_go(DeliveryState.SENDING, self.to):
            raise ValueError(f"no arrow leads from sending to {self.to}")


_D = t.delivery
# Locking in the order of ids keeps two settling processes from waiting for each other.
_SENDING = (
    select(_D.c.id, _D.c.lease, _D.c.broadcast_id, _D.c.area_id)
    .where(_D.c.id.in_(bindparam("ids", expanding=True)), _D.c.state == DeliveryState.SENDING)
    .order_by(_D.c.id)
)


async def settle(connection: AsyncConnection, intents: Sequence[Settlement]) -> list[bool]:
    """Write outcomes. False where the lease was no longer ours: somebody else decides about that delivery now."""
    wanted = {(intent.id, intent.lease): intent for intent in intents}
    ours: dict[int, Any] = {}
    query = _SENDING.with_for_update() if connection.dialect.name == "postgresql" else _SENDING
    rows = await connection.execute(query, {"ids": [intent.id for intent in intents]})
    for row in rows.all():
        if (row.id, row.lease) in wanted:
            ours[row.id] = row
    mine = [intent for intent in intents if intent.id in ours and ours[intent.id].lease == intent.lease]
    if mine:
        await connection.execute(_SETTLE, [_parameters(intent) for intent in mine])
        await _hand_over(connection, [intent for intent in mine if intent.to is DeliveryState.HANDED])
        await _keep_uploads(connection, mine)
        arrived = [ours[intent.id] for intent in mine if intent.to in ARRIVED]
        await figures.cover(connection, [(row.broadcast_id, row.area_id) for row in arrived])
    await usage.spend(connection, [_spent(intent) for intent in intents])  # whoever decides now: the platform took it
    return [intent.id in ours and ours[intent.id].lease == intent.lease for intent in intents]


_SETTLE = (
    update(_D)
    .where(_D.c.id == bindparam("p_id"), _D.c.lease == bindparam("p_lease"))
    .values(
        state=bindparam("p_to"),
        lease=None,
        lease_until=None,
        next_at=case((bindparam("p_later"), bindparam("p_next")), else_=_D.c.next_at),
        attempts=_D.c.attempts - bindparam("p_back"),
        doubtful=case((bindparam("p_doubtful"), true()), else_=_D.c.doubtful),
        posted=bindparam("p_posted"),
        button_id=bindparam("p_button"),
        shown=bindparam("p_shown"),
        sent_at=bindparam("p_sent"),
        summary_due=bindparam("p_summary"),
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
        "p_doubtful": intent.doubtful,
        "p_posted": " ".join(intent.posted),
        "p_button": intent.button_id,
        "p_shown": intent.shown,
        "p_summary": intent.summary_due,
        "p_sent": intent.now if intent.to in ARRIVED else None,
        "p_now": intent.now,
        "p_error": intent.error[:500],
    }


async def _hand_over(connection: AsyncConnection, intents: Sequence[Settlement]) -> None:
    """Arrow d: a person is to post it, and is told of it in a moment, of all their chats at once."""
    if intents:
        now = intents[0].now
        await connection.execute(
            update(_D)
            .where(_D.c.id.in_([intent.id for intent in intents]))
            .values(handed_at=now, nudges=0, nudge_at=now + GATHERED)
        )


def _spent(intent: Settlement) -> Spent:
    return Spent(intent.account, intent.period, intent.messages, intent.uploads)


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

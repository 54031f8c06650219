"""What members of staff are to be told in private, kept until it was said.

`put` belongs into the transaction that gives the reason, whichever process that is in; `bot/tidings/telling.py` says
it. A message is marked as said before the network is touched: after a crash it is missing rather than there twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.channels import Button
from announcements.types import ChannelKind
from db.access.people import active_at
from db.tables import t

WORTH_TELLING = timedelta(days=1)

Rows = tuple[tuple[Button, ...], ...]

_T = t.tiding


@dataclass(frozen=True, slots=True)
class Tiding:
    """`texts` are plain, each a message of its own of at most 2,000 characters; `rows` of buttons stand under the last,
    where a channel has any.

    `key` names what is told: the same key is told to a person once. After `until`, or a day, it is not worth telling
    any more.
    """

    staff_id: int
    key: str
    texts: tuple[str, ...]
    rows: Rows = ()
    until: datetime | None = None


async def put(connection: AsyncConnection, tidings: Sequence[Tiding], now: datetime) -> int:
    """Have them told; returns how many were not told before."""
    if not tidings:
        return 0
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [
        {"staff_id": one.staff_id, "subject": one.key, "texts": list(one.texts), "said": 0, "next_at": now,
         "buttons": [[[button.label, button.data] for button in row] for row in one.rows], "made_at": now,
         "until": one.until or now + WORTH_TELLING}
        for one in tidings
    ]  # fmt: skip
    made = await connection.execute(insert(_T).values(rows).on_conflict_do_nothing().returning(_T.c.id))
    return len(made.all())


async def unknown(connection: AsyncConnection, tidings: Sequence[Tiding]) -> list[Tiding]:
    """Those of `tidings` that were not put before."""
    keys = {one.key for one in tidings}
    rows = await connection.execute(select(_T.c.staff_id, _T.c.subject).where(_T.c.subject.in_(keys)))
    known = {(row.staff_id, row.subject) for row in rows}
    return [one for one in tidings if (one.staff_id, one.key) not in known]


async def take_back(connection: AsyncConnection, key: str) -> None:
    """What this key names is over: who was not told yet is not, and it may be told anew."""
    await connection.execute(_T.delete().where(_T.c.subject == key))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tiding with what is left of it."""

    id: int
    staff_id: int
    texts: tuple[str, ...]
    rows: Rows
    said: int


async def waiting(
    connection: AsyncConnection, now: datetime, most: int, besides: Collection[int] = ()
) -> list[Waiting]:
    """The oldest that may be told now, one for each person; nothing for the staff in `besides`."""
    first = (
        select(func.min(_T.c.id))
        .where(_T.c.done_at.is_(None), _T.c.next_at <= now, _T.c.staff_id.not_in(besides))
        .group_by(_T.c.staff_id)
    )
    rows = await connection.execute(
        select(_T.c.id, _T.c.staff_id, _T.c.texts, _T.c.buttons, _T.c.said)
        .where(_T.c.id.in_(first))
        .order_by(_T.c.id)
        .limit(most)
    )
    return [Waiting(row.id, row.staff_id, tuple(row.texts), _rows(row.buttons), row.said) for row in rows]


def _rows(stored: Sequence[Sequence[Sequence[str]]]) -> Rows:
    return tuple(tuple(Button(*button) for button in row) for row in stored)


async def begin(connection: AsyncConnection, tiding_id: int, said: int, now: datetime) -> bool:
    """Mark the next message as said, before it is; False when another process did, or it is too late for it."""
    mine = await connection.execute(
        update(_T)
        .where(_T.c.id == tiding_id, _T.c.said == said, _T.c.done_at.is_(None), _T.c.until > now)
        .values(said=said + 1)
        .returning(_T.c.id)
    )  # fmt: skip
    return mine.first() is not None


async def again(connection: AsyncConnection, tiding_id: int, said: int, next_at: datetime) -> None:
    """The message that `begin` marked surely did not go out."""
    await connection.execute(update(_T).where(_T.c.id == tiding_id).values(said=said, next_at=next_at))


async def finish(connection: AsyncConnection, tiding_id: int, said: int, now: datetime) -> None:
    """Nothing is said after the first `said` messages, unless another process is at it. The words are not kept."""
    await connection.execute(
        update(_T).where(_T.c.id == tiding_id, _T.c.said == said).values(done_at=now, texts=[], buttons=[])
    )


@dataclass(frozen=True, slots=True)
class StaffAddress:
    """An account of a member of staff."""

    channel: ChannelKind
    external_id: str


async def addresses(connection: AsyncConnection, staff_id: int, now: datetime) -> list[StaffAddress]:
    """Where somebody can be written to, the account linked last first; nowhere once they have ended."""
    a = t.staff_account
    rows = await connection.execute(
        select(a.c.channel, a.c.external_id)
        .join(t.staff, t.staff.c.id == a.c.staff_id)
        .where(a.c.staff_id == staff_id, active_at(now))
        .order_by(a.c.linked_at.desc())
    )
    return [StaffAddress(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Told:
    """The last of a kind that somebody was told, or is about to be."""

    staff_id: int
    subject: str
    made_at: datetime


async def last_told(connection: AsyncConnection, staff_ids: Collection[int], beginning: str) -> dict[int, Told]:
    """The newest tiding of each of them whose key begins so."""
    newest = (
        select(func.max(_T.c.id))
        .where(_T.c.staff_id.in_(staff_ids), _T.c.subject.startswith(beginning, autoescape=True))
        .group_by(_T.c.staff_id)
    )
    rows = await connection.execute(select(_T.c.staff_id, _T.c.subject, _T.c.made_at).where(_T.c.id.in_(newest)))
    return {row.staff_id: Told(*row) for row in rows}


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Drop those made before; returns how many."""
    gone: Any = await connection.execute(_T.delete().where(_T.c.made_at < before).returning(_T.c.id))
    return len(gone.all())

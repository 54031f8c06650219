"""Times in which an account took nothing in for so long that the platform threw presses away.

`heard` is an intent for `db/writer.py`, called by the receivers; `bot/conversations/outages.py` tells the people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AnnouncementState, ChannelKind
from db.tables import t

PRESSES_LIVE = timedelta(seconds=150)  # in Telegram's queue (telegram-api §6)
RECENT = timedelta(days=7)  # of older notices nobody waits for presses


@dataclass(frozen=True, slots=True)
class Heard:
    """An intent: `account` took updates in at `at`, and before that at `before` (None: ask the tables). `failed_at` is
    when the platform last could not deliver one (None: it doesn't say)."""

    account: str
    at: datetime
    before: datetime | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutageRow:
    id: int
    account: str
    began_at: datetime
    ended_at: datetime


async def heard(connection: AsyncConnection, intents: Sequence[Heard]) -> list[OutageRow | None]:
    """Note that accounts hear; returns the outage that ended so, where there was one."""
    return [await _heard(connection, intent) for intent in intents]


async def _heard(connection: AsyncConnection, intent: Heard) -> OutageRow | None:
    a, o = t.account, t.outage
    mine = a.c.name == intent.account
    before = intent.before or (await connection.execute(select(a.c.heard_at).where(mine))).scalar()
    await connection.execute(update(a).where(mine).values(heard_at=intent.at))
    if before is None or intent.at - before <= PRESSES_LIVE:
        return None
    if intent.failed_at is not None and intent.failed_at <= before:  # everything since was delivered
        return None
    values = {"account": intent.account, "began_at": before, "ended_at": intent.at}
    made = await connection.execute(o.insert().values(values).returning(o.c.id))
    return OutageRow(made.scalar_one(), intent.account, before, intent.at)


async def latest(connection: AsyncConnection, since: datetime) -> list[OutageRow]:
    """Outages that ended after `since`, the latest first."""
    o = t.outage
    rows = await connection.execute(
        select(o.c.id, o.c.account, o.c.began_at, o.c.ended_at)
        .where(o.c.ended_at > since)
        .order_by(o.c.ended_at.desc())
    )
    return [OutageRow(*row) for row in rows]


async def take_untold(connection: AsyncConnection, account: str, now: datetime) -> list[OutageRow]:
    """Outages nobody was told of; each is handed out once."""
    o = t.outage
    rows = await connection.execute(
        update(o)
        .where(o.c.account == account, o.c.told_at.is_(None))
        .values(told_at=now)
        .returning(o.c.id, o.c.account, o.c.began_at, o.c.ended_at)
    )
    return [OutageRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Concerned:
    """A notice that waited for answers during an outage, and its author's account on the channel."""

    external_id: str
    announcement: str
    title: str


async def concerned(connection: AsyncConnection, channel: ChannelKind, outage: OutageRow) -> list[Concerned]:
    """Notices that stood open in chats of the account and were not answered by all, with whom to tell."""
    a, b, d, r, account, staff = t.announcement, t.broadcast, t.delivery, t.reach, t.staff_account, t.staff
    sent = exists().where(d.c.broadcast_id == b.c.id, d.c.account == outage.account, d.c.button_id.is_not(None))
    waits = exists().where(r.c.broadcast_id == b.c.id, r.c.acknowledged + r.c.told + r.c.not_reached < r.c.audience)
    rows = await connection.execute(
        select(account.c.external_id, a.c.code, a.c.title)
        .join(b, b.c.announcement_id == a.c.id)
        .join(staff, staff.c.id == a.c.created_by)
        .join(account, account.c.staff_id == staff.c.id)
        .where(
            account.c.channel == channel,
            b.c.state == AnnouncementState.PUBLISHED,
            b.c.published_at < outage.ended_at,
            b.c.published_at > outage.began_at - RECENT,
            a.c.valid_until.is_(None) | (a.c.valid_until > outage.began_at),
            sent,
            waits,
        )
        .order_by(account.c.external_id, b.c.published_at)
    )
    return [Concerned(*row) for row in rows]

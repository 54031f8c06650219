"""What staff make of a message in their inbox. Each move is made by whoever is first, together with its effects.

Called by `bot/office/inbox/questions.py`; what has to be said where it was asked is taken from here by
`bot/tidings/saying_back.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AnnouncementState
from db.announcing import notice_answers
from db.answering.question_lists import WORTH_SAYING
from db.tables import QuestionState, t

_Q = t.question


async def decide(
    connection: AsyncConnection, question_id: int, to: QuestionState, staff_id: int | None, now: datetime, **more: Any
) -> bool:
    """An open one becomes `to`; `more` are columns that go with it. False when somebody was faster."""
    values = {"state": to, "decided_by": staff_id, "decided_at": now, **more}
    changed = await connection.execute(
        update(_Q).where(_Q.c.id == question_id, _Q.c.state == QuestionState.OPEN).values(values).returning(_Q.c.id)
    )
    return changed.first() is not None


async def credited_as(connection: AsyncConnection, question_id: int, broadcast_id: int, household_id: int) -> None:
    """Remember the answer just stored in this transaction as what this one was credited as."""
    a = t.acknowledgement
    latest = select(func.max(a.c.id)).where(a.c.broadcast_id == broadcast_id, a.c.household_id == household_id)
    await connection.execute(
        update(_Q).where(_Q.c.id == question_id).values(acknowledgement_id=latest.scalar_subquery())
    )


async def reopen(connection: AsyncConnection, question_id: int) -> bool:
    """It wants a word again. An answer that was not said yet isn't, and stays to be mended. False when it is open."""
    changed = await connection.execute(
        update(_Q)
        .where(_Q.c.id == question_id, _Q.c.state != QuestionState.OPEN)
        .values(state=QuestionState.OPEN, decided_by=None, decided_at=None, send_at=None, acknowledgement_id=None)
        .returning(_Q.c.id)
    )
    return changed.first() is not None


@dataclass(frozen=True, slots=True)
class ToSay:
    """An answer that waits to be said where it was asked."""

    id: int
    account: str
    address: str
    private: bool
    text: str  # what was asked
    answer: str


async def to_say(connection: AsyncConnection, accounts: Collection[str], now: datetime, most: int) -> list[ToSay]:
    """Answers for these accounts to say, the oldest first."""
    rows = await connection.execute(
        select(_Q.c.id, _Q.c.account, _Q.c.address, _Q.c.private, _Q.c.text, _Q.c.answer)
        .where(_Q.c.send_at <= now, _Q.c.account.in_(accounts), _Q.c.decided_at > now - WORTH_SAYING)
        .order_by(_Q.c.send_at, _Q.c.id)
        .limit(most)
    )
    return [ToSay(*row) for row in rows]


async def begin(connection: AsyncConnection, one: ToSay, now: datetime) -> bool:
    """Mark it as being said, before it is; False when another process did, or it is not to be said any more."""
    mine = await connection.execute(
        update(_Q)
        .where(_Q.c.id == one.id, _Q.c.answer == one.answer, _Q.c.send_at <= now)
        .values(send_at=None)
        .returning(_Q.c.id)
    )
    return mine.first() is not None


async def again(connection: AsyncConnection, one: ToSay, at: datetime) -> None:
    """What `begin` marked surely was not said: at `at` it is tried again, if it still stands."""
    still = (_Q.c.id == one.id, _Q.c.answer == one.answer, _Q.c.state == QuestionState.ANSWERED)
    await connection.execute(update(_Q).where(*still).values(send_at=at))


async def said(connection: AsyncConnection, one: ToSay, now: datetime) -> None:
    """The platform took it."""
    await connection.execute(update(_Q).where(_Q.c.id == one.id, _Q.c.answer == one.answer).values(told_at=now))


async def forget(connection: AsyncConnection, now: datetime, kept: timedelta) -> int:
    """Delete people's words so long after their notice was over, or where it has no end, or is not known, after they
    were written. Returns how many."""
    b, a, before = t.broadcast, t.announcement, now - kept
    withdrawn = and_(b.c.state == AnnouncementState.WITHDRAWN, a.c.withdrawn_at <= before)
    over = and_(b.c.id.is_not(None), or_(a.c.valid_until <= before, withdrawn))
    endless = or_(b.c.id.is_(None), and_(a.c.valid_until.is_(None), b.c.state != AnnouncementState.WITHDRAWN))
    old = (
        select(_Q.c.id)
        .outerjoin(b, b.c.id == _Q.c.broadcast_id)
        .outerjoin(a, a.c.id == b.c.announcement_id)
        .where(_Q.c.at <= before, or_(over, endless))
    )
    await notice_answers.let_go(connection, old)
    gone = await connection.execute(delete(_Q).where(_Q.c.id.in_(old)).returning(_Q.c.id))
    return len(gone.all())

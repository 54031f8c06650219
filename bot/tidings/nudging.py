"""Leaders are told what they have to post by hand: when it comes, twice more while they have not, and when it is off.

A step of the heartbeat (`bot/app.py`). Whatever changes a delivery sets when its leader is to be told (`nudge_at`);
telling is stored with the note that it was, so that a crash neither repeats nor loses it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.permissions import MAY, Permission
from announcements.phrases import phrase
from announcements.rendering import span_words
from announcements.splitting import shorten
from announcements.types import DeliveryState
from bot.context import Context
from bot.conversations.posting import rows_of
from bot.office.channels import posting
from bot.office.channels.posting_words import nearest, places_of, texts_of
from db import tidings
from db.dispatch import postings
from db.dispatch.postings import Due, Leader, Posting
from db.places import areas
from db.tidings import Tiding

AT_ONCE = 500  # deliveries a step
TIMES = 3  # told when it comes, reminded twice
TITLE_LENGTH = 100


class Why(StrEnum):
    """What a leader is told of a chat."""

    NEW = "new"  # a text to be posted
    AGAIN = "again"  # it is still not posted
    OFF = "off"  # it need not be posted any more
    RECALL = "recall"  # it is posted, and withdrawn
    RECALL_AGAIN = "recall_again"


REMINDERS = {Why.AGAIN: "posting.again", Why.RECALL_AGAIN: "posting.recall_again", Why.OFF: "posting.off"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What one person is told of one notice at one time."""

    staff_id: int
    broadcast_id: int
    why: Why
    nudges: int


async def nudge(context: Context) -> int:
    """Have everybody told whose turn it is; returns how many tidings were made."""
    now = context.clock()
    async with context.database.write() as connection:
        due = await postings.due(connection, now, AT_ONCE)
        if not due:
            return 0
        await _note(context, connection, due, now)
        leaders = await postings.leaders(connection, MAY[Permission.RECORD], now)
        places = await areas.names(connection)
        told = [
            await _tiding(context, connection, subject, chats, places)
            for subject, chats in _by_leader(due, leaders, now).items()
        ]
        made = await tidings.put(connection, told, now)
    context.ring()
    return made


async def _note(context: Context, connection: AsyncConnection, due: Sequence[Due], now: datetime) -> None:
    """Write down that these are told, and when again."""
    by_patience: dict[timedelta | None, list[int]] = defaultdict(list)
    for one in due:
        goes_on = one.nudges < TIMES and (one.posting.waits or one.posting.to_recall)
        patience = context.settings.posting.patience(one.posting.urgency)
        by_patience[patience if goes_on else None].append(one.posting.id)
    for patience, ids in by_patience.items():
        await postings.nudged(connection, ids, now + patience if patience is not None else None)


def why(one: Due, now: datetime) -> Why | None:
    """What there is to be told of a delivery; None when nothing is: nobody was asked for it yet, or it is over."""
    over = one.valid_until is not None and one.valid_until <= now
    if one.posting.waits and not over:
        return Why.NEW if one.nudges == 1 else Why.AGAIN
    if one.posting.state is DeliveryState.CANCELLED and one.nudges > 1:
        return Why.OFF
    if one.posting.to_recall:
        return Why.RECALL if one.nudges == 1 else Why.RECALL_AGAIN
    return None


def _by_leader(due: Sequence[Due], leaders: Sequence[Leader], now: datetime) -> dict[Subject, list[Posting]]:
    """Who is told what: of each chat the nearest who can be told, everything about one notice together."""
    found: dict[Subject, list[Posting]] = defaultdict(list)
    for one in due:
        reason = why(one, now)
        if reason is None:
            continue
        for leader in nearest(one.posting.path, leaders):
            found[Subject(leader.staff_id, one.posting.broadcast_id, reason, one.nudges)].append(one.posting)
    return found


async def _tiding(
    context: Context, connection: AsyncConnection, subject: Subject, chats: Sequence[Posting], places: dict[int, str]
) -> Tiding:
    key = f"{subject.why}:{subject.nudges}:{chats[0].id}:{context.clock():%Y%m%d%H%M}"
    rows = tuple(tuple(row) for row in rows_of(chats, context.clock()))
    return Tiding(subject.staff_id, key, await _texts(context, connection, subject.why, chats, places), rows)


async def _texts(
    context: Context, connection: AsyncConnection, reason: Why, chats: Sequence[Posting], places: dict[int, str]
) -> tuple[str, ...]:
    """The ready words and what is asked for; a reminder is short."""
    first = chats[0]
    if reason in REMINDERS:
        waited = span_words(context.clock() - min(one.handed_at for one in chats))
        return (
            phrase(REMINDERS[reason], waited=waited, title=shorten(first.notice, TITLE_LENGTH), code=first.announcement,
                   places=places_of(chats, places), link=context.link("/posting")),
        )  # fmt: skip
    recall = reason is Why.RECALL
    task = await posting.task(context, connection, chats, recall=recall)
    return texts_of(context, task, places, recall=recall)

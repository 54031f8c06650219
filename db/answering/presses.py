"""Presses of the "Đã nhận" button, many at a time: who pressed, under which message, and what that makes of it.

`press` is an intent for `db/writer.py`. Everything in a press comes from outside and is checked here against what we
stored: the notice must have been sent to that chat, and the household must be in its audience.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Answer
from announcements.types import AnnouncementState, ChannelKind, Grade, How
from db.answering import answers, posted
from db.answering.answers import Record, Verdict
from db.links import members, pending
from db.links.members import Linked
from db.links.pending import Waiting
from db.tables import t


@dataclass(frozen=True, slots=True)
class Press:
    """An intent: `external_id` pressed the button of `broadcast` (a code) in the chat at `address` of `account`."""

    account: str
    channel: ChannelKind
    address: str
    external_id: str
    broadcast: str
    grade: Grade
    at: datetime
    inbox_id: int | None = None  # the stored update, marked done in the same transaction


class PressVerdict(StrEnum):
    RECORDED = "recorded"
    AGAIN = "again"  # the household had answered already
    STRANGER = "stranger"  # kept as pending until they are linked
    NOT_IN_AUDIENCE = "not_in_audience"
    WITHDRAWN = "withdrawn"
    FOREIGN = "foreign"  # no such notice in that chat: forged, or not ours


@dataclass(frozen=True, slots=True)
class Pressed:
    verdict: PressVerdict
    head_name: str = ""
    broadcast_id: int = 0


async def press(connection: AsyncConnection, intents: Sequence[Press]) -> list[Pressed]:
    """Decide and record. One household is one tick however many members press however often."""
    places = {(one.account, one.address) for one in intents}
    notices = await posted.pressed_in(connection, places, {one.broadcast for one in intents})
    people = await members.settled(connection, {(one.channel, one.external_id) for one in intents})
    results: list[Pressed | None] = [None] * len(intents)
    records: list[tuple[int, Record]] = []
    waiting: list[Waiting] = []
    for place, intent in enumerate(intents):
        notice = notices.get((intent.account, intent.address, intent.broadcast))
        person = people.get((intent.channel, intent.external_id))
        if notice is None:
            results[place] = Pressed(PressVerdict.FOREIGN)
        elif notice.state is AnnouncementState.WITHDRAWN:
            results[place] = Pressed(PressVerdict.WITHDRAWN, broadcast_id=notice.broadcast_id)
        elif person is None:
            waiting.append(Waiting(intent.channel, intent.external_id, notice.broadcast_id, intent.grade, intent.at))
            results[place] = Pressed(PressVerdict.STRANGER, broadcast_id=notice.broadcast_id)
        else:
            records.append((place, _record(intent, notice.broadcast_id, person)))
    recorded = await answers.record(connection, [one for _, one in records])
    for (place, one), result in zip(records, recorded, strict=True):
        intent = intents[place]
        name = people[intent.channel, intent.external_id].head_name
        results[place] = Pressed(VERDICTS[result.verdict], name, one.broadcast_id)
    await pending.keep(connection, waiting)
    await mark_done(connection, [(one.inbox_id, one.at) for one in intents if one.inbox_id is not None])
    return [result for result in results if result is not None]


VERDICTS = {
    Verdict.NEW: PressVerdict.RECORDED,
    Verdict.KEPT: PressVerdict.AGAIN,
    Verdict.NOT_IN_AUDIENCE: PressVerdict.NOT_IN_AUDIENCE,
}


def _record(intent: Press, broadcast_id: int, person: Linked) -> Record:
    answer = Answer(How.BUTTON, intent.at, intent.grade, intent.channel.value)
    return Record(broadcast_id, person.household_id, answer, person.identity_id, external_id=intent.external_id)


_DONE = update(t.inbox).where(t.inbox.c.id.in_(bindparam("ids", expanding=True))).values(done_at=bindparam("at"))


async def mark_done(connection: AsyncConnection, handled: Sequence[tuple[int, datetime]]) -> None:
    """The stored updates with these ids were handled; all of one call get the latest time."""
    if handled:
        ids = [inbox_id for inbox_id, _ in handled]
        await connection.execute(_DONE, {"ids": ids, "at": max(at for _, at in handled)})

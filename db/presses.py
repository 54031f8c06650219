"""Presses of the "Đã nhận" button, many at a time: who pressed, under which message, and what that makes of it.

`press` is an intent for `db/writer.py`. Everything in a press comes from outside and is checked here against what we
stored: the notice must have been sent to that chat, and the household must be in its audience.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Answer
from announcements.types import AnnouncementState, ChannelKind, Grade, How
from db import answers
from db.answers import Record, Verdict
from db.batches import by_first
from db.locks import hold_people
from db.tables import IdentityState, t


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
    notices = await _notices(connection, intents)
    people = await _people(connection, {(one.channel, one.external_id) for one in intents})
    results: list[Pressed | None] = [None] * len(intents)
    records: list[tuple[int, Record]] = []
    pending: list[dict[str, Any]] = []
    for place, intent in enumerate(intents):
        notice = notices.get((intent.account, intent.address, intent.broadcast))
        person = people.get((intent.channel, intent.external_id))
        if notice is None:
            results[place] = Pressed(PressVerdict.FOREIGN)
        elif notice.state is AnnouncementState.WITHDRAWN:
            results[place] = Pressed(PressVerdict.WITHDRAWN, broadcast_id=notice.broadcast_id)
        elif person is None:
            pending.append(_pending(intent, notice.broadcast_id))
            results[place] = Pressed(PressVerdict.STRANGER, broadcast_id=notice.broadcast_id)
        else:
            records.append((place, _record(intent, notice.broadcast_id, person)))
    recorded = await answers.record(connection, [one for _, one in records])
    for (place, one), result in zip(records, recorded, strict=True):
        intent = intents[place]
        name = people[intent.channel, intent.external_id].head_name
        results[place] = Pressed(VERDICTS[result.verdict], name, one.broadcast_id)
    await _keep_pending(connection, pending)
    await mark_done(connection, [(one.inbox_id, one.at) for one in intents if one.inbox_id is not None])
    return [result for result in results if result is not None]


VERDICTS = {
    Verdict.NEW: PressVerdict.RECORDED,
    Verdict.KEPT: PressVerdict.AGAIN,
    Verdict.NOT_IN_AUDIENCE: PressVerdict.NOT_IN_AUDIENCE,
}


def _listed(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(name, expanding=True))


# Built once: for a hundred presses, putting these together again took longer than running them. And two statements
# where one would do: joined, SQLite goes through every delivery of the broadcast to find a few chats.
_CHATS = union_all(
    select(t.chat.c.id, t.chat.c.address).where(
        t.chat.c.account == bindparam("account"), _listed(t.chat.c.address, "addresses")
    ),
    select(t.old_address.c.chat_id, t.old_address.c.address).where(
        t.old_address.c.account == bindparam("account"), _listed(t.old_address.c.address, "addresses")
    ),
)
_SENT = (
    select(t.delivery.c.chat_id, t.broadcast.c.code, t.broadcast.c.id.label("broadcast_id"), t.broadcast.c.state)
    .join(t.broadcast, t.broadcast.c.id == t.delivery.c.broadcast_id)
    .where(_listed(t.delivery.c.chat_id, "chats"), _listed(t.broadcast.c.code, "codes"), t.delivery.c.attempts > 0)
)


async def _notices(connection: AsyncConnection, intents: Sequence[Press]) -> dict[tuple[str, str, str], Any]:
    """What was sent where: (account, address, broadcast code) for every delivery that may carry a press.

    A message may be pressed before its settlement is committed, and one we are unsure of shows by the press that it
    arrived, even back in the queue: so it need only have been tried. A moved chat is found under its old address too.
    """
    codes = list({one.broadcast for one in intents})
    found: dict[tuple[str, str, str], Any] = {}
    for account, addresses in by_first((one.account, one.address) for one in intents):
        named = (await connection.execute(_CHATS, {"account": account, "addresses": addresses})).all()
        sent = await connection.execute(_SENT, {"chats": list({row.id for row in named}), "codes": codes})
        by_chat: dict[int, list[Any]] = defaultdict(list)
        for row in sent.all():
            by_chat[row.chat_id].append(row)
        found.update(((account, place.address, row.code), row) for place in named for row in by_chat[place.id])
    return found


@dataclass(frozen=True, slots=True)
class Linked:
    identity_id: int
    household_id: int
    head_name: str


_LINKED = (
    select(t.identity.c.external_id, t.identity.c.id, t.identity.c.household_id, t.household.c.head_name)
    .join(t.household, t.household.c.id == t.identity.c.household_id)
    .where(
        t.identity.c.channel == bindparam("channel"),
        _listed(t.identity.c.external_id, "users"),
        t.identity.c.state == IdentityState.LINKED,
    )
)


async def linked(
    connection: AsyncConnection, people: set[tuple[ChannelKind, str]]
) -> dict[tuple[ChannelKind, str], Linked]:
    """The household each (channel, user) stands for, where one does."""
    found: dict[tuple[ChannelKind, str], Linked] = {}
    for channel in {channel for channel, _ in people}:
        users = [user for of, user in people if of is channel]
        rows = (await connection.execute(_LINKED, {"channel": channel, "users": users})).all()
        found.update({(channel, row.external_id): Linked(row.id, row.household_id, row.head_name) for row in rows})
    return found


async def _people(
    connection: AsyncConnection, wanted: set[tuple[ChannelKind, str]]
) -> dict[tuple[ChannelKind, str], Linked]:
    """Like `linked`; who is nobody yet is looked for again once nobody else can be linking them.

    Otherwise a press kept as pending beside a link not committed yet would never be credited.
    """
    people = await linked(connection, wanted)
    strangers = wanted - people.keys()
    if strangers and connection.dialect.name == "postgresql":
        await hold_people(connection, strangers)
        people |= await linked(connection, strangers)
    return people


def _record(intent: Press, broadcast_id: int, person: Linked) -> Record:
    answer = Answer(How.BUTTON, intent.at, intent.grade, intent.channel.value)
    return Record(broadcast_id, person.household_id, answer, person.identity_id, external_id=intent.external_id)


def _pending(intent: Press, broadcast_id: int) -> dict[str, Any]:
    return {
        "channel": intent.channel,
        "external_id": intent.external_id,
        "broadcast_id": broadcast_id,
        "grade": intent.grade.value,
        "pressed_at": intent.at,
    }


async def _keep_pending(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    await connection.execute(insert(t.pending_press).on_conflict_do_nothing(), rows)


_DONE = update(t.inbox).where(_listed(t.inbox.c.id, "ids")).values(done_at=bindparam("at"))


async def mark_done(connection: AsyncConnection, handled: Sequence[tuple[int, datetime]]) -> None:
    """The stored updates with these ids were handled; all of one call get the latest time."""
    if handled:
        ids = [inbox_id for inbox_id, _ in handled]
        await connection.execute(_DONE, {"ids": ids, "at": max(at for _, at in handled)})


async def credit(connection: AsyncConnection, channel: ChannelKind, external_id: str) -> int:
    """Count the presses that waited for this person's link, now that there is one; returns how many counted."""
    waiting = t.pending_press
    person = (await linked(connection, {(channel, external_id)})).get((channel, external_id))
    if person is None:
        return 0
    mine = (waiting.c.channel == channel, waiting.c.external_id == external_id)
    rows = (
        await connection.execute(
            waiting.delete().where(*mine).returning(waiting.c.broadcast_id, waiting.c.grade, waiting.c.pressed_at)
        )
    ).all()
    b = t.broadcast
    withdrawn = set(
        (
            await connection.execute(
                select(b.c.id).where(
                    b.c.id.in_([row.broadcast_id for row in rows]), b.c.state == AnnouncementState.WITHDRAWN
                )
            )
        ).scalars()
    )
    records = [
        Record(
            row.broadcast_id,
            person.household_id,
            Answer(How.BUTTON, row.pressed_at, Grade(row.grade), channel.value),
            person.identity_id,
            external_id=external_id,
        )
        for row in rows
        if row.broadcast_id not in withdrawn
    ]
    results = await answers.record(connection, records)
    return sum(result.verdict is not Verdict.NOT_IN_AUDIENCE for result in results)

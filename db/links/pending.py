"""Answers of people who are not linked yet: kept, and counted for their household once they are.

`keep` is called by `db/answering/presses.py` and `db/answering/replies.py`, `credit` by `db/links/identities.py` in the
transaction that links, `forget` by `scheduler/upkeep.py`.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Answer
from announcements.types import GRADE_RANK, AnnouncementState, ChannelKind, Grade, How
from db.answering import answers
from db.answering.answers import Record, Verdict
from db.batches import by_first, chunks
from db.links import members
from db.links.members import Linked
from db.tables import t

Person = tuple[ChannelKind, str]  # an account of a channel


@dataclass(frozen=True, slots=True)
class Waiting:
    """A press or a reply under a notice by somebody whose household is not known yet."""

    channel: ChannelKind
    external_id: str
    broadcast_id: int
    grade: Grade
    at: datetime
    how: How = How.BUTTON


async def keep(connection: AsyncConnection, presses: Sequence[Waiting]) -> None:
    """One row a person and notice: the highest grade they gave, and when and how they first did."""
    if not presses:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new = insert(t.pending_press)
    await connection.execute(
        new.on_conflict_do_update(
            index_elements=["channel", "external_id", "broadcast_id"],
            set_={"grade": new.excluded.grade},  # the time stays: that is when the household answered
            where=_rank(new.excluded.grade) >= _rank(t.pending_press.c.grade),
        ),
        [
            {"channel": one.channel, "external_id": one.external_id, "broadcast_id": one.broadcast_id,
             "grade": one.grade.value, "pressed_at": one.at, "how": one.how.value}
            for one in presses
        ],
    )  # fmt: skip


def _rank(grade: ColumnElement[str]) -> ColumnElement[int]:
    """`GRADE_RANK` in SQL: grades go up only, of equals the later holds, as `announcements/reach` has it."""
    return case({one.value: rank for one, rank in GRADE_RANK.items()}, value=grade, else_=0)


async def credit(connection: AsyncConnection, people: Collection[Person]) -> dict[Person, list[int]]:
    """Count the presses that waited for these people's links, now that there are some; the broadcasts of those that
    count, by person."""
    linked = await members.linked(connection, set(people))
    presses = await _take(connection, linked)
    withdrawn = await _withdrawn(connection, {one.broadcast_id for _, one in presses})
    counting = [(person, one) for person, one in presses if one.broadcast_id not in withdrawn]
    recorded = await answers.record(connection, [_record(person, linked[person], one) for person, one in counting])
    counted: dict[Person, list[int]] = defaultdict(list)
    for (person, one), result in zip(counting, recorded, strict=True):
        if result.verdict is not Verdict.NOT_IN_AUDIENCE:
            counted[person].append(one.broadcast_id)
    return counted


async def _take(connection: AsyncConnection, people: Collection[Person]) -> list[tuple[Person, Any]]:
    """What waited for `people`, each with whose it is; it waits no more."""
    p = t.pending_press
    found: list[tuple[Person, Any]] = []
    for channel, accounts in by_first(people):
        rows = await connection.execute(
            delete(p)
            .where(p.c.channel == channel, p.c.external_id.in_(accounts))
            .returning(p.c.external_id, p.c.broadcast_id, p.c.grade, p.c.pressed_at, p.c.how)
        )
        found += [((ChannelKind(channel), row.external_id), row) for row in rows]
    return found


async def _withdrawn(connection: AsyncConnection, broadcast_ids: Collection[int]) -> set[int]:
    b, found = t.broadcast, set[int]()
    for ids in chunks(sorted(broadcast_ids)):
        taken_back = (b.c.id.in_(ids), b.c.state == AnnouncementState.WITHDRAWN)
        found |= set((await connection.execute(select(b.c.id).where(*taken_back))).scalars())
    return found


def _record(person: Person, linked: Linked, press: Any) -> Record:
    channel, external_id = person
    answer = Answer(How(press.how), press.pressed_at, Grade(press.grade), channel.value)
    return Record(press.broadcast_id, linked.household_id, answer, linked.identity_id, external_id=external_id)


async def forget(connection: AsyncConnection, before: datetime, now: datetime) -> int:
    """Delete presses made before `before` under notices that are no longer of use: withdrawn, past their validity or
    without one. Returns how many."""
    waiting, b, a = t.pending_press, t.broadcast, t.announcement
    of_use = (
        select(b.c.id)
        .join(a, a.c.id == b.c.announcement_id)
        .where(and_(b.c.id == waiting.c.broadcast_id, b.c.state != AnnouncementState.WITHDRAWN, a.c.valid_until > now))
        .exists()
    )
    return (await connection.execute(delete(waiting).where(waiting.c.pressed_at < before, ~of_use))).rowcount

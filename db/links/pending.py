"""Answers of people who are not linked yet: kept, and counted for their household once they are.

`keep` is called by `db/answering/presses.py` and `db/answering/replies.py`, `credit` by `db/links/identities.py` in the
transaction that links, `forget` by `scheduler/upkeep.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Answer
from announcements.types import GRADE_RANK, AnnouncementState, ChannelKind, Grade, How
from db.answering import answers
from db.answering.answers import Record, Verdict
from db.links import members
from db.tables import t


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


async def credit(connection: AsyncConnection, channel: ChannelKind, external_id: str) -> int:
    """Count the presses that waited for this person's link, now that there is one; returns how many counted."""
    waiting = t.pending_press
    person = (await members.linked(connection, {(channel, external_id)})).get((channel, external_id))
    if person is None:
        return 0
    mine = (waiting.c.channel == channel, waiting.c.external_id == external_id)
    rows = (
        await connection.execute(
            waiting.delete()
            .where(*mine)
            .returning(waiting.c.broadcast_id, waiting.c.grade, waiting.c.pressed_at, waiting.c.how)
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
            Answer(How(row.how), row.pressed_at, Grade(row.grade), channel.value),
            person.identity_id,
            external_id=external_id,
        )
        for row in rows
        if row.broadcast_id not in withdrawn
    ]
    results = await answers.record(connection, records)
    return sum(result.verdict is not Verdict.NOT_IN_AUDIENCE for result in results)


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

"""Taking back what staff recorded about a household: the row stays, marked, and the counters go back.

`revoke` takes intents of `db/writer.py`; called by `bot/office/reach/recording.py`. `take_back` is for one known
answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Standing, standing_of
from announcements.types import BY_THEMSELVES, Outcome
from db.answering import answers
from db.tables import t


@dataclass(frozen=True, slots=True)
class Revocation:
    """An intent: a member of staff takes back what staff recorded about a household in a broadcast."""

    broadcast_id: int
    household_id: int
    staff_id: int | None
    now: datetime


async def revoke(connection: AsyncConnection, intents: Sequence[Revocation]) -> list[bool]:
    """Undo the latest record a leader made (told or unreachable). False when there is none. Rows are kept.

    Repeats of theirs that had changed nothing go with it: one undo takes back what a person saw as one change.
    """
    return [await _revoke(connection, intent) for intent in intents]


async def _revoke(connection: AsyncConnection, intent: Revocation) -> bool:
    current = await answers.standings(connection, [(intent.broadcast_id, intent.household_id)])
    rows = await _standing(connection, intent.broadcast_id, intent.household_id)
    by_staff = [row for row in rows if row.how not in BY_THEMSELVES]
    if not by_staff or not current:
        return False
    ((pair, state),) = current.items()
    gone, state.now = _undone(rows, by_staff, state.now)
    await _mark(connection, gone, intent.staff_id, intent.now)
    await answers.bring_along(connection, {pair: state})
    return True


async def take_back(
    connection: AsyncConnection, acknowledgement_id: int, staff_id: int | None, now: datetime
) -> answers.Pair | None:
    """Undo one answer, of whomever it is; returns which household's in which broadcast, None when it was undone."""
    a = t.acknowledgement
    of_it = select(a.c.broadcast_id, a.c.household_id).where(a.c.id == acknowledgement_id)
    found = (await connection.execute(of_it)).one()
    pair = (found.broadcast_id, found.household_id)
    current = await answers.standings(connection, [pair])
    rows = await _standing(connection, *pair)
    if all(row.id != acknowledgement_id for row in rows):
        return None
    await _mark(connection, [acknowledgement_id], staff_id, now)
    if pair in current:
        current[pair].now = standing_of(answers.as_answer(row) for row in rows if row.id != acknowledgement_id)
        await answers.bring_along(connection, current)
    return pair


async def _standing(connection: AsyncConnection, broadcast_id: int, household_id: int) -> Sequence[Any]:
    """The answers of and about a household that stand, the oldest first."""
    a = t.acknowledgement
    return (
        await connection.execute(
            select(a)
            .where(a.c.broadcast_id == broadcast_id, a.c.household_id == household_id, a.c.revoked_at.is_(None))
            .order_by(a.c.id)
        )
    ).all()


async def _mark(connection: AsyncConnection, ids: Sequence[int], staff_id: int | None, now: datetime) -> None:
    a = t.acknowledgement
    await connection.execute(update(a).where(a.c.id.in_(ids)).values(revoked_at=now, revoked_by=staff_id))


def _undone(rows: Sequence[Any], by_staff: Sequence[Any], now: Standing) -> tuple[list[int], Standing]:
    """The ids of the records to take back, latest first, and where the household stands without them."""
    gone: list[int] = []
    stands = now
    for last, earlier in zip(reversed(by_staff), [*reversed(by_staff[:-1]), None], strict=True):
        gone.append(last.id)
        stands = standing_of(answers.as_answer(row) for row in rows if row.id not in gone)
        other_reason = now.outcome is Outcome.NOT_REACHED and earlier is not None and last.reason != earlier.reason
        if stands != now or other_reason or earlier is None or earlier.staff_id != last.staff_id:
            break
    return gone, stands

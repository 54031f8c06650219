"""Taking back what staff recorded about a household: the row stays, marked, and the counters go back.

`revoke` takes intents of `db/writer.py`; called by `bot/office/recording.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Standing, standing_of
from announcements.types import BY_THEMSELVES, Outcome
from db import answers
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
    a = t.acknowledgement
    current = await answers.standings(connection, [(intent.broadcast_id, intent.household_id)])
    rows = (
        await connection.execute(
            select(a)
            .where(
                a.c.broadcast_id == intent.broadcast_id,
                a.c.household_id == intent.household_id,
                a.c.revoked_at.is_(None),
            )
            .order_by(a.c.id)
        )
    ).all()
    by_staff = [row for row in rows if row.how not in BY_THEMSELVES]
    if not by_staff or not current:
        return False
    ((pair, state),) = current.items()
    gone, state.now = _undone(rows, by_staff, state.now)
    await connection.execute(
        update(a).where(a.c.id.in_(gone)).values(revoked_at=intent.now, revoked_by=intent.staff_id)
    )
    await answers.bring_along(connection, {pair: state})
    return True


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

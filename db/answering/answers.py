"""Acknowledgements: every answer of or about a household, stored once and counted in the same transaction.

`record` takes intents of `db/writer.py`. Presses of buttons come through `db/answering/presses.py`, which ends here;
`db/answering/undoing.py` takes back what staff recorded.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import NOTHING_YET, Answer, Standing, after
from announcements.types import BY_THEMSELVES, Grade, How, Outcome, Reason
from db.batches import by_first
from db.counting import figures
from db.tables import t

Pair = tuple[int, int]  # broadcast, household
Said = tuple[How, int | None, Grade, Reason | None]


@dataclass(frozen=True, slots=True)
class Record:
    """An intent: an answer of or about a household in a broadcast."""

    broadcast_id: int
    household_id: int
    answer: Answer
    identity_id: int | None = None
    staff_id: int | None = None
    external_id: str = ""  # who of the household, so that each member's answer is kept

    @property
    def pair(self) -> Pair:
        return self.broadcast_id, self.household_id

    @property
    def by_themselves(self) -> bool:
        return self.answer.how in BY_THEMSELVES

    @property
    def said(self) -> Said:
        """What makes two records of staff the same."""
        return self.answer.how, self.staff_id, self.answer.grade, self.answer.reason

    def key(self, *, anew: bool) -> str:
        """The same answer twice is one row. `anew`: it changed what the household had said, so it is a row of its own
        even if the same was said before; a leader's record always is, since it may be made again after an undo."""
        parts = [self.broadcast_id, self.household_id, self.answer.how, self.answer.channel, self.external_id]
        parts += [self.answer.grade, self.answer.reason or "", self.staff_id or ""]
        if anew or not self.by_themselves:
            parts.append(self.answer.at.isoformat())
        return ":".join(map(str, parts))


class Verdict(StrEnum):
    """What became of a record."""

    NEW = "new"  # the household was open or not reached, and now it is not
    KEPT = "kept"  # it had answered already; this answer is kept beside the first
    NOT_IN_AUDIENCE = "not_in_audience"


@dataclass(frozen=True, slots=True)
class Recorded:
    """`standing` is where the household stands now; `area_id` its area in the snapshot; `moved` is False for an answer
    that changed neither where it stands nor why it could not be told."""

    verdict: Verdict
    standing: Standing = NOTHING_YET
    area_id: int = 0
    moved: bool = False


@dataclass(slots=True)
class Current:
    """Where a household of a broadcast stood and stands now."""

    area_id: int
    first: Standing
    now: Standing


async def record(connection: AsyncConnection, intents: Sequence[Record]) -> list[Recorded]:
    """Store answers and bring recipients and counters along. Duplicates change nothing and are not errors."""
    current = await standings(connection, {one.pair for one in intents})
    said = await _said_by_staff(connection, {one.pair for one in intents if not one.by_themselves})
    results: list[Recorded] = []
    rows: dict[str, dict[str, Any]] = {}
    for intent in intents:
        state = current.get(intent.pair)
        if state is None:
            results.append(Recorded(Verdict.NOT_IN_AUDIENCE))
            continue
        before, state.now = state.now, after(state.now, intent.answer)
        settled = before.outcome is state.now.outcome
        moved = before != state.now or _gives_another_reason(intent, before, said.get(intent.pair))
        results.append(Recorded(Verdict.KEPT if settled else Verdict.NEW, state.now, state.area_id, moved))
        if not intent.by_themselves:
            if said.get(intent.pair) == intent.said and before == state.now:
                continue  # the second tap of one record: undoing it must take one undo
            said[intent.pair] = intent.said
        key = intent.key(anew=settled and before != state.now)
        rows.setdefault(key, _row(intent, key))
    await _store(connection, list(rows.values()))
    await bring_along(connection, current)
    return results


def _gives_another_reason(intent: Record, before: Standing, last: Said | None) -> bool:
    return before.outcome is Outcome.NOT_REACHED and last is not None and intent.answer.reason not in (None, last[3])


_R = t.recipient
_STANDINGS = (  # built once: putting it together takes longer than running it
    select(_R.c.household_id, _R.c.area_id, _R.c.outcome, _R.c.grade, _R.c.channel, _R.c.answered_at)
    .where(_R.c.broadcast_id == bindparam("broadcast"), _R.c.household_id.in_(bindparam("households", expanding=True)))
    .order_by(_R.c.household_id)
)


async def standings(connection: AsyncConnection, pairs: Collection[Pair]) -> dict[Pair, Current]:
    """Current standings, locked in one order so that two writers never wait for each other in a circle."""
    await figures.hold(connection, {broadcast for broadcast, _ in pairs})
    query = _STANDINGS.with_for_update() if connection.dialect.name == "postgresql" else _STANDINGS
    found: dict[Pair, Current] = {}
    for broadcast, households in by_first(pairs):
        rows = await connection.execute(query, {"broadcast": broadcast, "households": households})
        for household, area_id, *where in rows.all():
            standing = Standing(*where)
            found[broadcast, household] = Current(area_id, standing, standing)
    return found


async def _said_by_staff(connection: AsyncConnection, pairs: Iterable[Pair]) -> dict[Pair, Said]:
    """The latest record of staff that stands, by pair."""
    a = t.acknowledgement
    found: dict[Pair, Said] = {}
    for broadcast, households in by_first(pairs):
        rows = await connection.execute(
            select(a.c.household_id, a.c.how, a.c.staff_id, a.c.grade, a.c.reason)
            .where(
                a.c.broadcast_id == broadcast,
                a.c.household_id.in_(households),
                a.c.how.not_in(BY_THEMSELVES),
                a.c.revoked_at.is_(None),
            )
            .order_by(a.c.id)
        )
        for household, how, staff, grade, reason in rows:
            found[broadcast, household] = how, staff, grade or Grade.RECEIVED, reason
    return found


def _row(intent: Record, key: str) -> dict[str, Any]:
    answer = intent.answer
    return {
        "key": key,
        "broadcast_id": intent.broadcast_id,
        "household_id": intent.household_id,
        "how": answer.how,
        "grade": None if answer.how is How.UNREACHABLE else answer.grade,
        "reason": answer.reason,
        "channel": answer.channel,
        "identity_id": intent.identity_id,
        "staff_id": intent.staff_id,
        "at": answer.at,
    }


async def _store(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    await connection.execute(insert(t.acknowledgement).on_conflict_do_nothing(index_elements=["key"]), rows)


_MOVE = (
    update(t.recipient)
    .where(t.recipient.c.broadcast_id == bindparam("p_broadcast"), t.recipient.c.household_id == bindparam("p_house"))
    .values(
        outcome=bindparam("p_outcome"),
        grade=bindparam("p_grade"),
        channel=bindparam("p_channel"),
        answered_at=bindparam("p_at"),
    )
)


async def bring_along(connection: AsyncConnection, current: dict[Pair, Current]) -> None:
    """Write every standing that changed, and move the counters by the same differences."""
    changed = {pair: state for pair, state in current.items() if state.now != state.first}
    if not changed:
        return
    await connection.execute(
        _MOVE,
        [
            {"p_broadcast": broadcast, "p_house": household, "p_outcome": state.now.outcome,
             "p_grade": state.now.grade, "p_channel": state.now.channel, "p_at": state.now.answered_at}
            for (broadcast, household), state in changed.items()
        ],
    )  # fmt: skip
    moves = [
        figures.Move(broadcast, state.area_id, state.first, state.now) for (broadcast, _), state in changed.items()
    ]
    await figures.move(connection, moves)


def as_answer(row: Any) -> Answer:
    """A stored acknowledgement as the pure rules see it."""
    return Answer(row.how, row.at, row.grade or Grade.RECEIVED, row.channel, row.reason)

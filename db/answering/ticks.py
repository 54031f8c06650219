"""Answers given on the notice board, many at a time: the device's link, where it is new, and the household's answer.

`acknowledge` is an intent for `db/writer.py`, called by `bot/web/board/acknowledging.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Answer
from announcements.types import ChannelKind, Grade, How
from db.answering import answers
from db.answering.answers import Record, Recorded, Verdict
from db.batches import by_first
from db.tables import IdentityState, Via, t

Pair = tuple[str, int]  # a device and a household


@dataclass(frozen=True, slots=True)
class Tick:
    """An intent: a household answers on the board from `device`.

    Without an `identity_id` the household was proved by its card just now, and the device is remembered with the
    same commit: never a remembered device whose answer was lost, nor the other way round.
    """

    broadcast_id: int
    household_id: int
    device: str
    grade: Grade
    at: datetime
    identity_id: int | None = None


async def acknowledge(connection: AsyncConnection, intents: Sequence[Tick]) -> list[Recorded]:
    """Link the devices that need it, store the answers. A household outside the audience links nothing."""
    invited = await _invited(connection, {(tick.broadcast_id, tick.household_id) for tick in intents})
    within = [tick for tick in intents if (tick.broadcast_id, tick.household_id) in invited]
    linked = await _link(connection, [tick for tick in within if tick.identity_id is None])
    recorded = iter(await answers.record(connection, [_record(tick, linked) for tick in within]))
    return [
        next(recorded) if (tick.broadcast_id, tick.household_id) in invited else Recorded(Verdict.NOT_IN_AUDIENCE)
        for tick in intents
    ]


def _record(tick: Tick, linked: dict[Pair, int]) -> Record:
    answer = Answer(How.BOARD, tick.at, tick.grade, ChannelKind.BOARD.value)
    identity_id = tick.identity_id or linked[tick.device, tick.household_id]
    return Record(tick.broadcast_id, tick.household_id, answer, identity_id, external_id=tick.device)


async def _invited(connection: AsyncConnection, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    r = t.recipient
    found: set[tuple[int, int]] = set()
    for broadcast, households in by_first(pairs):
        rows = await connection.execute(
            select(r.c.broadcast_id, r.c.household_id).where(
                r.c.broadcast_id == broadcast, r.c.household_id.in_(households)
            )
        )
        found.update((row.broadcast_id, row.household_id) for row in rows)
    return found


async def _link(connection: AsyncConnection, ticks: Sequence[Tick]) -> dict[Pair, int]:
    """Remember devices by the card just shown; identities' ids by device and household.

    `identities.link` does the same for one account of any channel. Presses never wait on the board, so that here all
    of a commit's links are one statement and there is nothing to credit.
    """
    rows = {(tick.device, tick.household_id): _row(tick) for tick in ticks}
    if not rows:
        return {}
    i = t.identity
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new = insert(i)
    changed = {name: new.excluded[name] for name in ("state", "via", "decided_at", "decided_by")}
    stored = await connection.execute(
        new.on_conflict_do_update(index_elements=["channel", "external_id", "household_id"], set_=changed).returning(
            i.c.external_id, i.c.household_id, i.c.id
        ),
        [rows[pair] for pair in sorted(rows)],
    )
    return {(row.external_id, row.household_id): row.id for row in stored}


def _row(tick: Tick) -> dict[str, object]:
    return {
        "channel": ChannelKind.BOARD,
        "external_id": tick.device,
        "household_id": tick.household_id,
        "name": "",
        "state": IdentityState.LINKED,
        "via": Via.CARD,
        "asked_at": tick.at,
        "decided_at": tick.at,
        "decided_by": None,
    }

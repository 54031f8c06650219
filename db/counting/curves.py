"""How acknowledgements came in over time: counted in the database, a row for each bucket in which something came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import Outcome
from db.places.areas import below
from db.tables import t

_R = t.recipient
COUNTED = (Outcome.ACKNOWLEDGED, Outcome.TOLD)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What came in the bucket with this number, the first being 0: households by themselves, and told in person."""

    number: int
    acknowledged: int
    told: int


def _seconds(connection: AsyncConnection, moment: ColumnElement[Any]) -> ColumnElement[int]:
    """Whole seconds since 1970."""
    if connection.dialect.name == "postgresql":
        return cast(func.floor(func.extract("epoch", moment)), BigInteger)
    return cast(func.strftime("%s", moment), Integer)


async def last_answer(connection: AsyncConnection, broadcast_id: int, path: str) -> datetime | None:
    """When the last household below `path` was heard from or told; None when none was."""
    last = func.max(_R.c.answered_at, type_=_R.c.answered_at.type)
    found: datetime | None = (await connection.execute(_of(select(last), broadcast_id, path))).scalar()
    return found


async def buckets(
    connection: AsyncConnection, broadcast_id: int, path: str, *, start: datetime, seconds: int
) -> list[Bucket]:
    """Households below `path` by when they were first heard from, in buckets of `seconds` from `start` on.

    An answer that came before `start` is in bucket 0. The sum of all buckets is what the truth table says.
    """
    place = (_seconds(connection, _R.c.answered_at) - int(start.timestamp())) // seconds
    query = _of(select(place.label("place"), _R.c.outcome, func.count().label("n")), broadcast_id, path)
    rows = await connection.execute(query.group_by(place, _R.c.outcome))
    found: dict[int, dict[Outcome, int]] = {}
    for row in rows:
        counted = found.setdefault(max(0, int(row.place)), dict.fromkeys(COUNTED, 0))
        counted[row.outcome] += row.n
    return [Bucket(number, *counted.values()) for number, counted in sorted(found.items())]


def _of(query: Any, broadcast_id: int, path: str) -> Any:
    return query.join(t.area, t.area.c.id == _R.c.area_id).where(
        _R.c.broadcast_id == broadcast_id, _R.c.outcome.in_(COUNTED), below(t.area.c.path, [path])
    )

"""Households of a notice one by one: where each stands, since when, through what; and what staff recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import BY_THEMSELVES, IN_PERSON, Grade, How, Outcome, Reason
from db.places.areas import below
from db.tables import t

_A, _H, _R = t.acknowledgement, t.household, t.recipient
BEHIND = {Outcome.TOLD: IN_PERSON, Outcome.NOT_REACHED: frozenset({How.UNREACHABLE})}  # records that make a standing


@dataclass(frozen=True, slots=True)
class HouseholdStanding:
    """`how`, `reason` and `by` are of the record of staff behind it, where there is one."""

    household_id: int
    household: str  # its code
    head_name: str
    area_name: str
    address: str
    outcome: Outcome
    grade: Grade | None
    channel: str
    answered_at: datetime | None
    how: How | None = None
    reason: Reason | None = None
    by: str = ""


def _within(broadcast_id: int, then: str, now: str) -> list[ColumnElement[bool]]:
    """Recipients below `then` in the tree of the broadcast who live below `now` today: a household that has moved
    away is named to its new leaders only."""
    home = t.area.alias("home")
    lives = select(home.c.id).where(home.c.id == _H.c.area_id, below(home.c.path, [now])).exists()
    return [_R.c.broadcast_id == broadcast_id, below(t.reach.c.path, [then]), lives]


def _from(query: Any) -> Any:
    return query.join(_H, _H.c.id == _R.c.household_id).join(
        t.reach, (t.reach.c.broadcast_id == _R.c.broadcast_id) & (t.reach.c.area_id == _R.c.area_id)
    )


async def listing(
    connection: AsyncConnection,
    broadcast_id: int,
    *,
    then: str,
    now: str,
    outcome: Outcome | None,
    skip: int,
    most: int,
) -> tuple[list[HouseholdStanding], int]:
    """Households of an area by area and address, and how many there are in all. `then` is the area's path in the tree
    of the broadcast, `now` that of whoever looks."""
    conditions = _within(broadcast_id, then, now)
    if outcome is not None:
        conditions.append(_R.c.outcome == outcome)
    counted = _from(select(func.count()).select_from(_R)).where(*conditions)
    total: int = (await connection.execute(counted)).scalar_one()
    query = _from(
        select(_H.c.id, _H.c.code, _H.c.head_name, t.reach.c.name, _H.c.address, _R.c.outcome, _R.c.grade, _R.c.channel,
               _R.c.answered_at).select_from(_R)
    ).where(*conditions).order_by(t.reach.c.path, _H.c.address, _H.c.code)  # fmt: skip
    rows = (await connection.execute(query.offset(skip).limit(most))).all()
    records = await _records(connection, broadcast_id, [row[0] for row in rows])
    return [_behind(HouseholdStanding(*row), records.get(row[0], ())) for row in rows], total


async def _records(connection: AsyncConnection, broadcast_id: int, households: Sequence[int]) -> dict[int, list[Any]]:
    """What staff recorded of these households and did not take back, in order."""
    found: dict[int, list[Any]] = {}
    rows = await connection.execute(
        select(_A.c.household_id, _A.c.how, _A.c.reason, t.staff.c.name)
        .outerjoin(t.staff, t.staff.c.id == _A.c.staff_id)
        .where(_A.c.broadcast_id == broadcast_id, _A.c.household_id.in_(households), _A.c.revoked_at.is_(None),
               _A.c.how.not_in(BY_THEMSELVES))
        .order_by(_A.c.id)
    )  # fmt: skip
    for row in rows:
        found.setdefault(row.household_id, []).append(row)
    return found


def _behind(household: HouseholdStanding, records: Sequence[Any]) -> HouseholdStanding:
    """With the first record that says what its standing says."""
    row = next((one for one in records if one.how in BEHIND.get(household.outcome, ())), None)
    return household if row is None else replace(household, how=row.how, reason=row.reason, by=row.name or "")


@dataclass(frozen=True, slots=True)
class Recorder:
    """A member of staff, or the operator when `name` is empty, and how many records of each sort they made."""

    name: str
    records: dict[How, int]
    revoked: int
    last_at: datetime


async def recorders(connection: AsyncConnection, broadcast_id: int, path: str) -> list[Recorder]:
    """Who recorded what of households below `path`, the busiest first."""
    taken_back = _A.c.revoked_at.is_not(None).label("taken_back")
    rows = await connection.execute(
        select(_A.c.staff_id, t.staff.c.name, _A.c.how, taken_back, func.count().label("n"),
               func.max(_A.c.at, type_=_A.c.at.type).label("last"))
        .select_from(_A)
        .join(_R, (_R.c.broadcast_id == _A.c.broadcast_id) & (_R.c.household_id == _A.c.household_id))
        .join(t.area, t.area.c.id == _R.c.area_id)
        .outerjoin(t.staff, t.staff.c.id == _A.c.staff_id)
        .where(_A.c.broadcast_id == broadcast_id, _A.c.how.not_in(BY_THEMSELVES), below(t.area.c.path, [path]))
        .group_by(_A.c.staff_id, t.staff.c.name, _A.c.how, taken_back)
    )  # fmt: skip
    by_staff: dict[int | None, list[Any]] = {}
    for row in rows:
        by_staff.setdefault(row.staff_id, []).append(row)
    found = [_recorder(own) for own in by_staff.values()]
    return sorted(found, key=lambda one: -sum(one.records.values()))


def _recorder(rows: Sequence[Any]) -> Recorder:
    records = {row.how: row.n for row in rows if not row.taken_back}
    revoked = sum(row.n for row in rows if row.taken_back)
    return Recorder(rows[0].name or "", records, revoked, max(row.last for row in rows))

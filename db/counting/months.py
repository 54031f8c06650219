"""What a month's summary is made of, read from the counters: sums by notice and by area, channels, leaders' work.

`path` limits everything to what lies below it now; an empty one is the whole commune.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.months import AreaOfMonth, NoticeOfMonth, WorkOfMonth
from announcements.reach import Figures
from announcements.types import IN_PERSON, AnnouncementState, How, Outcome
from db.places.areas import below, top_down
from db.tables import t

_R = t.reach
_SUMS = tuple(
    func.sum(column).label(column.name) for column in (_R.c.audience, _R.c.reachable, _R.c.sent, _R.c.acknowledged,
                                                        _R.c.told, _R.c.not_reached)
)  # fmt: skip
RECORDED = (*IN_PERSON, How.UNREACHABLE)


def _within(begin: datetime, end: datetime) -> ColumnElement[bool]:
    """Broadcasts that went out in that time, and are not taken back."""
    b = t.broadcast
    return (b.c.due_at >= begin) & (b.c.due_at < end) & (b.c.state == AnnouncementState.PUBLISHED)


def _tops(path: str) -> Any:
    """Rows of `reach` below `path` that lie in no other of these, with their broadcast."""
    area, above, b = t.area, t.area.alias("above"), t.broadcast
    return (
        select(_R.c.broadcast_id, *_SUMS)
        .join(b, b.c.id == _R.c.broadcast_id)
        .join(area, area.c.id == _R.c.area_id)
        .outerjoin(above, above.c.id == _R.c.parent_id)
        .where(below(area.c.path, [path]), or_(above.c.id.is_(None), ~below(above.c.path, [path])))
        .group_by(_R.c.broadcast_id)
    )


async def notices(connection: AsyncConnection, begin: datetime, end: datetime, path: str) -> list[NoticeOfMonth]:
    """Broadcasts that went out there, the first of the month first.

    The time to half is kept for a whole audience, and given where `path` holds all of it.
    """
    a, b = t.announcement, t.broadcast
    there = (b.c.due_at >= begin) & (b.c.due_at < end) & b.c.published_at.is_not(None)
    sums, everywhere = _tops(path).where(there).subquery(), _tops("").where(there).subquery("everywhere")
    half_at = case((everywhere.c.audience == sums.c.audience, b.c.half_at)).label("half_at")
    rows = await connection.execute(
        select(a.c.code, b.c.code.label("broadcast"), a.c.title, b.c.state, b.c.due_at, half_at, *sums.c[1:])
        .join(a, a.c.id == b.c.announcement_id)
        .join(sums, sums.c.broadcast_id == b.c.id)
        .join(everywhere, everywhere.c.broadcast_id == b.c.id)
        .order_by(b.c.due_at, b.c.id)
    )
    return [
        NoticeOfMonth(row.code, row.broadcast, row.title, row.state, row.due_at, _figures(row[6:]),
                      None if row.half_at is None else row.half_at - row.due_at)
        for row in rows
    ]  # fmt: skip


def _figures(sums: Any) -> Figures:
    return Figures(*(int(one or 0) for one in sums))


async def total(connection: AsyncConnection, begin: datetime, end: datetime, path: str) -> Figures:
    """The sum over all notices of that time."""
    rows = await connection.execute(_tops(path).where(_within(begin, end)))
    return sum((_figures(row[1:]) for row in rows), Figures())


async def areas(
    connection: AsyncConnection, begin: datetime, end: datetime, path: str, before: datetime
) -> list[AreaOfMonth]:
    """Every area a notice of that time went to, from the top down, as it is called now; `before` begins the month
    before."""
    area, b = t.area, t.broadcast
    then = await _by_area(connection, before, begin, path)
    now = await _by_area(connection, begin, end, path)
    rows = await connection.execute(
        select(area.c.id, area.c.code, area.c.name, area.c.kind, area.c.parent_id, area.c.path)
        .where(area.c.id.in_(select(_R.c.area_id).join(b, b.c.id == _R.c.broadcast_id).where(_within(begin, end))),
               below(area.c.path, [path]))
        .order_by(func.length(area.c.path), area.c.position, area.c.id)
    )  # fmt: skip
    nothing = (0, Figures())
    return top_down([AreaOfMonth(*row, *now[row.id], then.get(row.id, nothing)[1]) for row in rows if row.id in now])


async def _by_area(
    connection: AsyncConnection, begin: datetime, end: datetime, path: str
) -> Mapping[int, tuple[int, Figures]]:
    area, b = t.area, t.broadcast
    rows = await connection.execute(
        select(_R.c.area_id, func.count().label("notices"), *_SUMS)
        .join(b, b.c.id == _R.c.broadcast_id)
        .join(area, area.c.id == _R.c.area_id)
        .where(_within(begin, end), below(area.c.path, [path]))
        .group_by(_R.c.area_id)
    )
    return {row.area_id: (row.notices, _figures(row[2:])) for row in rows}


async def channels(connection: AsyncConnection, begin: datetime, end: datetime, path: str) -> dict[str, int]:
    """Households that acknowledged by themselves, over all notices of that time, by channel; the most first."""
    b, r, area = t.broadcast, t.recipient, t.area
    rows = await connection.execute(
        select(r.c.channel, func.count().label("n"))
        .join(b, b.c.id == r.c.broadcast_id)
        .join(area, area.c.id == r.c.area_id)
        .where(_within(begin, end), r.c.outcome == Outcome.ACKNOWLEDGED, below(area.c.path, [path]))
        .group_by(r.c.channel)
        .order_by(func.count().desc(), r.c.channel)
    )
    return {row.channel: row.n for row in rows}


async def channels_everywhere(connection: AsyncConnection, begin: datetime, end: datetime) -> dict[str, int]:
    """The same for the whole commune, from the counters."""
    b, tally = t.broadcast, t.tally
    count = func.sum(tally.c.households)
    rows = await connection.execute(
        select(tally.c.name, count.label("n"))
        .join(b, b.c.id == tally.c.broadcast_id)
        .where(_within(begin, end), tally.c.what == "channel", tally.c.households > 0)
        .group_by(tally.c.name)
        .order_by(count.desc(), tally.c.name)
    )
    return {row.name: int(row.n) for row in rows}


async def work(connection: AsyncConnection, begin: datetime, end: datetime, path: str) -> list[WorkOfMonth]:
    """What staff recorded in that time of households below `path`, and did not take back; the busiest first."""
    a, staff, area = t.acknowledgement, t.staff, t.area
    h, home = t.household, t.area.alias("home")
    rows = await connection.execute(
        select(staff.c.code, staff.c.name, staff.c.role, area.c.code.label("area"), area.c.name.label("area_name"),
               a.c.how, func.count().label("n"))
        .join(staff, staff.c.id == a.c.staff_id)
        .join(area, area.c.id == staff.c.area_id)
        .join(h, h.c.id == a.c.household_id)
        .join(home, home.c.id == h.c.area_id)
        .where(a.c.staff_id.is_not(None), a.c.at >= begin, a.c.at < end)  # as its index is made
        .where(a.c.how.in_(RECORDED), a.c.revoked_at.is_(None))
        .where(below(home.c.path, [path]))
        .group_by(staff.c.code, staff.c.name, staff.c.role, area.c.code, area.c.name, a.c.how)
    )  # fmt: skip
    doors: dict[str, dict[How, int]] = {}
    people: dict[str, Any] = {}
    for row in rows:
        people[row.code] = row
        doors.setdefault(row.code, {})[row.how] = row.n
    done = [WorkOfMonth(code, row.name, row.role, row.area, row.area_name, doors[code]) for code, row in people.items()]
    return sorted(done, key=lambda one: (-one.total, one.name, one.staff))

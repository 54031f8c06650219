"""The truth table and the door-knock list as the contract gives them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from announcements.mistakes import NotAllowed, NotFound
from announcements.phrases import phrase
from announcements.types import Outcome
from bot.context import Context
from bot.office.notices.announcing import must_reach
from db.access.people import StaffRow
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.counting import doors, reach
from db.counting.doors import Door
from db.counting.reach import AreaFigures, Report
from db.places import areas


@dataclass(frozen=True, slots=True)
class BroadcastReport:
    """`above` are the codes of the areas that the topmost rows of the table lie in, by those areas' ids."""

    broadcast: BroadcastRow
    report: Report
    above: Mapping[int, str] = field(default_factory=dict)


async def report(context: Context, code: str, staff: StaffRow | None = None) -> BroadcastReport:
    """The truth table of an announcement's latest broadcast, or of a broadcast, as far as `staff` reaches.

    Raises `NotFound`, and `NotAllowed` when it did not go to their area.
    """
    async with context.database.read() as connection:
        row = await notices.find(connection, code)
        if staff is None:
            table = await reach.report(connection, row.id, row.published_at)
        else:
            table = await reach.report_below(connection, row.id, row.published_at, staff.path)
        parents = {_parent(area) for area in table.areas} - {None, *(area.area_id for area in table.areas)}
        above = await areas.by_ids(connection, [parent for parent in parents if parent is not None])
    if staff is not None and not table.areas:
        raise NotAllowed(phrase("chat.not_for_your_area", code=row.announcement, area=staff.area_name))
    return BroadcastReport(row, table, {area.id: area.code for area in above})


def _parent(area: AreaFigures) -> int | None:
    """The id of the area it lay in when the notice went out, inside the audience or above it."""
    return area.parent_id or (areas.last_id(area.path[: -areas.STEP]) if len(area.path) > areas.STEP else None)


def as_json(context: Context, found: BroadcastReport) -> dict[str, Any]:
    """The JSON of `loa report`."""
    row, table = found.broadcast, found.report
    codes = {**found.above, **{area.area_id: area.code for area in table.areas}}
    half_at = None if table.partial else row.half_at  # it is kept for the whole audience only
    half = None if half_at is None else int((half_at - row.due_at).total_seconds())
    return {
        "announcement": row.announcement,
        "broadcast": row.code,
        "title": row.title,
        "state": row.state.value,
        "due_at": context.local(row.due_at).isoformat(),
        "deliveries": {state.value: count for state, count in table.deliveries.items()},
        "total": table.total.as_dict(),
        "by_channel": table.by_channel,
        "by_grade": table.by_grade,
        "areas": [
            {
                "code": area.code,
                "name": area.name,
                "kind": area.kind.value,
                "parent": codes.get(_parent(area) or 0),
                **area.figures.as_dict(),
            }
            for area in table.areas
        ],
        "half_acknowledged_after_s": half,
        "late_joiners": table.late_joiners,
    }


async def unreached(
    context: Context,
    code: str,
    *,
    area: str | None = None,
    staff: StaffRow | None = None,
    outcomes: Iterable[Outcome] = doors.DOORS,
) -> tuple[BroadcastRow, list[Door]]:
    """The door-knock list of a broadcast, of one area or of all that `staff` reaches.

    Raises `NotFound` for an area that has no household of the audience.
    """
    async with context.database.read() as connection:
        row = await notices.find(connection, code)
        under = staff.path if staff is not None else None
        if area is not None:
            found = await areas.find(connection, area)
            must_reach(staff, found.path, found.name)
            under = found.path
            if not await doors.any_below(connection, row.id, under):
                raise NotFound(phrase("mistake.area_not_in_audience", area=found.name, code=row.announcement))
        return row, await doors.unreached(connection, row.id, under=under, outcomes=outcomes)

"""A report of reach in words, as it is printed and calculated with."""

from announcements.phrases import label
from announcements.rendering import moment_words, span_words
from announcements.types import ChannelKind, Grade
from bot.context import Context
from bot.office import reporting
from bot.office.reporting import BroadcastReport
from bot.paper.reports import ReportRow, ReportSheet
from db.people import StaffRow
from db.reach import AreaFigures


async def sheet(context: Context, code: str, staff: StaffRow | None = None) -> ReportSheet:
    """The report of a notice, as far as `staff` reaches. Raises `NotFound`, `NotAllowed`."""
    found = await reporting.report(context, code, staff)
    return worded(context, found, staff.area_name if staff else context.settings.commune.name)


def worded(context: Context, found: BroadcastReport, where: str) -> ReportSheet:
    """The same report in words."""
    row, table = found.broadcast, found.report
    half = None if row.half_at is None else row.half_at - row.due_at
    return ReportSheet(
        commune=context.settings.commune.name,
        where=where,
        title=row.title,
        code=row.announcement,
        due=moment_words(context.local(row.due_at)),
        state=label(row.state),
        printed=moment_words(context.local(context.clock())),
        rows=_rows(table.areas),
        total=table.total,
        deliveries=[(label(state), count) for state, count in table.deliveries.items() if count],
        channels=[(label(ChannelKind(name)), count) for name, count in table.by_channel.items()],
        grades=[(label(Grade(name)), count) for name, count in table.by_grade.items()],
        late_joiners=table.late_joiners,
        half=span_words(half) if half is not None else "",
    )


def _rows(areas: list[AreaFigures]) -> list[ReportRow]:
    places = {one.area_id: place for place, one in enumerate(areas)}
    rows: list[ReportRow] = []
    for one in areas:
        parent = places.get(one.parent_id, -1) if one.parent_id is not None else -1
        depth = rows[parent].depth + 1 if parent >= 0 else 0
        rows.append(ReportRow(one.code, one.name, label(one.kind), parent, depth, one.figures))
    return rows

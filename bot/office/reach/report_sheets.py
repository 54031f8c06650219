"""A report of reach in words, as it is printed and calculated with."""

from collections.abc import Sequence

from announcements.deliveries import MAY_RESEND
from announcements.phrases import label
from announcements.rendering import moment_words, span_words
from announcements.types import ChannelKind, Grade
from bot.context import Context
from bot.office.reach import reporting
from bot.office.reach.reporting import BroadcastReport
from bot.paper.reports import ReportRow, ReportSheet
from db.access.people import StaffRow
from db.counting.reach import AreaFigures
from db.dispatch import deliveries
from db.dispatch.deliveries import DeliveryRow
from db.places import areas


async def sheet(context: Context, code: str, staff: StaffRow | None = None) -> ReportSheet:
    """The report of a notice, as far as `staff` reaches. Raises `NotFound`, `NotAllowed`."""
    found = await reporting.report(context, code, staff)
    async with context.database.read() as connection:
        under = staff.path if staff else None
        listed = await deliveries.listing(connection, found.broadcast.id, MAY_RESEND, under=under)
        names = await areas.names(connection)
        places = {area.code: names[area.id] for area in await areas.tree(connection)}
    trouble = [(_chat(one, places.get(one.area, one.area_name)), label(one.state)) for one in listed]
    return _worded(context, found, trouble, staff.area_name if staff else context.settings.commune.name)


def _worded(context: Context, found: BroadcastReport, trouble: Sequence[tuple[str, str]], where: str) -> ReportSheet:
    row, table = found.broadcast, found.report
    half = None if row.half_at is None or table.partial else row.half_at - row.due_at
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
        trouble=trouble,
        channels=[(label(ChannelKind(name)), count) for name, count in table.by_channel.items()],
        grades=[(label(Grade(name)), count) for name, count in table.by_grade.items()],
        late_joiners=table.late_joiners,
        half=span_words(half) if half is not None else "",
    )


def _chat(delivery: DeliveryRow, place: str) -> str:
    return f"{delivery.title} ({place})" if delivery.title not in ("", delivery.area_name) else place


def _rows(counted: list[AreaFigures]) -> list[ReportRow]:
    places = {one.area_id: place for place, one in enumerate(counted)}
    rows: list[ReportRow] = []
    for one in counted:
        parent = places.get(one.parent_id, -1) if one.parent_id is not None else -1
        depth = rows[parent].depth + 1 if parent >= 0 else 0
        rows.append(ReportRow(one.code, one.name, label(one.kind), parent, depth, one.figures))
    return rows

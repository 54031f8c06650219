"""A month in words, as it is printed, calculated with and shown on the pages."""

from announcements.months import AreaOfMonth, Month, MonthSummary
from announcements.phrases import label
from announcements.rendering import moment_words, span_words
from announcements.types import AnnouncementState, ChannelKind
from bot.context import Context
from bot.office.reach import months
from bot.paper.months import WAYS, AreaLine, MonthSheet, NoticeLine, WorkLine
from db.access.people import StaffRow
from db.places.areas import STEP


async def sheet(context: Context, month: Month, staff: StaffRow | None = None) -> MonthSheet:
    """The month, as far as `staff` reaches."""
    found = await months.summary(context, month, staff)
    return worded(context, found, staff.area_name if staff else context.settings.commune.name)


def worded(context: Context, found: MonthSummary, where: str) -> MonthSheet:
    """The same month in words."""
    names = {area.area_id: area.name for area in found.areas}
    top = min((len(area.path) for area in found.areas), default=0)
    lines = {area.area_id: _area(area, names, top) for area in found.areas}
    return MonthSheet(
        commune=context.settings.commune.name,
        where=where,
        month=found.month,
        printed=moment_words(context.local(context.clock())),
        total=found.total,
        change=found.received_change,
        half=span_words(found.half) if found.half is not None else "",
        notices=[
            NoticeLine(one.announcement, one.title, f"{context.local(one.due_at):%H:%M %d/%m}", label(one.state),
                       one.state is not AnnouncementState.WITHDRAWN, one.figures,
                       span_words(one.half) if one.half is not None else "")
            for one in found.notices
        ],
        areas=list(lines.values()),
        quiet=[lines[area.area_id] for area in found.quiet],
        channels=[(label(ChannelKind(name)), count) for name, count in found.by_channel.items()],
        work=[
            WorkLine(one.name, label(one.role), one.area_name, [one.doors.get(how, 0) for how in WAYS])
            for one in found.work
        ],
    )  # fmt: skip


def _area(area: AreaOfMonth, names: dict[int, str], top: int) -> AreaLine:
    above = names.get(area.parent_id) if area.parent_id is not None else None
    place = f"{area.name}, {above}" if above and len(area.path) > top else area.name
    depth = (len(area.path) - top) // STEP
    return AreaLine(area.name, place, depth, area.notices, area.figures, area.received_change)

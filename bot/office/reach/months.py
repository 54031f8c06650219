"""The month of the commune, or of the area of whoever asks."""

from typing import Any

from announcements.mistakes import Mistake
from announcements.months import AreaOfMonth, Month, MonthSummary, NoticeOfMonth, WorkOfMonth, month_of, read_month
from announcements.phrases import phrase
from announcements.reach import Figures
from announcements.types import How
from bot.context import Context
from db.access.people import StaffRow
from db.counting import months
from db.places.areas import STEP

ANSWERS = ("audience", "acknowledged", "told_in_person", "not_reached", "open")


def asked(context: Context, text: str) -> Month:
    """The month somebody names, or the present one. Raises `Mistake`, also for one to come."""
    present = month_of(context.local(context.clock()))
    month = read_month(text) if text else present
    if month > present:
        raise Mistake(phrase("mistake.month_to_come", month=month.words))
    return month


async def summary(context: Context, month: Month, staff: StaffRow | None = None) -> MonthSummary:
    """The month, as far as `staff` reaches: one read, all at one moment."""
    zone = context.settings.commune.zone
    begin, end, before = month.begins(zone), month.after.begins(zone), month.before.begins(zone)
    path = staff.path if staff else ""
    async with context.database.read() as connection:
        return MonthSummary(
            month=month,
            notices=await months.notices(connection, begin, end, path),
            areas=await months.areas(connection, begin, end, path, before),
            before=await months.total(connection, before, begin, path),
            by_channel=await months.channels_everywhere(connection, begin, end)
            if len(path) <= STEP
            else await months.channels(connection, begin, end, path),
            work=await months.work(connection, begin, end, path),
        )


def as_json(context: Context, found: MonthSummary) -> dict[str, Any]:
    """The JSON of `loa month`."""
    codes = {area.area_id: area.code for area in found.areas}
    half = found.half
    return {
        "month": str(found.month),
        "total": {**_answers(found.total), **_shares(found.total), "received_change": _rounded(found.received_change)},
        "half_acknowledged_after_s": None if half is None else int(half.total_seconds()),
        "notices": [_notice(context, one) for one in found.notices],
        "areas": [_area(one, codes) for one in found.areas],
        "quiet": [one.code for one in found.quiet],
        "by_channel": dict(found.by_channel),
        "work": [_work(one) for one in found.work],
    }


def _answers(figures: Figures) -> dict[str, int]:
    return {name: count for name, count in figures.as_dict().items() if name in ANSWERS}


def _shares(figures: Figures) -> dict[str, float]:
    named = zip(("acknowledged", "told_in_person", "not_reached", "open"), figures.pieces, strict=True)
    return {f"{name}_share": round(figures.share(count), 4) for name, count in named}


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _notice(context: Context, one: NoticeOfMonth) -> dict[str, Any]:
    half = None if one.half is None else int(one.half.total_seconds())
    return {"announcement": one.announcement, "broadcast": one.broadcast, "title": one.title, "state": one.state.value,
            "due_at": context.local(one.due_at).isoformat(), **_answers(one.figures), **_shares(one.figures),
            "half_acknowledged_after_s": half}  # fmt: skip


def _area(one: AreaOfMonth, codes: dict[int, str]) -> dict[str, Any]:
    return {"code": one.code, "name": one.name, "kind": one.kind.value, "parent": codes.get(one.parent_id or 0),
            "notices": one.notices, **_answers(one.figures), **_shares(one.figures),
            "received_change": _rounded(one.received_change)}  # fmt: skip


def _work(one: WorkOfMonth) -> dict[str, Any]:
    counts = {how.value: one.doors.get(how, 0) for how in (How.MET, How.CALLED, How.SLIP, How.UNREACHABLE)}
    return {"staff": one.staff, "name": one.name, "role": one.role.value, "area": one.area, "area_name": one.area_name,
            **counts}  # fmt: skip

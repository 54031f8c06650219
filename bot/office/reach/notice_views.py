"""One notice as somebody in the office sees it: only their part of it, and nothing of a notice that is not theirs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.curves import Point, axis, curve
from announcements.deliveries import MAY_RESEND
from announcements.mistakes import NotFound
from announcements.permissions import Permission, may
from announcements.phrases import phrase
from announcements.types import NOT_OUT_YET, AnnouncementState, AreaKind, DeliveryState, Outcome
from bot.context import Context
from bot.office.reach.overviews import Latest, with_figures
from db.access.people import StaffRow
from db.announcing import notice_lists, notices, seen
from db.announcing.notices import BroadcastRow
from db.counting import curves, reach, standings
from db.counting.reach import AreaFigures, Report
from db.counting.standings import HouseholdStanding, Recorder
from db.dispatch import deliveries
from db.dispatch.deliveries import DeliveryRow
from db.places import areas
from db.places.areas import AreaRow

LONGEST_NAME = 60  # of a code that is repeated in a sentence


@dataclass(frozen=True, slots=True)
class NoticeView:
    """`report` is empty until it went out. `whole`: all of the audience is theirs, and so may be withdrawn by them."""

    row: BroadcastRow
    audience: Sequence[AreaRow]
    author: str
    corrected_by: str | None
    whole: bool
    report: Report | None = None
    deliveries: Sequence[DeliveryRow] = ()
    recorders: Sequence[Recorder] = ()
    points: Sequence[Point] = ()

    def expired(self, now: datetime) -> bool:
        return self.row.valid_until is not None and self.row.valid_until <= now

    def resendable(self, now: datetime) -> list[DeliveryRow]:
        """What a person may send again now."""
        if self.row.state is not AnnouncementState.PUBLISHED or self.expired(now):
            return []
        return [one for one in self.deliveries if one.state in MAY_RESEND]

    def place(self, chat: DeliveryRow) -> str:
        """The area of a chat as people say it: "Tổ 1, Thôn Thu Quế"."""
        rows = self.report.areas if self.report else []
        own = next((one for one in rows if one.code == chat.area), None)
        above = next((one for one in rows if own and one.area_id == own.parent_id), None)
        return f"{own.name}, {above.name}" if own and above and own.kind is AreaKind.GROUP else chat.area_name

    def may_withdraw(self, staff: StaffRow) -> bool:
        return self.whole and may(staff.role, Permission.ANNOUNCE) and self.row.state in MAY_WITHDRAW


MAY_WITHDRAW = NOT_OUT_YET | {AnnouncementState.PUBLISHED}


async def search(
    context: Context, staff: StaffRow, words: str, state: AnnouncementState | None, *, skip: int, most: int
) -> tuple[list[Latest], int]:
    """The notices that touch their area, each with the figures of their part, and how many there are in all."""
    async with context.database.read() as connection:
        wanted = notice_lists.Wanted(staff.path, words, state)
        rows, total = await notice_lists.search(connection, wanted, skip=skip, most=most)
        return await with_figures(connection, rows, staff.path), total


async def found(context: Context, code: str, staff: StaffRow) -> BroadcastRow:
    """A notice that touches their area. Raises `NotFound`."""
    async with context.database.read() as connection:
        return await seen.find(connection, code, staff.path)


async def view(context: Context, code: str, staff: StaffRow) -> NoticeView:
    """The notice as far as `staff` reaches. Raises `NotFound`."""
    async with context.database.read() as connection:
        row = await seen.find(connection, code, staff.path)
        audience = await areas.by_ids(connection, await notices.audience_of(connection, row.announcement_id))
        author, corrected_by = await notice_lists.origin(connection, row.announcement_id)
        planned = NoticeView(row, audience, author, corrected_by, all(staff.reaches(area.path) for area in audience))
        if row.published_at is None:
            return planned
        return replace(
            planned,
            report=await reach.report_below(connection, row.id, row.published_at, staff.path),
            deliveries=await deliveries.listing(connection, row.id, list(DeliveryState), under=staff.path),
            recorders=await standings.recorders(connection, row.id, staff.path),
            points=await _points(context, connection, row, staff.path),
        )


@dataclass(frozen=True, slots=True)
class Growth:
    """The curve of their households; without points while nobody has answered or was told."""

    points: Sequence[Point]
    audience: int


async def growth(context: Context, code: str, staff: StaffRow) -> Growth:
    """How acknowledgements of their households came in. Raises `NotFound`."""
    async with context.database.read() as connection:
        row = await seen.find(connection, code, staff.path)
        totals = await reach.totals_under(connection, [row.id], staff.path)
        points = await _points(context, connection, row, staff.path)
    return Growth(points, totals[row.id].audience if row.id in totals else 0)


async def _points(context: Context, connection: AsyncConnection, row: BroadcastRow, path: str) -> list[Point]:
    last = await curves.last_answer(connection, row.id, path)
    if last is None:
        return []
    time = axis(row.published_at or row.due_at, last)
    counted = await curves.buckets(connection, row.id, path, start=time.start, seconds=time.seconds)
    points = curve(time, [(one.number, one.acknowledged, one.told) for one in counted])
    return [replace(one, at=context.local(one.at)) for one in points]


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area of a notice: itself, what lies in it, and a page of its households. `elsewhere` live in places that
    are not theirs by now, and are counted but not named."""

    row: BroadcastRow
    area: AreaFigures
    above: Sequence[AreaFigures]  # from the top down
    inside: Sequence[AreaFigures]
    households: Sequence[HouseholdStanding]
    found: int
    elsewhere: int


async def area_view(
    context: Context, code: str, area: str, staff: StaffRow, *, outcome: Outcome | None, skip: int, most: int
) -> AreaView:
    """The households of one area and where each stands. Raises `NotFound`."""
    async with context.database.read() as connection:
        row = await seen.find(connection, code, staff.path)
        rows = await reach.areas_of(connection, row.id, under=staff.path)
        here = next((one for one in rows if one.code == area), None)
        if here is None:
            raise NotFound(phrase("mistake.area_unknown", wanted=area[:LONGEST_NAME]))
        households, found = await standings.listing(
            connection, row.id, then=here.path, now=staff.path, outcome=outcome, skip=skip, most=most
        )
        _, named = (households, found) if outcome is None else await standings.listing(
            connection, row.id, then=here.path, now=staff.path, outcome=None, skip=0, most=0
        )  # fmt: skip
    return AreaView(
        row=row,
        area=here,
        above=[one for one in rows if here.path.startswith(one.path) and one.area_id != here.area_id],
        inside=[one for one in rows if one.parent_id == here.area_id],
        households=[replace(one, area_name="") for one in households] if _is_leaf(rows, here) else households,
        found=found,
        elsewhere=here.figures.audience - named,
    )


def _is_leaf(rows: Sequence[AreaFigures], here: AreaFigures) -> bool:
    return all(one.parent_id != here.area_id for one in rows)

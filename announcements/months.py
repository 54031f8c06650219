"""A month of the commune's notices: how far they reached on average, against the month before, and who falls behind.

Pure arithmetic over what `db/counting/months.py` reads; shown by `loa month`, the pages and the sheets made of it. A
share is of households times notices, so that a village's is that of its groups together.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from statistics import median

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.reach import Figures
from announcements.types import AnnouncementState, AreaKind, How, Role

NOTHING = Figures()
QUIET_BY = 0.15  # a group is quiet when its open share is this much above everybody's
_WRITTEN = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """Of the commune's calendar. `str` is `2026-11`."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @property
    def before(self) -> "Month":
        return Month(self.year, self.number - 1) if self.number > 1 else Month(self.year - 1, 12)

    @property
    def after(self) -> "Month":
        return Month(self.year, self.number + 1) if self.number < 12 else Month(self.year + 1, 1)

    @property
    def words(self) -> str:
        """`tháng 11/2026`."""
        return phrase("month.name", number=self.number, year=self.year)

    def begins(self, zone: tzinfo) -> datetime:
        """Its first moment in the commune, in UTC; it ends where the next begins."""
        return datetime(self.year, self.number, 1, tzinfo=zone).astimezone(UTC)


def month_of(moment: datetime) -> Month:
    """The month `moment` lies in, in the zone it carries."""
    return Month(moment.year, moment.month)


def read_month(text: str) -> Month:
    """`2026-11`. Raises `Mistake`."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise Mistake(phrase("mistake.month_unclear", text=text))
    return Month(int(written[1]), int(written[2]))


@dataclass(frozen=True, slots=True)
class NoticeOfMonth:
    """One broadcast. `half` is how long half of the audience took to acknowledge by themselves."""

    announcement: str
    broadcast: str
    title: str
    state: AnnouncementState
    due_at: datetime
    figures: Figures
    half: timedelta | None


@dataclass(frozen=True, slots=True)
class AreaOfMonth:
    """An area's figures summed over its `notices`; `before` are those of the month before."""

    area_id: int
    code: str
    name: str
    kind: AreaKind
    parent_id: int | None
    path: str
    notices: int
    figures: Figures
    before: Figures = NOTHING

    @property
    def received_change(self) -> float | None:
        """By how much the share of households that have it grew; None without a month to compare with."""
        return change(self.figures, self.before)


@dataclass(frozen=True, slots=True)
class WorkOfMonth:
    """What one member of staff recorded: households by how they were told, or could not be."""

    staff: str
    name: str
    role: Role
    area: str
    area_name: str
    doors: Mapping[How, int]

    @property
    def total(self) -> int:
        return sum(self.doors.values())


@dataclass(frozen=True, slots=True)
class MonthSummary:
    """`areas` from the top down; withdrawn notices are listed and count in nothing."""

    month: Month
    notices: Sequence[NoticeOfMonth]
    areas: Sequence[AreaOfMonth]
    before: Figures
    by_channel: Mapping[str, int]
    work: Sequence[WorkOfMonth]

    @property
    def counted(self) -> list[NoticeOfMonth]:
        return [one for one in self.notices if one.state is not AnnouncementState.WITHDRAWN]

    @property
    def total(self) -> Figures:
        return sum((one.figures for one in self.counted), NOTHING)

    @property
    def received_change(self) -> float | None:
        return change(self.total, self.before)

    @property
    def half(self) -> timedelta | None:
        """The median over the notices that got that far."""
        return middle(one.half for one in self.counted)

    @property
    def quiet(self) -> list[AreaOfMonth]:
        """Groups that fall behind, the furthest first."""
        total = self.total
        line = total.share(total.open) + QUIET_BY
        lowest = (one for one in self.areas if one.kind is AreaKind.GROUP and one.figures.audience)
        behind = [one for one in lowest if one.figures.share(one.figures.open) >= line]
        return sorted(behind, key=lambda one: -one.figures.share(one.figures.open))


def change(now: Figures, before: Figures) -> float | None:
    """By how much the share of households that have it grew, from -1 to 1; None where there is nothing to compare."""
    if not now.audience or not before.audience:
        return None
    return now.share(now.received) - before.share(before.received)


def middle(halves: Iterable[timedelta | None]) -> timedelta | None:
    """The median of those there are."""
    known = [half.total_seconds() for half in halves if half is not None]
    return timedelta(seconds=median(known)) if known else None

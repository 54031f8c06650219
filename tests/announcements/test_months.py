"""A month: its bounds in the commune, its averages, who falls behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from announcements.mistakes import Mistake
from announcements.months import NOTHING, AreaOfMonth, Month, MonthSummary, NoticeOfMonth, month_of, read_month
from announcements.reach import Figures
from announcements.types import AnnouncementState, AreaKind

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOVEMBER = Month(2026, 11)


def test_a_month_begins_at_midnight_in_the_commune() -> None:
    assert NOVEMBER.begins(HANOI) == datetime(2026, 10, 31, 17, tzinfo=UTC)
    assert month_of(datetime(2026, 10, 31, 17, tzinfo=UTC).astimezone(HANOI)) == NOVEMBER


def test_months_follow_each_other_over_the_year() -> None:
    assert (str(Month(2026, 12).after), str(Month(2026, 1).before), str(NOVEMBER.after)) == (
        "2027-01", "2025-12", "2026-12",
    )  # fmt: skip
    assert Month(2026, 12) < Month(2027, 1)
    assert Month(2026, 12).after.before == Month(2026, 12)


def test_a_month_is_read_as_it_is_written() -> None:
    assert read_month(" 2026-11 ") == NOVEMBER
    assert NOVEMBER.words == "tháng 11/2026"


@pytest.mark.parametrize("text", ["", "11/2026", "2026-13", "2026-00", "2026-1", "0001-01", "9999-12-01", "tháng 11"])
def test_anything_else_is_told_how_to_write_it(text: str) -> None:
    with pytest.raises(Mistake, match="2026-11"):
        read_month(text)


NOTICE = NoticeOfMonth("TB-1", "TB-1.1", "Họp", AnnouncementState.PUBLISHED, datetime(2026, 11, 3, tzinfo=UTC),
                       Figures(audience=100, acknowledged=60, told_in_person=10), timedelta(minutes=30))  # fmt: skip
GROUP = AreaOfMonth(1, "g-1", "Tổ 1", AreaKind.GROUP, None, "00000001", 1, Figures(audience=10, acknowledged=8))


def month(*notices: NoticeOfMonth, areas: tuple[AreaOfMonth, ...] = (), before: Figures = NOTHING) -> MonthSummary:
    return MonthSummary(NOVEMBER, notices, areas, before, {}, ())


def test_every_household_of_every_notice_weighs_the_same() -> None:
    small = replace(NOTICE, figures=Figures(audience=10))
    total = month(NOTICE, small).total
    assert (total.audience, total.share(total.received)) == (110, pytest.approx(70 / 110))


def test_a_withdrawn_notice_is_listed_and_counts_in_nothing() -> None:
    withdrawn = replace(NOTICE, state=AnnouncementState.WITHDRAWN, half=timedelta(minutes=1))
    found = month(NOTICE, withdrawn)
    assert len(found.notices) == 2
    assert (found.total, found.half) == (NOTICE.figures, NOTICE.half)


def test_the_time_to_half_is_the_median_of_those_that_got_there() -> None:
    halves = (None, timedelta(minutes=10), timedelta(minutes=20), timedelta(hours=40))
    assert month(*(replace(NOTICE, half=half) for half in halves)).half == timedelta(minutes=20)
    assert month(replace(NOTICE, half=None)).half is None


def test_a_month_is_compared_only_with_one_that_had_notices() -> None:
    assert month(NOTICE).received_change is None
    assert month(before=NOTICE.figures).received_change is None
    assert month(NOTICE, before=Figures(audience=10, acknowledged=5)).received_change == pytest.approx(0.2)


def test_groups_that_fall_behind_are_named_the_furthest_first() -> None:
    def group(code: str, acknowledged: int, kind: AreaKind = AreaKind.GROUP) -> AreaOfMonth:
        return replace(GROUP, code=code, kind=kind, figures=Figures(audience=100, acknowledged=acknowledged))

    groups = (group("good", 80), group("near", 56), group("quiet", 54), group("silent", 10))
    areas = (*groups, group("v", 0, AreaKind.VILLAGE), replace(GROUP, code="empty", figures=Figures()))
    assert [one.code for one in month(NOTICE, areas=areas).quiet] == ["silent", "quiet"]
    assert month().quiet == []

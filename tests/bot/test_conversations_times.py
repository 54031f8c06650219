"""Times as people type them to a friend."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from announcements.mistakes import Mistake
from bot.conversations.times import read_moment

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=HANOI)  # a Monday


@pytest.mark.parametrize(
    ("text", "day", "hour", "minute"),
    [
        ("19h30", 23, 19, 30),
        ("19:30", 23, 19, 30),
        ("19 giờ 30 phút", 23, 19, 30),
        ("19g30", 23, 19, 30),
        ("19h", 23, 19, 0),
        ("7 giờ tối nay", 23, 19, 0),
        ("tối nay 7h rưỡi", 23, 19, 30),
        ("chiều nay lúc 3h", 23, 15, 0),
        ("sáng mai 6h30", 24, 6, 30),
        ("6 rưỡi sáng mai", 24, 6, 30),
        ("19h ngày mai", 24, 19, 0),
        ("25/11 19:00", 25, 19, 0),
        ("19:00 25/11", 25, 19, 0),
        ("19h 25-11", 25, 19, 0),
        ("19h30 ngày 25/11/2026", 25, 19, 30),
        ("SÁNG MAI 6H30", 24, 6, 30),
        ("9h đêm nay", 23, 21, 0),
    ],
)
def test_a_time_is_understood_as_it_is_meant(text: str, day: int, hour: int, minute: int) -> None:
    assert read_moment(text, NOW) == datetime(2026, 11, day, hour, minute, tzinfo=HANOI)


def test_a_date_of_january_typed_in_november_is_of_the_coming_year() -> None:
    assert read_moment("2/1 8h", NOW) == datetime(2027, 1, 2, 8, 0, tzinfo=HANOI)


@pytest.mark.parametrize(
    "text",
    ["", "mai", "tối nay", "25/11", "19", "25h", "19h75", "31/11 19h", "29/2 8h", "19h hoặc 20h", "19h-20h",
     "mai 25/11 19h", "ai biết 19h", "thứ hai 19h", "19:00:00:00", "٣h", "2026-11-25T19:00"],
)  # fmt: skip
def test_what_is_no_single_time_is_not_guessed(text: str) -> None:
    with pytest.raises(Mistake, match="Chưa hiểu thời điểm"):
        read_moment(text, NOW)


@pytest.mark.parametrize("text", ["6h sáng nay", "11:59", "22/11 19h", "12h"])
def test_a_time_that_is_past_is_refused_and_not_moved(text: str) -> None:
    with pytest.raises(Mistake, match="đã qua"):
        read_moment(text, NOW)


def test_a_time_years_ahead_is_refused() -> None:
    with pytest.raises(Mistake, match="một năm"):
        read_moment("25/11/2028 19h", NOW)

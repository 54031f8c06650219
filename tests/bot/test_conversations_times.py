"""Times as people type them to a friend."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from announcements.mistakes import Mistake
from bot.conversations.times import read_end, read_moment

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
        ("7h tối mai", 24, 19, 0),
        ("19:30 thứ sáu", 27, 19, 30),
        ("thứ 6 19h30", 27, 19, 30),
        ("10h sáng thứ tư", 25, 10, 0),
        ("chủ nhật 7h", 29, 7, 0),
        ("CN 8h", 29, 8, 0),
        ("T7 8h", 28, 8, 0),
        ("thứ hai 19h", 23, 19, 0),
        ("thứ hai 9h", 30, 9, 0),
        ("thứ hai tuần sau 19h", 30, 19, 0),
        ("thứ năm tuần này 8h", 26, 8, 0),
        ("thứ sáu ngày 27/11 19h30", 27, 19, 30),
        ("19h30 ngày 25 tháng 11", 25, 19, 30),
        ("25/11/26 19h", 25, 19, 0),
        ("25.11 19:00", 25, 19, 0),
        ("8 giờ kém 15 sáng mai", 24, 7, 45),
        ("8h30p sáng mai nhé", 24, 8, 30),
        ("đúng 19h30 tối mai ạ", 24, 19, 30),
        ("12h đêm nay", 24, 0, 0),
        ("24h", 24, 0, 0),
        ("12h trưa mai", 24, 12, 0),
        ("30 phút nữa", 23, 12, 30),
        ("nửa tiếng nữa", 23, 12, 30),
        ("2 tiếng rưỡi nữa", 23, 14, 30),
    ],
)
def test_a_time_is_understood_as_it_is_meant(text: str, day: int, hour: int, minute: int) -> None:
    assert read_moment(text, NOW) == datetime(2026, 11, day, hour, minute, tzinfo=HANOI)


def test_a_date_of_january_typed_in_november_is_of_the_coming_year() -> None:
    assert read_moment("2/1 8h", NOW) == datetime(2027, 1, 2, 8, 0, tzinfo=HANOI)
    assert read_moment("20/12 8h", NOW) == datetime(2026, 12, 20, 8, 0, tzinfo=HANOI)


@pytest.mark.parametrize(
    "text",
    ["", "mai", "tối nay", "25/11", "19", "25h", "19h75", "31/11 19h", "29/2 8h", "19h hoặc 20h", "19h-20h",
     "mai 25/11 19h", "ai biết 19h", "thứ hai mai 19h", "tuần sau 19h", "25/11 tuần sau 19h", "mùng 1 8h", "tối qua 7h",
     "19h kém 75", "7h sáng chiều mai", "19:00:00:00", "٣h", "2026-11-25T19:00", "thứ 8 19h", "phút nữa"],
)  # fmt: skip
def test_what_is_no_single_time_is_not_guessed(text: str) -> None:
    with pytest.raises(Mistake, match="Chưa hiểu thời điểm"):
        read_moment(text, NOW)


def test_a_day_of_the_week_that_is_not_that_dates_is_asked_about() -> None:
    with pytest.raises(Mistake, match="25/11/2026 là thứ Tư"):
        read_moment("thứ sáu 25/11 19h", NOW)


@pytest.mark.parametrize("text", ["6h sáng nay", "11:59", "22/11 19h", "12h"])
def test_a_time_that_is_past_is_refused_and_not_moved(text: str) -> None:
    with pytest.raises(Mistake, match="đã qua"):
        read_moment(text, NOW)


def test_a_time_years_ahead_is_refused() -> None:
    with pytest.raises(Mistake, match="một năm"):
        read_moment("25/11/2028 19h", NOW)


@pytest.mark.parametrize(
    ("text", "day", "hour", "minute"),
    [
        ("hết ngày 25/11", 25, 23, 59),
        ("đến hết hôm nay", 23, 23, 59),
        ("hết chủ nhật", 29, 23, 59),
        ("thứ sáu tuần này", 27, 23, 59),
        ("đến 20h tối mai", 24, 20, 0),
        ("25/11 17:00", 25, 17, 0),
    ],
)
def test_an_end_without_an_hour_is_the_end_of_that_day(text: str, day: int, hour: int, minute: int) -> None:
    assert read_end(text, NOW) == datetime(2026, 11, day, hour, minute, tzinfo=HANOI)


@pytest.mark.parametrize("text", ["bao giờ cũng được", "hết", "thứ sáu 25/11"])
def test_an_end_that_is_unclear_is_not_guessed(text: str) -> None:
    with pytest.raises(Mistake, match=r"Chưa hiểu|là thứ"):
        read_end(text, NOW)

"""Which day people mean: "mai", "thứ sáu tuần sau", "25/11", "ngày 25 tháng 11", "chủ nhật". Pure; used by `times`."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from announcements.mistakes import Mistake
from announcements.rendering import phrase, weekday_words

WEEK = timedelta(days=7)
_NEXT_YEAR = timedelta(days=180)  # "2/1" typed in December is next year's; "25/11" typed on 26/11 is a slip

_DATE = re.compile(
    r"(?<![\d:h])(\d{1,2})(?:\s*[/.-]\s*|\s+thang\s+)(\d{1,2})(?:(?:\s*[/.-]\s*|\s+nam\s+)(\d{4}|\d{2}))?(?![\d:h])",
    re.ASCII,
)
_RELATIVE = re.compile(r"\b(hom nay|ngay mai|ngay kia|ngay mot|mai|mot|nay)\b")
_AHEAD = {"hom nay": 0, "nay": 0, "ngay mai": 1, "mai": 1, "ngay kia": 2, "ngay mot": 2, "mot": 2}
_WEEKDAY = re.compile(r"\b(?:(?:thu\s*|t)([2-7])|thu\s+(hai|ba|tu|nam|sau|bay)|(chu nhat|cn))\b", re.ASCII)
_SPELT = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5}
_WEEK = re.compile(r"\btuan\s+(nay|sau|toi)\b")


@dataclass(slots=True)
class Words:
    """Folded words of which one thing after the other is taken out; `unclear` is what to raise."""

    text: str
    unclear: Mistake

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match, which is gone from the words then."""
        found = pattern.search(self.text)
        if found:
            self.text = f"{self.text[: found.start()]} {self.text[found.end() :]}".strip()
        return found

    @property
    def left(self) -> set[str]:
        return set(self.text.split())


@dataclass(frozen=True, slots=True)
class Day:
    """`date` is its midnight. `repeats`: after that time it comes again, and is meant when this one is past."""

    date: datetime
    repeats: timedelta | None = None


def midnight(moment: datetime) -> datetime:
    """The day of `moment` at its beginning."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def read_day(words: Words, now: datetime) -> Day | None:
    """The day that is named, None when none is. Raises `Mistake` for two that contradict, or none of the calendar."""
    date, weekday, week = _date(words, now), _weekday(words), words.take(_WEEK)
    relative = words.take(_RELATIVE)
    named = [one for one in (date, relative) if one is not None]
    if len(named) > 1 or (named and week) or (relative and weekday is not None) or (week and weekday is None):
        raise words.unclear
    if date is not None:
        if weekday not in (None, date.weekday()):
            raise Mistake(phrase("moment.other_weekday", date=f"{date:%d/%m/%Y}", weekday=weekday_words(date)))
        return Day(date)
    if relative is not None:
        return Day(midnight(now) + timedelta(days=_AHEAD[relative[1]]))
    if weekday is None:
        return None
    if week is None:
        return Day(midnight(now) + timedelta(days=(weekday - now.weekday()) % 7), WEEK)
    monday = midnight(now) - timedelta(days=now.weekday())
    return Day(monday + timedelta(days=weekday) + (timedelta() if week[1] == "nay" else WEEK))


def _date(words: Words, now: datetime) -> datetime | None:
    found = words.take(_DATE)
    if not found:
        return None
    day, month, year = int(found[1]), int(found[2]), int(found[3] or 0)
    try:
        date = midnight(now).replace(day=day, month=month, year=2000 + year if 0 < year < 100 else year or now.year)
        if not year and date < now - _NEXT_YEAR:
            date = date.replace(year=now.year + 1)
    except ValueError:
        raise words.unclear from None
    return date


def _weekday(words: Words) -> int | None:
    """0 for Monday, which people here call the second day."""
    found = words.take(_WEEKDAY)
    if not found:
        return None
    if found[1]:
        return int(found[1]) - 2
    return _SPELT[found[2]] if found[2] else 6

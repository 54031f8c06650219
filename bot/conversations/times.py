"""Reading a time as people type it to a friend: "19h30", "25/11 19:00", "sáng mai 6 rưỡi". Pure; `now` is given.

Called by `composing`. Dates and times of forms and commands are read by `announcements/times.py`.
"""

import re
from datetime import datetime, timedelta

from announcements.mistakes import Mistake
from announcements.rendering import moment_words, phrase
from announcements.text import fold, nfc

FURTHEST = timedelta(days=366)
_NEXT_YEAR = timedelta(days=180)  # "2/1" typed in December is next year's; "25/11" typed on 26/11 is a slip

_DATE = re.compile(r"(?<![\d:h])(\d{1,2})\s*[/-]\s*(\d{1,2})(?:\s*[/-]\s*(\d{4}))?(?!\d)", re.ASCII)
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s*(?:(?:h|:|g|gio)\s*(\d{2})|(?:h|gio|g)?\s*ruoi|(?:h|gio|g))(?![\d:/a-z])", re.ASCII
)
_DAYS = (("hom nay", 0), ("ngay mai", 1), ("ngay kia", 2), ("mai", 1), ("mot", 2), ("nay", 0))
_PARTS = ("sang", "trua", "chieu", "toi", "dem")
_FILLING = frozenset({"luc", "vao", "ngay", "hoi", "phut", "gio", "khoang", ","})


def read_moment(text: str, now: datetime) -> datetime:
    """The moment `text` means, in the zone of `now`. Raises `Mistake` for none, one that is past or too far."""
    date, rest = _date(fold(text), now, text)  # first: the hour of "19h 25-11" is not 19:25
    hour, minute, rest = _clock(rest, text)
    days, rest = _days(rest)
    part, rest = _part(rest)
    if set(rest.split()) - _FILLING or (date is not None and days is not None):
        raise _unclear(text)
    hour = _in_part(hour, part)
    try:
        day = date or now + timedelta(days=days or 0)
        moment = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    except ValueError:
        raise _unclear(text) from None
    return check_moment(moment, now)


def check_moment(moment: datetime, now: datetime) -> datetime:
    """`moment` if it lies ahead and within a year. Raises `Mistake`."""
    if moment <= now:
        raise Mistake(phrase("moment.past", moment=moment_words(moment)))
    if moment > now + FURTHEST:
        raise Mistake(phrase("moment.too_far"))
    return moment


def _unclear(text: str) -> Mistake:
    return Mistake(phrase("moment.not_understood", text=nfc(text)[:40]))


def _clock(rest: str, text: str) -> tuple[int, int, str]:
    """Hour and minute, and `rest` without them."""
    found = _TIME.search(rest)
    if not found:
        raise _unclear(text)
    minute = 30 if "ruoi" in found[0] else int(found[2] or 0)
    return int(found[1]), minute, _without(rest, found)


def _date(rest: str, now: datetime, text: str) -> tuple[datetime | None, str]:
    found = _DATE.search(rest)
    if not found:
        return None, rest
    day, month, year = int(found[1]), int(found[2]), found[3]
    try:
        date = now.replace(day=day, month=month, year=int(year) if year else now.year)
        if not year and date < now - _NEXT_YEAR:
            date = date.replace(year=now.year + 1)
    except ValueError:
        raise _unclear(text) from None
    return date, _without(rest, found)


def _days(rest: str) -> tuple[int | None, str]:
    for name, days in _DAYS:
        found = re.search(rf"\b{name}\b", rest)
        if found:
            return days, _without(rest, found)
    return None, rest


def _part(rest: str) -> tuple[str, str]:
    for name in _PARTS:
        found = re.search(rf"\b{name}\b", rest)
        if found:
            return name, _without(rest, found)
    return "", rest


def _in_part(hour: int, part: str) -> int:
    """Seven in the evening is 19, three at noon 15; two at night stays 2."""
    if part in {"chieu", "toi"} and 1 <= hour <= 11:
        return hour + 12
    if part == "dem" and 8 <= hour <= 11:
        return hour + 12
    if part == "trua" and 1 <= hour <= 3:
        return hour + 12
    return hour


def _without(rest: str, found: re.Match[str]) -> str:
    return f"{rest[: found.start()]} {rest[found.end() :]}".strip()

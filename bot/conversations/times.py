"""Reading a time as people type it to a friend: "19h30", "25/11 19:00", "7h tối mai", "thứ sáu 8 giờ kém 15".

Pure; `now` is given and carries the commune's zone. Called by `composing`; which day is meant is read by `days`.
Dates and times of forms and commands are read by `announcements/times.py`.
"""

import re
from datetime import datetime, timedelta

from announcements.mistakes import Mistake
from announcements.rendering import moment_words, phrase
from announcements.text import fold, nfc
from bot.conversations.days import Words, midnight, read_day

FURTHEST = timedelta(days=366)
END_OF_DAY = timedelta(hours=23, minutes=59)

_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2})\s*(?:(?:h|:|g|gio)\s*(\d{2})\s*(?:phut|ph|p|')?|(?:h|gio|g)?\s*(ruoi)|(?:h|gio|g))"
    r"(?:\s*kem\s*(\d{1,2})\s*(?:phut|ph|p|')?)?(?![\d:/a-z])",
    re.ASCII,
)
_PART = re.compile(r"\b(sang|trua|chieu|toi|dem)\b")
_SOON = re.compile(
    r"(?:(\d{1,3})\s*(?:(phut|ph|p)|(?:tieng|gio|h)(\s*ruoi)?)|nua (?:tieng|gio)) nua(?: nhe| nha| a)*", re.ASCII
)
_MANNERS = frozenset(
    {"luc", "vao", "ngay", "buoi", "hoi", "khoang", "dung", "den", "het", "nhe", "nha", "a", ",", "-", "."}
)


def read_moment(text: str, now: datetime) -> datetime:
    """The moment `text` means, in the zone of `now`. Raises `Mistake` for none, one that is past or too far."""
    words = Words(fold(text), Mistake(phrase("moment.not_understood", text=nfc(text)[:40])))
    soon = _soon(words.text, now)
    if soon is not None:
        return check_moment(soon, now)
    day = read_day(words, now)  # first: the hour of "19h 25-11" is not 19:25
    clock = _clock(words)
    if words.left - _MANNERS:
        raise words.unclear
    moment = (day.date if day else midnight(now)) + clock
    if day is not None and day.repeats and moment <= now:
        moment += day.repeats
    return check_moment(moment, now)


def read_end(text: str, now: datetime) -> datetime:
    """Until when something holds: a moment, or the end of a day where only the day is named. Raises `Mistake`."""
    words = Words(fold(text), Mistake(""))
    try:
        day = read_day(words, now)
    except Mistake:
        day = None
    if day is None or words.left - _MANNERS:
        return read_moment(text, now)
    return check_moment(day.date + END_OF_DAY, now)


def check_moment(moment: datetime, now: datetime) -> datetime:
    """`moment` if it lies ahead and within a year. Raises `Mistake`."""
    if moment <= now:
        raise Mistake(phrase("moment.past", moment=moment_words(moment)))
    if moment > now + FURTHEST:
        raise Mistake(phrase("moment.too_far"))
    return moment


def _soon(text: str, now: datetime) -> datetime | None:
    """ "30 phút nữa", "nửa tiếng nữa", "2 tiếng rưỡi nữa" from now; None for anything else."""
    found = _SOON.fullmatch(text)
    if found is None:
        return None
    count, minutes, half = found.groups()
    if count is None:
        return now + timedelta(minutes=30)
    return now + timedelta(minutes=int(count) * (1 if minutes else 60) + (30 if half else 0))


def _clock(words: Words) -> timedelta:
    """The time of the day, from its midnight on."""
    found, part = words.take(_CLOCK), words.take(_PART)
    if not found:
        raise words.unclear
    hour, minute = int(found[1]), 30 if found[3] else int(found[2] or 0)
    less = int(found[4] or 0)
    if hour > 24 or minute > 59 or less > 59 or (hour == 24 and minute):
        raise words.unclear
    return timedelta(hours=_in_part(hour, part[1] if part else ""), minutes=minute - less)


def _in_part(hour: int, part: str) -> int:
    """Seven in the evening is 19, three at noon 15, twelve at night the day's end; two at night stays 2."""
    if part in {"chieu", "toi"} and 1 <= hour <= 11:
        return hour + 12
    if part == "dem" and 8 <= hour <= 11:
        return hour + 12
    if part in {"toi", "dem"} and hour == 12:
        return 24
    if part == "trua" and 1 <= hour <= 3:
        return hour + 12
    return hour

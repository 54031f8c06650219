"""Putting announcements and short answers into words, from the files in `wording/`.

The dispatcher renders each notice once a channel with `render`; conversations and pages take their short texts from
`toast`, `moment_words` and what `announcements/phrases.py` has. All of it is Vietnamese; nothing else here is.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from announcements.channels import Limits
from announcements.phrases import label, phrase, phrases
from announcements.splitting import shorten, split_html, split_text
from announcements.text import nfc, nfc_block
from announcements.types import ChannelKind, Kind, Urgency

__all__ = [
    "TOAST_LENGTH",
    "NoticeText",
    "Paper",
    "acknowledge_label",
    "label",
    "moment_words",
    "phrase",
    "phrases",
    "render",
    "span_words",
    "template_names",
    "toast",
    "urgency_words",
    "weekday_words",
]

TOAST_LENGTH = 200  # Telegram's limit for the answer to a press, in UTF-16 units
TOAST_VALUE_LENGTH = 60  # a name in a toast is cut here, so that the longest toast fits

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Paper:
    """An attachment that a message can't carry: what it is called, and where it is."""

    name: str
    link: str


@dataclass(frozen=True, slots=True)
class NoticeText:
    """All that a message says about one broadcast in one area. Plain text as people typed it, never markup.

    `due_at` and `valid_until` carry the commune's time zone; `link` is the notice's address on the board;
    `supersedes` the code it corrects; `answer_hint` says how to answer on this channel, or is empty;
    `papers` are the attachments that have to be opened there.
    """

    code: str
    kind: Kind
    urgency: Urgency
    title: str
    body: str
    area_name: str
    sender_name: str
    due_at: datetime
    link: str
    valid_until: datetime | None = None
    supersedes: str | None = None
    answer_hint: str = ""
    papers: tuple[Paper, ...] = ()


def render(notice: NoticeText, limits: Limits, channel: ChannelKind | None = None) -> tuple[str, ...]:
    """The parts to send, in order, each within `limits.text_length`; the last one ends with the link and the code.

    HTML where `limits.html`, otherwise plain text. ValueError when the limit is below `splitting.SHORTEST_LIMIT`, or
    a time has no time zone.
    """
    clean = replace(notice, title=nfc(notice.title), body=nfc_block(notice.body))
    written = _template(notice.kind, channel, limits.html).render(
        notice=clean, urgency_mark=phrase(f"mark.{notice.urgency.word}")
    )
    # No NFC from here on: it would melt a tag's ">" and a combining stroke after it into one letter.
    text = _BLANK_LINES.sub("\n\n", written).strip()
    return split_html(text, limits.text_length) if limits.html else split_text(text, limits.text_length)


def template_names(kind: Kind, channel: ChannelKind | None, *, html: bool) -> tuple[str, ...]:
    """The wording files that may serve, the most particular first; only `notice.j2` has to exist."""
    particular = (f"{kind}.{channel}.j2",) if channel else ()
    return (*particular, f"{kind}.{'html' if html else 'text'}.j2", f"{kind}.j2", "notice.j2")


def moment_words(moment: datetime) -> str:
    """`19 giờ 00, thứ Hai ngày 23/11/2026`, in the zone `moment` carries. ValueError when it has none."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: convert it to the commune's first")
    return phrase(
        "date.moment",
        hour=moment.hour,
        minute=moment.minute,
        weekday=weekday_words(moment),
        day=moment.day,
        month=moment.month,
        year=moment.year,
    )


def span_words(span: timedelta) -> str:
    """`21 phút`, `2 giờ 05 phút`, `1 ngày 3 giờ`: to the minute, from a day on to the hour."""
    minutes = int(span.total_seconds()) // 60
    hours, days = minutes // 60, minutes // 1440
    if days:
        return phrase("date.days", days=days, hours=hours % 24) if hours % 24 else phrase("date.whole_days", days=days)
    if hours:
        return phrase("date.hours", hours=hours, minutes=minutes % 60)
    return phrase("date.minutes", minutes=minutes) if minutes else phrase("date.under_a_minute")


def weekday_words(moment: datetime) -> str:
    """`thứ Hai`."""
    return phrase(f"date.{_WEEKDAYS[moment.weekday()]}")


def urgency_words(urgency: Urgency) -> str:
    """A level and what it does."""
    return f"{label(urgency)}: {phrase(f'means.{urgency.word}')}"


def toast(name: str, /, **values: object) -> str:
    """The phrase `toast.<name>` with every value cut at 60 units, so that the whole fits a press's answer of 200."""
    return phrase(f"toast.{name}", **{key: shorten(str(value), TOAST_VALUE_LENGTH) for key, value in values.items()})


def acknowledge_label(done: int, total: int) -> str:
    """The button under a notice: `✅ Đã nhận (12/41)`, or without the count when nobody is counted."""
    if total == 0:
        return phrase("button.acknowledge")
    return phrase("button.acknowledge_counted", done=done, total=total)


@cache
def _template(kind: Kind, channel: ChannelKind | None, html: bool) -> Template:
    return _environment(html).select_template(template_names(kind, channel, html=html))


@cache
def _environment(html: bool) -> Environment:
    # One environment a format, not `select_autoescape`: a base template must be escaped as the one that extends it.
    environment = Environment(
        loader=PackageLoader("announcements", "wording"),
        autoescape=html,  # noqa: S701 -- off only for channels that send plain text as it is
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["moment"] = moment_words
    environment.filters["bold"] = Markup("<b>{}</b>").format if html else str
    return environment

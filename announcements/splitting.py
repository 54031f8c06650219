"""Cutting a text that is too long for one message into parts a person can follow. Called by `rendering`.

Lengths are UTF-16 code units of what is visible, after markup is parsed: how the platforms count.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import count

from announcements.text import utf16_length

SHORTEST_LIMIT = 32  # below this a part is mostly its own mark, and the longest emoji would have to be cut

_GOOD_BREAKS = (
    re.compile(r"\n\s*\n"),  # between paragraphs
    re.compile(r"\n|(?<=[^\d\s][.!?…;])\s"),  # between lines and sentences, not after "1."
)
_ANY_SPACE = re.compile(r"\s+")

_ZERO_WIDTH_JOINER = "\u200d"  # makes one emoji out of several
_MARKS = frozenset({"Mn", "Mc", "Me"})
_SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
_FLAG_TAGS = ("\U000e0020", "\U000e007f")
_FLAG_LETTERS = ("\U0001f1e6", "\U0001f1ff")

Tags = tuple[tuple[str, str], ...]  # the open elements, outermost first: name, start tag as written


def split_text(text: str, limit: int) -> tuple[str, ...]:
    """Plain text in parts of at most `limit` units, marked "(1/3) " when there are several.

    Cut between paragraphs where that fills at least half a part, else between sentences, else between words; only a
    word longer than a part is cut, and never inside a letter with its marks. ValueError for a `limit` below 32.
    """
    return tuple(mark + text[start:end] for mark, start, end in _marked_ranges(text, limit))


def split_html(markup: str, limit: int) -> tuple[str, ...]:
    """The same for HTML: every part is well-formed by itself, its open elements closed and opened again in the next."""
    runs = _Runs(markup).runs
    text = "".join(run for run, _ in runs)
    return tuple(mark + _markup(runs, start, end) for mark, start, end in _marked_ranges(text, limit))


def shorten(text: str, length: int) -> str:
    """`text` if it has at most `length` UTF-16 units, else its beginning with "…" in place of the rest."""
    if utf16_length(text) <= length:
        return text
    return text[: _letter_start(text, 0, _reach(text, 0, length - 1))].rstrip() + "…"


def _marked_ranges(text: str, limit: int) -> list[tuple[str, int, int]]:
    if limit < SHORTEST_LIMIT:
        raise ValueError(f"a message of {limit} characters can't carry a notice; at least {SHORTEST_LIMIT} are needed")
    ranges = list(_ranges(text, limit))
    if len(ranges) < 2:
        return [("", start, end) for start, end in ranges]
    for digits in count(1):  # the more parts, the longer their marks, the more parts
        ranges = list(_ranges(text, limit - len("(/) ") - 2 * digits))
        if len(str(len(ranges))) <= digits:
            break
    return [(f"({n}/{len(ranges)}) ", start, end) for n, (start, end) in enumerate(ranges, 1)]


def _ranges(text: str, room: int) -> Iterator[tuple[int, int]]:
    start = _skip_space(text, 0)
    while start < len(text):
        end = _reach(text, start, room)
        if text[end:].strip():
            end = _break(text, start, end)
        piece = text[start:end].rstrip()
        yield start, start + len(piece)
        start = _skip_space(text, end)


def _reach(text: str, start: int, room: int) -> int:
    """The furthest end so that `text[start:end]` takes at most `room` units."""
    end = min(start + room, len(text))
    while (over := utf16_length(text[start:end]) - room) > 0:
        end -= (over + 1) // 2  # every letter taken off frees one or two units
    return end


def _break(text: str, start: int, end: int) -> int:
    for pattern in _GOOD_BREAKS:
        places = [found.start() for found in pattern.finditer(text, start, end + 2) if found.start() <= end]
        if places and places[-1] - start >= (end - start) // 2:
            return places[-1]
    words = [found.start() for found in _ANY_SPACE.finditer(text, start + 1, end + 1)]
    return words[-1] if words else _letter_start(text, start, end)


def _letter_start(text: str, start: int, end: int) -> int:
    """The last place at or before `end` that is not inside a letter with its marks, or an emoji of several signs."""
    place = end
    while place > start and _is_inside_letter(text, place):
        place -= 1
    return place if place > start else end  # a letter longer than a part: cut it all the same


def _is_inside_letter(text: str, place: int) -> bool:
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if before == _ZERO_WIDTH_JOINER or after == _ZERO_WIDTH_JOINER or unicodedata.category(after) in _MARKS:
        return True
    if _is_in(after, _SKIN_TONES) or _is_in(after, _FLAG_TAGS):
        return True
    return _is_in(after, _FLAG_LETTERS) and _flag_letters_before(text, place) % 2 == 1


def _flag_letters_before(text: str, place: int) -> int:
    count = 0
    while count < place and _is_in(text[place - count - 1], _FLAG_LETTERS):
        count += 1
    return count


def _is_in(letter: str, span: tuple[str, str]) -> bool:
    return span[0] <= letter <= span[1]


def _skip_space(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


class _Runs(HTMLParser):
    """Markup taken apart into runs of visible text, each with the elements open around it."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[tuple[str, Tags]] = []
        self._open: Tags = ()
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open += ((tag, self.get_starttag_text() or f"<{tag}>"),)

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open[:-1]

    def handle_data(self, data: str) -> None:
        self.runs.append((data, self._open))


def _markup(runs: list[tuple[str, Tags]], start: int, end: int) -> str:
    pieces: list[str] = []
    at = 0
    for run, tags in runs:
        visible = run[max(start - at, 0) : max(end - at, 0)]
        at += len(run)
        if visible:
            opening = "".join(written for _, written in tags)
            closing = "".join(f"</{name}>" for name, _ in reversed(tags))
            pieces.append(opening + html.escape(visible, quote=False) + closing)
    return "".join(pieces)

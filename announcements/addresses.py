"""Addresses in the order a leader walks them: lane after lane, in each the alleys, in each the houses.

Called by whatever lists households of an area: the door-knock list, its printed sheet, the sheets of cards. An address
is free text; it is only read for sorting, so an odd one costs a wrong place in a list and nothing else.
"""

import re
from functools import lru_cache

from announcements.text import fold, nfc

NaturalKey = tuple[tuple[int, int, str], ...]
WalkKey = tuple[int, tuple[NaturalKey, ...], NaturalKey, str]

# What a part of an address begins with, the wider place first. Village and group are none: a list is of one of them,
# and some write them and some don't.
_LEVELS = (
    ("đường", "phố", "quốc lộ", "tỉnh lộ"),
    ("xóm", "khu", "cụm", "đội", "dãy"),
    ("ngõ", "hẻm", "kiệt"),
    ("ngách",),
    ("số nhà", "nhà số", "số", "sn"),
)
_ELSEWHERE = (
    *("thôn", "làng", "tổ", "tổ dân phố", "khu phố", "xã", "phường", "thị trấn", "huyện", "quận", "tỉnh", "thành phố"),
)
_LANE, _ALLEY, _HOUSE = 2, 3, 4

_LEVEL_OF = {word: level for level, words in enumerate(_LEVELS) for word in words} | dict.fromkeys(_ELSEWHERE, -1)
_PLAIN_LEVEL_OF = {fold(word): level for word, level in _LEVEL_OF.items()}

_READ, _UNREAD, _EMPTY = range(3)  # addresses that say nothing come last
_DIGITS = re.compile(r"(\d{1,18})")  # more at once is no number anybody counts by
_HOUSE_FIRST = re.compile(r"(?:nhà |nha )?(\d[^\s,;]*)")
_END = re.compile(r"[,;]")


def _words(levels: dict[str, int]) -> re.Pattern[str]:
    longest_first = sorted(levels, key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(longest_first)})(?!\w)[\s.:]*")


_PART, _PLAIN_PART = _words(_LEVEL_OF), _words(_PLAIN_LEVEL_OF)


@lru_cache(maxsize=65_536)
def walk_key(address: str) -> WalkKey:
    """A key to sort by: “Ngõ 2” before “Ngõ 10”, “số 3” before “số 12”; houses outside any lane come first.

    `Số 5, ngõ 3`, `5 ngõ 3` and `3/5` are one place, without tone marks too. What names no lane or house comes after
    them, nothing at all comes last.
    """
    text = nfc(address).lower()
    parts = _parts(text)
    how = _READ if any(parts) else _UNREAD if text else _EMPTY
    keys = tuple(natural_key(part) if part else () for part in parts)
    return how, keys, natural_key(text) if how == _UNREAD else (), text


def natural_key(text: str) -> NaturalKey:
    """A key to sort any text by: numbers in it by their value, letters without case and tone marks."""
    pieces = enumerate(piece.strip() for piece in _DIGITS.split(fold(text)))
    return tuple((0, int(piece), "") if place % 2 else (1, 0, piece) for place, piece in pieces if piece)


def _parts(text: str) -> list[str]:
    """What `text` says at each of `_LEVELS`; "" where it says nothing."""
    pattern, levels = (_PLAIN_PART, _PLAIN_LEVEL_OF) if text.isascii() else (_PART, _LEVEL_OF)
    found = [""] * len(_LEVELS)
    marks = [*pattern.finditer(text)]
    first = _HOUSE_FIRST.match(text)
    if first and not (marks and marks[0].start() == 0):
        found[_HOUSE] = first[1]
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):
        level = levels[mark[1]]
        said = _END.split(text[mark.end() : end], maxsplit=1)[0].strip(" .-–")
        if level >= 0 and said and not found[level]:
            found[level] = said
    return _unfolded(found)


def _unfolded(parts: list[str]) -> list[str]:
    """`12/3/5` as a house is house 5 in alley 3 of lane 12, `ngách 12/3` is alley 3 of lane 12."""
    for level in (_ALLEY, _HOUSE):
        outer, slash, inner = parts[level].partition("/")
        if slash and not parts[_LANE]:
            parts[_LANE], parts[level] = outer, inner
    alley, slash, house = parts[_HOUSE].partition("/")
    if slash and not parts[_ALLEY]:
        parts[_ALLEY], parts[_HOUSE] = alley, house
    return parts

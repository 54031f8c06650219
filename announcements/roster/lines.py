"""Rows of a sheet that are no household: blank, totals, section titles, headings repeated on every printed page."""

import re
from collections.abc import Sequence

from announcements.phones import read_phones
from announcements.roster.columns import Column, Layout

# “Tống” is a family name: the word must carry its own tone mark, or stand in a text that has none and goes on as a sum.
_UNIT = r"tự quản|tổ|thôn|xóm|ấp|bản|làng|khu|xã|toàn|trang|số|hộ|khẩu|dồn|chung"
_PLAIN_UNIT = r"tu quan|to|thon|xom|ap|ban|lang|khu|xa|toan|trang|so|ho|khau|don|chung"
_SUM = r"\s*(?:[:=]|\(?\d|$)"
_TOTAL = re.compile(rf"(?:tổng|cộng|tổng cộng)(?:\s+(?:{_UNIT})\b|{_SUM})")
_PLAIN_TOTAL = re.compile(rf"(?:tong|cong|tong cong)(?:\s+(?:{_PLAIN_UNIT}))*(?:{_SUM}|[^:=\d]*[:=])")
_COLUMN_NUMBER = re.compile(r"\(?(?:\d{1,2}|[A-Za-z])\)?")
_BESIDE = frozenset({Column.ADDRESS, Column.NOTE, Column.DEVICE, Column.PHONE, Column.CODE})


def is_household(cells: Sequence[str], layout: Layout) -> bool:
    """Whether a row below the headings means a household, complete or not."""
    filled = [text for text in cells if text]
    return not (
        not any(index < len(cells) and cells[index] for indexes in layout.indexes.values() for index in indexes)
        or _repeats_headings(cells, layout)
        or (len(filled) >= 3 and (_one_text_throughout(filled) or _numbers_the_columns(filled)))
        or _is_total(cells, layout)
    )


def says_total(text: str) -> bool:
    """“Cộng tổ: 9 hộ”, “TỔNG SỐ”, “tong cong: 300 ho”; not “Tống Thị Lan”."""
    small = text.lower()
    return bool(_PLAIN_TOTAL.match(small) if small.isascii() else _TOTAL.match(small))


def _is_total(cells: Sequence[str], layout: Layout) -> bool:
    if layout.texts(cells, Column.CODE) or read_phones(" ; ".join(layout.texts(cells, Column.PHONE))).numbers:
        return False
    head = layout.first(cells, Column.HEAD)
    if any(letter.isalpha() for letter in head):  # a bare number under “Chủ hộ” may be the sum itself
        return says_total(head)
    beside = {index for column in _BESIDE for index in layout.indexes.get(column, ())}
    return any(says_total(text) for index, text in enumerate(cells) if text and index not in beside)


def _repeats_headings(cells: Sequence[str], layout: Layout) -> bool:
    """The headings printed anew on top of a page: two of them at least, each in its own column."""
    again = sum(text == heading for text, heading in zip(cells, layout.headings, strict=False) if text)
    return again >= 2


def _one_text_throughout(filled: Sequence[str]) -> bool:
    """A section title in a cell merged over the whole width."""
    return all(text == filled[0] for text in filled)


def _numbers_the_columns(filled: Sequence[str]) -> bool:
    """The line (1) (2) (3) that official forms have under their headings."""
    return all(_COLUMN_NUMBER.fullmatch(text) for text in filled)

"""The roster's columns: their headings, what else people call them, and finding the heading row of a sheet."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.text import slug

HEADING_WITHIN = 50  # rows from the top: letterhead, title and date come before it


class Column(StrEnum):
    """In the order of an exported file; the value is the heading."""

    CODE = "Mã hộ"
    VILLAGE = "Thôn"
    GROUP = "Tổ"
    HEAD = "Chủ hộ"
    REPRESENTATIVE = "Đại diện"
    PHONE = "Điện thoại"
    ADDRESS = "Địa chỉ"
    DEVICE = "Thiết bị"
    NOTE = "Ghi chú"

    __hash__ = str.__hash__  # Enum's own is written in Python, and every cell is looked up by its column


NEEDED = (Column.VILLAGE, Column.GROUP, Column.HEAD)

# The surer name first: when two columns could be one, the surer is read and the other is named as unknown.
_ALSO = {
    Column.CODE: "household, code, household code, mã số hộ, mã hộ gia đình, mã hộ dân, mã số, mã",
    Column.VILLAGE: "village, tên thôn, thôn xóm, thôn xóm ấp, thôn tổ dân phố, thôn làng, xóm, ấp, bản, làng, buôn, "
    "khóm, tổ dân phố, khu phố, khu dân cư, khu",
    Column.GROUP: "group, tổ tự quản, tên tổ, tổ số, số tổ, tổ tự quản số, tổ TQ, tổ đội, nhóm, đội",
    Column.HEAD: "head, họ tên chủ hộ, họ và tên chủ hộ, tên chủ hộ, họ tên chủ hộ gia đình, chủ hộ gia đình, "
    "household head, head of household, head name, hộ gia đình, họ và tên, họ tên",
    Column.REPRESENTATIVE: "representative, người đại diện, họ tên người đại diện, họ và tên người đại diện, "
    "đại diện hộ, họ tên đại diện, tên người đại diện, người đại diện hộ",
    Column.PHONE: "phone, SĐT, số điện thoại, số ĐT, điện thoại liên hệ, số điện thoại liên hệ, SĐT liên hệ, ĐT, "
    "điện thoại di động, số di động, di động, ĐTDĐ, phone number, mobile, tel, SĐT Zalo, số Zalo",
    Column.ADDRESS: "address, địa chỉ nhà, địa chỉ cư trú, địa chỉ thường trú, nơi ở, chỗ ở, số nhà",
    Column.DEVICE: "device, loại thiết bị, loại điện thoại, loại máy",
    Column.NOTE: "note, notes, chú thích, lưu ý",
}
_ALL_ARE_READ = frozenset({Column.PHONE})  # a household may have a column for each of its telephones
_SERIAL = "STT, TT, số TT, số thứ tự, thứ tự, no, #"  # every list has one; not worth a warning

_IN_BRACKETS = re.compile(r"\([^)]*\)|\*")


def _plain(heading: str) -> str:
    return slug(heading).replace("-", "")


_MEANING = {
    _plain(name): (column, rank)
    for column in Column
    for rank, name in enumerate((column.value, *_ALSO[column].split(", ")))
}
_SERIALS = frozenset(map(_plain, _SERIAL.split(", ")))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each column of a sheet is: cell indexes from 0, and the headings nobody knows, as they are written."""

    headings: tuple[str, ...]
    indexes: Mapping[Column, tuple[int, ...]]
    unknown: tuple[str, ...]

    def texts(self, cells: Sequence[str], column: Column) -> list[str]:
        """What a row says in that column: no blanks, and each text once (merged cells repeat theirs)."""
        said = [cells[index] for index in self.indexes.get(column, ()) if index < len(cells) and cells[index]]
        return said if len(said) < 2 else list(dict.fromkeys(said))

    def first(self, cells: Sequence[str], column: Column) -> str:
        """The first of `texts`, or nothing."""
        for index in self.indexes.get(column, ()):
            if index < len(cells) and cells[index]:
                return cells[index]
        return ""


def meaning(heading: str) -> Column | None:
    """The column a heading names, without regard to case, tone marks, spacing, punctuation and remarks in brackets."""
    found = _meaning(heading)
    return found[0] if found else None


def find_headings(rows: Sequence[Sequence[str]]) -> int:
    """The index of the heading row among the first rows of a sheet. Mistake when there is none, or a column lacks."""
    named = [{column for cell in row if (column := meaning(cell))} for row in rows]
    most = max(range(len(rows)), key=lambda index: len(named[index]), default=0)
    if not rows or len(named[most]) < 2:
        raise Mistake(phrase("roster.no_headings", within=HEADING_WITHIN, columns=_listed(NEEDED)))
    missing = [column for column in NEEDED if column not in named[most]]
    if missing:
        raise Mistake(phrase("roster.columns_missing", columns=_listed(missing)))
    return most


def read_layout(headings: Sequence[str]) -> Layout:
    """Which cells of the rows below belong to which column."""
    candidates: dict[Column, list[tuple[int, int]]] = {}
    unknown: dict[str, None] = {}
    for index, heading in enumerate(headings):
        if found := _meaning(heading):
            candidates.setdefault(found[0], []).append((found[1], index))
        elif heading and _plain(heading) not in _SERIALS:
            unknown[heading] = None
    indexes = {}
    for column, ranked in candidates.items():
        surest = min(rank for rank, _ in ranked)
        chosen = [index for rank, index in ranked if rank == surest or column in _ALL_ARE_READ]
        indexes[column] = tuple(chosen)
        unknown.update(dict.fromkeys(headings[index] for _, index in ranked if index not in chosen))
    return Layout(tuple(headings), indexes, tuple(unknown))


def _meaning(heading: str) -> tuple[Column, int] | None:
    if not heading:
        return None
    without_remarks = _plain(_IN_BRACKETS.sub(" ", heading))
    found = _MEANING.get(_plain(heading)) or _MEANING.get(without_remarks)
    if found is None:
        found = _MEANING.get(without_remarks.rstrip("0123456789"))
        return found if found and found[0] in _ALL_ARE_READ else None
    return found


def _listed(columns: Sequence[Column]) -> str:
    return ", ".join(f"“{column.value}”" for column in columns)

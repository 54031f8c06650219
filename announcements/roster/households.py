"""One row of the roster read into a household, or the reason why it can't be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from announcements.phones import read_phones
from announcements.place_names import group_name, village_name
from announcements.roster import problems
from announcements.roster.columns import Column, Layout
from announcements.roster.problems import LONGEST, LONGEST_CODE, LONGEST_NAME, Problem
from announcements.text import slug
from announcements.types import Device

_COLUMNS = tuple(Column)
_LETTER = re.compile(r"[^\W\d_]")

DEVICE_WORDS = {
    Device.SMARTPHONE: "smartphone",
    Device.BASIC: "điện thoại thường",
    Device.NONE: "không có",
    Device.UNKNOWN: "",
}
_ALSO = {
    Device.SMARTPHONE: "điện thoại thông minh, đt thông minh, máy thông minh, thông minh, smart phone, smart, iphone, "
    "android, điện thoại cảm ứng, cảm ứng, máy tính bảng, ipad, tablet",
    Device.BASIC: "đt thường, điện thoại phím, điện thoại bàn phím, máy phím, cục gạch, điện thoại cục gạch, thường, "
    "basic, feature phone, điện thoại cơ bản, điện thoại bàn, máy bàn, 2G",
    Device.NONE: "không, không có điện thoại, không dùng, không có thiết bị, none, no, ko, ko có",
    Device.UNKNOWN: "không rõ, chưa rõ, chưa biết, unknown, ?",
}
_DEVICES = {
    slug(word): device for device, words in _ALSO.items() for word in (DEVICE_WORDS[device], *words.split(", "))
}


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A household as the file has it: everything in NFC and on one line, phones in E.164, no code when it has none.

    `row` is the spreadsheet's own number, from 1. `representative` is the head when the file names nobody.
    """

    row: int
    code: str | None
    village: str
    group: str
    head: str
    representative: str
    phones: tuple[str, ...] = ()
    address: str = ""
    note: str = ""
    device: Device = Device.UNKNOWN


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """What a row that was not taken still says of the household it means; empty where it says nothing.

    `code` is None when it has none, or one that is another household's.
    """

    row: int
    code: str | None = None
    village: str = ""
    group: str = ""
    head: str = ""
    phones: tuple[str, ...] = ()
    address: str = ""


def read_refused(row: int, cells: Sequence[str], layout: Layout) -> RefusedRow:
    """The same row as `read_household` refused, as far as it can be read."""
    said = {column: layout.first(cells, column) for column in _COLUMNS}
    return RefusedRow(
        row=row,
        code=said[Column.CODE].upper() or None,
        village=village_name(said[Column.VILLAGE]),
        group=group_name(said[Column.GROUP]),
        head=said[Column.HEAD] if _LETTER.search(said[Column.HEAD]) else "",
        phones=_phones(row, layout.texts(cells, Column.PHONE), []),
        address=said[Column.ADDRESS],
    )


def refused(household: HouseholdRow) -> RefusedRow:
    """A household that could be read and was refused because its code is another one's."""
    return RefusedRow(household.row, None, household.village, household.group, household.head, household.phones,
                      household.address)  # fmt: skip


def read_household(row: int, cells: Sequence[str], layout: Layout) -> tuple[HouseholdRow | None, list[Problem]]:
    """The household and what to remark about it; or None and the one reason for refusing it."""
    said = {column: layout.first(cells, column) for column in _COLUMNS}
    if refusal := _refusal(row, said):
        return None, [refusal]
    remarks: list[Problem] = []
    household = HouseholdRow(
        row=row,
        code=said[Column.CODE].upper() or None,
        village=village_name(said[Column.VILLAGE]),
        group=group_name(said[Column.GROUP]),
        head=said[Column.HEAD],
        representative=said[Column.REPRESENTATIVE] or said[Column.HEAD],
        phones=_phones(row, layout.texts(cells, Column.PHONE), remarks),
        address=_shortened(row, Column.ADDRESS, said, remarks),
        note=_shortened(row, Column.NOTE, said, remarks),
        device=_device(row, said[Column.DEVICE], remarks),
    )
    return household, remarks


def _refusal(row: int, said: dict[Column, str]) -> Problem | None:
    named = {
        Column.VILLAGE: village_name(said[Column.VILLAGE]),
        Column.GROUP: group_name(said[Column.GROUP]),
        Column.HEAD: said[Column.HEAD],
    }
    if lacking := [column for column, name in named.items() if not name]:
        return problems.missing(row, lacking)
    for column in (*named, Column.REPRESENTATIVE):
        if len(said[column]) > LONGEST_NAME:
            return problems.too_long(row, column, LONGEST_NAME)
    if len(said[Column.CODE]) > LONGEST_CODE:
        return problems.too_long(row, Column.CODE, LONGEST_CODE)
    if not _LETTER.search(said[Column.HEAD]):
        return problems.not_a_name(row, Column.HEAD, said[Column.HEAD])
    return None


def _phones(row: int, texts: Sequence[str], remarks: list[Problem]) -> tuple[str, ...]:
    numbers: dict[str, None] = {}
    for text in texts:
        phones = read_phones(text)
        numbers.update(dict.fromkeys(phones.numbers))
        remarks.extend(problems.unread_phone(row, piece) for piece in phones.unread)
    return tuple(numbers)


def _shortened(row: int, column: Column, said: dict[Column, str], remarks: list[Problem]) -> str:
    text, longest = said[column], LONGEST[column]
    if len(text) <= longest:
        return text
    remarks.append(problems.cut_short(row, column, longest))
    return text[:longest].rstrip()


def _device(row: int, text: str, remarks: list[Problem]) -> Device:
    device = _device_of(text)
    if device is None:
        remarks.append(problems.unknown_device(row, text))
    return device or Device.UNKNOWN


@lru_cache(maxsize=1024)
def _device_of(text: str) -> Device | None:
    return _DEVICES.get(slug(text))

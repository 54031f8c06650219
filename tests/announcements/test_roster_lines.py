"""Rows that are no household."""

import pytest

from announcements.roster.columns import read_layout
from announcements.roster.lines import is_household, says_total

HEADINGS = ("STT", "Thôn", "Tổ", "Chủ hộ", "SĐT", "Mã hộ", "Ghi chú", "Dân số")
LAYOUT = read_layout(HEADINGS)
LAN = ("1", "Thu Quế", "Tổ 1", "Nguyễn Thị Lan", "0912345678", "SP-0001", "", "4")


@pytest.mark.parametrize(
    "text",
    [
        *("Cộng tổ: 9 hộ", "Tổng cộng: 300 hộ", "TỔNG CỘNG", "Cộng", "Tổng số", "Tổng số hộ: 41", "Cộng thôn Thu Quế"),
        *("tong cong: 300 ho", "Tong cong", "cong to 3: 9 ho", "Cong thon Thu Que: 90 ho", "Tổng = 9", "Cộng 9 hộ"),
    ],
)
def test_a_sum_is_told_from_its_text(text: str) -> None:
    assert says_total(text)


@pytest.mark.parametrize(
    "text",
    ["Tống Thị Lan", "Tống Công", "Công Văn Hải", "Cống Thị Mai", "Tong Thi Lan", "Nguyễn Văn Cộng"],
)
def test_a_person_is_no_sum(text: str) -> None:
    assert not says_total(text)


@pytest.mark.parametrize(
    "cells",
    [
        (),
        ("",) * 8,
        ("17", "", "", "", "", "", "", ""),  # numbered in advance, never filled in
        ("", "", "", "Cộng tổ: 9 hộ", "", "", "", ""),
        ("", "Thu Quế", "Tổ 1", "Cộng tổ: 9 hộ", "", "", "", "36"),
        ("Tổng cộng", "", "", "300", "", "", "", "1200"),
        ("Tổng cộng", "Tổng cộng", "Tổng cộng", "", "-", "", "", "1200"),
        ("", "", "", "", "", "", "", "Cộng: 36"),
        HEADINGS,
        ("THÔN THU QUẾ",) * 8,
        ("(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"),
        ("A", "B", "1", "2", "3", "4", "5", "6"),
    ],
)
def test_a_total_a_blank_or_a_repeated_heading_is_not_a_household(cells: tuple[str, ...]) -> None:
    assert not is_household(cells, LAYOUT)


@pytest.mark.parametrize(
    "cells",
    [
        LAN,
        ("", "", "", "Nguyễn Thị Lan", "", "", "", ""),  # incomplete: to be refused, not passed over
        ("1", "Thu Quế", "Tổ 1", "", "0912345678", "SP-0001", "", ""),
        ("1", "Thu Quế", "Tổ 1", "Tống Thị Lan", "", "", "", ""),
        ("1", "Thu Quế", "Tổ 1", "Nguyễn Thị Lan", "", "", "Cộng 2 hộ ghép", ""),
        ("1", "Thu Quế", "Tổ 1", "Cộng Thị Lan: 2", "0912345678", "", "", ""),
    ],
)
def test_a_row_that_means_a_household_is_one(cells: tuple[str, ...]) -> None:
    assert is_household(cells, LAYOUT)

"""The heading row of a roster: finding it and understanding it."""

import unicodedata

import pytest

from announcements.mistakes import Mistake
from announcements.roster.columns import Column, find_headings, meaning, read_layout


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        *(("Mã hộ", Column.CODE), ("household", Column.CODE), ("CODE", Column.CODE), ("mã số hộ", Column.CODE)),
        *(("Thôn", Column.VILLAGE), ("THÔN ", Column.VILLAGE), ("thon", Column.VILLAGE), ("village", Column.VILLAGE)),
        *(("Thôn/Xóm", Column.VILLAGE), ("Tổ dân phố", Column.VILLAGE)),
        *(("Tổ", Column.GROUP), ("to", Column.GROUP), ("tổ tự quản", Column.GROUP), ("Group", Column.GROUP)),
        *(
            ("Chủ hộ", Column.HEAD),
            ("Họ tên chủ hộ", Column.HEAD),
            ("Họ và tên chủ hộ", Column.HEAD),
            ("head", Column.HEAD),
        ),
        *(("  Đại  diện", Column.REPRESENTATIVE), ("representative", Column.REPRESENTATIVE)),
        *(
            ("Điện thoại", Column.PHONE),
            ("SĐT", Column.PHONE),
            ("so dien thoai", Column.PHONE),
            ("phone", Column.PHONE),
        ),
        *(("Điện thoại 2", Column.PHONE), ("SĐT (nếu có)", Column.PHONE), ("Số ĐT", Column.PHONE)),
        *(("dia chi", Column.ADDRESS), ("Address", Column.ADDRESS), ("Ghi chú", Column.NOTE), ("note", Column.NOTE)),
        *(("Thiết bị", Column.DEVICE), ("device", Column.DEVICE), ("Chủ hộ (*)", Column.HEAD), ("ChủHộ", Column.HEAD)),
    ],
)
def test_a_heading_is_understood_whatever_its_spelling(heading: str, column: Column) -> None:
    assert meaning(heading) is column
    assert meaning(unicodedata.normalize("NFC", heading.upper())) is column


@pytest.mark.parametrize("heading", ["", "Dân số", "STT", "Thôn Thu Quế", "Tổ 1", "Chủ hộ 2", "(*)"])
def test_other_texts_are_no_heading(heading: str) -> None:
    assert meaning(heading) is None


def test_the_heading_row_may_have_lines_above_it() -> None:
    rows = [
        ("ỦY BAN NHÂN DÂN XÃ",),
        ("DANH SÁCH HỘ", "", "Thôn"),
        (),
        ("STT", "Thôn", "Tổ", "Chủ hộ"),
        ("1", "A", "1", "B"),
    ]
    assert find_headings(rows) == 3


def test_the_first_of_two_heading_rows_counts() -> None:
    headings = ("Thôn", "Tổ", "Chủ hộ")
    assert find_headings([("",), headings, ("Thu Quế", "1", "Nguyễn Thị Lan"), headings]) == 1


@pytest.mark.parametrize("rows", [[], [("Thu Quế", "1", "Nguyễn Thị Lan")], [("Thôn",), ("Tổ",)]])
def test_a_sheet_without_headings_is_told_what_it_needs(rows: list[tuple[str, ...]]) -> None:
    with pytest.raises(Mistake, match=r"Không thấy hàng tiêu đề.*“Thôn”, “Tổ”, “Chủ hộ”"):
        find_headings(rows)


def test_a_needed_column_that_lacks_is_named() -> None:
    with pytest.raises(Mistake, match=r"thiếu cột “Thôn”\."):
        find_headings([("Tổ", "Chủ hộ", "SĐT")])


def test_unknown_columns_are_named_once_and_the_serial_number_is_not() -> None:
    layout = read_layout(("STT", "Thôn", "Tổ", "Chủ hộ", "Dân số", "", "Dân số", "Nghề nghiệp"))
    assert layout.unknown == ("Dân số", "Nghề nghiệp")


def test_a_surer_heading_is_preferred_and_the_other_named() -> None:
    layout = read_layout(("Họ và tên", "Thôn", "Tổ", "Chủ hộ"))
    assert layout.indexes[Column.HEAD] == (3,)
    assert layout.unknown == ("Họ và tên",)


def test_every_phone_column_is_read() -> None:
    layout = read_layout(("Thôn", "Tổ", "Chủ hộ", "Điện thoại 1", "Điện thoại 2"))
    cells = ("Thu Quế", "1", "Nguyễn Thị Lan", "0912345678", "0977322045")
    assert layout.texts(cells, Column.PHONE) == ["0912345678", "0977322045"]
    assert layout.texts(cells[:4], Column.PHONE) == ["0912345678"]

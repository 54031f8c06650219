"""Spreadsheet files: whatever people send in, and what we write."""

import csv
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from announcements.roster import HEADINGS, Roster, read_roster, roster_line
from bot.sheets import Cell, Sheet, SheetError, read_sheet, rows_as_bytes, write_rows
from bot.sheets.workbooks import read_workbook

LAN = ("SP-0001", "Thu Quế", "Tổ 1", "Nguyễn Thị Lan", "", "0912345678", "Ngõ 3, thôn Thu Quế", "smartphone", "")
HAI = ("SP-0002", "Thu Quế", "Tổ 1", "Trần Văn Hải", "", "", "Ngõ 5, thôn Thu Quế", "không có", "")
MAI = ("SP-0003", "Tháp Thượng", "Tổ 1", "Lê Thị Mai", "", "0977322045", "Ngõ 3", "điện thoại thường", "")


def workbook(path: Path, rows: Sequence[Sequence[object]], merged: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    book.save(path)
    return path


def text(path: Path, rows: Sequence[Sequence[str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def cells(sheet: Sheet) -> list[tuple[Cell, ...]]:
    return [row.cells for row in sheet.rows]


def roster(path: Path) -> Roster:
    return read_roster(read_sheet(path).rows)


def heads(path: Path) -> list[str]:
    return [household.head for household in roster(path).households]


# --- workbooks


def test_a_workbook_gives_its_rows_with_the_spreadsheets_own_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["B3"], sheet["C3"], sheet["D3"], sheet["E3"] = "Bà Lan", 3, 3.5, date(2026, 3, 12)
    sheet["B5"] = 912345678.0
    book.save(path)
    rows = {row.number: row.cells for row in read_sheet(path).rows}
    assert rows[3] == (None, "Bà Lan", 3, 3.5, date(2026, 3, 12))
    assert rows[4] == (None,) * 5
    assert rows[5][1] == 912345678
    assert isinstance(rows[5][1], int)


def test_merged_cells_are_filled_and_blank_ones_stay_blank(tmp_path: Path) -> None:
    rows = [("Thu Quế", "Tổ 1", "Lan"), (None, None, "Hải"), (None, None, "Hoa"), (None, None, "Mai")]
    path = workbook(tmp_path / "a.xlsx", rows, merged=["A1:A3", "B2:B3"])
    assert cells(read_sheet(path)) == [
        ("Thu Quế", "Tổ 1", "Lan"),
        ("Thu Quế", None, "Hải"),
        ("Thu Quế", None, "Hoa"),
        (None, None, "Mai"),
    ]


def test_cells_merged_both_ways_are_filled(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [(None, "x", None, 1), (None, None, None, 2)], merged=["B1:C2"])
    assert cells(read_sheet(path)) == [(None, "x", "x", 1), (None, "x", "x", 2)]


def test_the_first_visible_sheet_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["ẩn"])
    book.worksheets[0].sheet_state = "hidden"
    book.create_sheet("Danh sách & hộ").append(["hiện"])
    book.create_sheet("Thống kê").append(["sau"])
    book.active = 1
    book.save(tmp_path / "a.xlsx")
    assert cells(read_sheet(tmp_path / "a.xlsx")) == [("hiện",)]


def test_a_stray_cell_in_a_far_corner_is_named_and_costs_no_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "Thôn"
    book.worksheets[0]["XFD1048576"] = " "
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(SheetError, match="hàng 1048576, cột 16384"):
        read_sheet(tmp_path / "a.xlsx")


def test_a_cell_far_away_that_only_has_a_look_does_no_harm(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "Thôn"
    book.worksheets[0]["XFD1048576"].number_format = "@"
    book.save(tmp_path / "a.xlsx")
    assert cells(read_sheet(tmp_path / "a.xlsx")) == [("Thôn",)]


def test_a_stray_cell_on_another_sheet_is_no_matter(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "Thôn"
    book.create_sheet("Nháp")["XFD1048576"] = "x"
    book.save(tmp_path / "a.xlsx")
    assert cells(read_sheet(tmp_path / "a.xlsx")) == [("Thôn",)]


def test_an_empty_sheet_is_told(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="trống"):
        read_sheet(workbook(tmp_path / "a.xlsx", []))


def test_a_damaged_workbook_is_told(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", [LAN]).read_bytes()
    for length in (4, 100, len(whole) // 2, len(whole) - 30):
        (tmp_path / "b.xlsx").write_bytes(whole[:length])
        with pytest.raises(SheetError, match="hỏng"):
            read_sheet(tmp_path / "b.xlsx")


def test_a_zip_that_is_no_workbook_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("thơ.txt", "Bà Lan")
    with pytest.raises(SheetError, match="hỏng"):
        read_sheet(tmp_path / "a.xlsx")


# --- CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_is_read_with_any_usual_separator_and_encoding(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = text(tmp_path / "a.csv", [HEADINGS, LAN, HAI], delimiter, encoding)
    sheet = read_sheet(path)
    assert cells(sheet) == [HEADINGS, LAN, HAI]
    assert sheet.warnings == ()


def test_commas_in_addresses_do_not_hide_the_separator(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    row = "Thu Quế;1;Nguyễn Thị Lan;0912345678;Ngõ 3, Thu Quế, Hà Nội\n"
    path.write_text("Thôn;Tổ;Chủ hộ;SĐT;Địa chỉ\n" + row * 3, encoding="utf-8")
    assert cells(read_sheet(path))[1] == ("Thu Quế", "1", "Nguyễn Thị Lan", "0912345678", "Ngõ 3, Thu Quế, Hà Nội")


def test_the_line_that_names_the_separator_is_not_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=|\nThôn|Tổ\n", encoding="utf-8")
    assert [tuple(row) for row in read_sheet(path).rows] == [(1, ("Thôn", "Tổ"))]


def test_blank_lines_and_line_ends_inside_a_cell_keep_the_count_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Thôn,Tổ\n\n"Thu\nQuế",1\nTháp Thượng,2\n', encoding="utf-8")
    assert [row.number for row in read_sheet(path).rows if row.cells] == [1, 3, 4]


def test_the_old_vietnamese_encoding_is_read_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Thôn,Tô\u0309\nThu Quê\u0301,1\n".encode("windows-1258"))
    sheet = read_sheet(path)
    assert "windows-1258" in sheet.warnings[0]
    assert cells(sheet) == [("Thôn", "Tô\u0309"), ("Thu Quê\u0301", "1")]


def test_a_quotation_mark_left_open_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Thôn,Tổ\nThu Quế,"1\nTháp Thượng,2\n', encoding="utf-8")
    with pytest.raises(SheetError, match=r"dòng 3.*ngoặc kép"):
        cells(read_sheet(path))


# --- files that are no spreadsheet


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"", "trống"),
        ("a.xlsx", b"Th\xc3\xb4n,T\xe1\xbb\x95\n", "không phải bảng tính"),
        ("a.pdf", b"%PDF-1.7", "không phải bảng tính"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "kiểu cũ"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "mật khẩu"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "không phải tệp chữ|Không đọc được chữ"),
        ("a.csv", b"a\0b,c\n", "không phải tệp chữ"),
        ("a.csv", b"\xff\xfea", "Không đọc được chữ"),
    ],
)
def test_a_file_of_another_kind_is_told_what_to_do(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SheetError, match=sentence) as told:
        cells(read_sheet(tmp_path / name))
    assert told.value.sentence.endswith(".")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="Không có tệp"):
        read_sheet(tmp_path / "a.xlsx")


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="Không mở được tệp"):
        read_sheet(tmp_path)


def test_a_workbook_that_calls_itself_csv_is_read_all_the_same(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", [HEADINGS, LAN]).rename(tmp_path / "a.csv")
    assert heads(tmp_path / "a.csv") == ["Nguyễn Thị Lan"]


@given(noise=st.binary(min_size=1, max_size=40), at=st.floats(0, 1))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_to_a_workbook_goes_beyond_a_sentence(tmp_path: Path, noise: bytes, at: float) -> None:
    path = tmp_path / "a.xlsx"
    whole = bytearray(workbook(path, [HEADINGS, LAN, HAI]).read_bytes())
    start = int(at * (len(whole) - len(noise)))
    whole[start : start + len(noise)] = noise
    path.write_bytes(whole)
    try:
        rows = cells(read_workbook(path))
    except SheetError as told:
        assert told.sentence.endswith(".")
    else:
        assert len(rows) <= 3


# --- writing


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_what_is_written_is_read_back(tmp_path: Path, ending: str) -> None:
    rows = [("0912345678", "=1+1", "+84", "-5", "@x", "'=1", "''=1", "'a", "#N/A", 'a,b;c\n"d"'), ("Bà Lan",) * 10]
    path = tmp_path / f"a.{ending}"
    write_rows(path, ("Cột",) * 10, rows)
    assert cells(read_sheet(path)) == [("Cột",) * 10, *rows]


def test_no_cell_of_a_csv_begins_like_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_rows(path, ("=A",), [("=1+1",), ("+1",), ("-1",), ("@a",), ("\t=1",), ("\r=1",), ("'=1",)])
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["'=A", "'=1+1", "'+1", "'-1", "'@a", "'\t=1", "'\r=1", "''=1"]


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_rows(path, ("=A", "B"), [("=1+1", "#N/A"), ("+1", "0912345678")])
    sheet = openpyxl.load_workbook(path).worksheets[0]
    written = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in written} == {"s"}
    assert {cell.number_format for cell in written} == {"@"}


def test_numbers_and_dates_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    row = (-5, 2.5, date(2026, 3, 12), datetime(2026, 3, 12, 19, 30), timedelta(hours=30), True, None)  # noqa: DTZ001 - sheets have no zones
    write_rows(path, "abcdefg", [row])
    assert cells(read_sheet(path))[1] == row


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_table_can_be_had_without_a_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(rows_as_bytes(f".{ending}", HEADINGS, [LAN]))
    assert cells(read_sheet(path))[1][:2] == LAN[:2]


def test_text_longer_than_a_cell_can_hold_is_cut(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.xlsx", ("a",), [("ạ" * 40_000,)])
    assert cells(read_sheet(tmp_path / "a.xlsx"))[1] == ("ạ" * 32_767,)


def test_a_workbook_has_bold_headings_that_stay_in_view_and_room_for_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_rows(path, HEADINGS, [LAN])
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet["A1"].font.bold
    assert not sheet["A2"].font.bold
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["D"].width > len("Nguyễn Thị Lan")


def test_excel_opens_the_csv_as_utf_8(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.csv", HEADINGS, [LAN])
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbfM\xc3\xa3")


def test_control_characters_do_not_spoil_a_workbook(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.xlsx", ("a",), [("Bà\x0b Lan\x00",)])
    assert cells(read_sheet(tmp_path / "a.xlsx"))[1] == ("Bà Lan",)


@pytest.mark.parametrize("name", ["a.pdf", "a", "none/a.csv", "none/a.xlsx"])
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(SheetError):
        write_rows(tmp_path / name, HEADINGS, [LAN])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_an_old_file_survives_when_the_new_one_fails(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    write_rows(path, ("a",), [("cũ",)])

    def failing() -> list[tuple[str]]:
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        write_rows(path, ("a",), (row for _ in range(2) for row in failing()))
    assert cells(read_sheet(path))[1] == ("cũ",)
    assert list(tmp_path.iterdir()) == [path]


# --- whole rosters


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_importing_an_exported_file_gives_the_same_households(tmp_path: Path, ending: str) -> None:
    tricky = ("", "Xóm Đình", "Tổ Chợ", "Lê Thị Mai", "", "0977322045 / +82 10-1234-5678", "=Ngõ", "", "'=- nhà")
    first = roster(text(tmp_path / "first.csv", [HEADINGS, LAN, HAI, tricky]))
    write_rows(tmp_path / f"a.{ending}", HEADINGS, map(roster_line, first.households))
    assert roster(tmp_path / f"a.{ending}") == first


def test_a_messy_workbook_is_read_as_a_person_would(tmp_path: Path) -> None:
    headings = (
        "STT",
        "THÔN ",
        "tổ tự quản",
        "Họ tên chủ hộ",
        "  Đại  diện",
        "SĐT",
        "dia chi",
        "Mã  hộ",
        "Thiết bị",
        "Dân số",
    )
    total = (None, None, None, "Cộng tổ: 2 hộ", None, None, None, None, None, None)
    rows = [
        ("ỦY BAN NHÂN DÂN XÃ",),
        ("DANH SÁCH HỘ GIA ĐÌNH",),
        (),
        (*headings, "Dân số"),
        (1, "Thu Quế", 1, "Nguye\u0302\u0303n Thi\u0323 Lan  ", None, 912345678, "Ngõ 3", "SP-0001", "SMARTPHONE", 5),
        (2, None, None, "Trần Văn Hải", "Trần Thị Hoa", "-", "Ngõ 5", "SP-0002", "không có", 2),
        total,
        (3, "Tháp Thượng", 1.0, "Lê Thị Mai", None, "0977322045 / 0762736357", None, "SP-0003", None, 3),
        (4, "Tháp Thượng", "Tổ 1", None, None, "0912345678", None, "SP-0004", "smartphone", 3),
        (5, "Tháp Thượng", "Tổ 1", "Trần Thị Thử", None, "09123", None, "SP-0005", "smartphone", 3),
        (6, "Tháp Thượng", "Tổ 2", "Người Khác Hẳn", None, None, None, "SP-0001", "không có", 3),
        (None, None, None, "Tổng cộng: 4 hộ", None, None, None, None, None, None),
    ]
    read = roster(workbook(tmp_path / "a.xlsx", rows, merged=["A1:J1", "A2:J2", "B5:B6", "C5:C6"]))
    assert [(household.head, household.village, household.group) for household in read.households] == [
        ("Nguyễn Thị Lan", "Thôn Thu Quế", "Tổ 1"),
        ("Trần Văn Hải", "Thôn Thu Quế", "Tổ 1"),
        ("Lê Thị Mai", "Thôn Tháp Thượng", "Tổ 1"),
        ("Trần Thị Thử", "Thôn Tháp Thượng", "Tổ 1"),
    ]
    assert [household.phones for household in read.households] == [
        ("+84912345678",),
        (),
        ("+84977322045", "+84762736357"),
        (),
    ]
    assert [(problem.row, problem.column, problem.refused) for problem in read.problems] == [
        (9, "Chủ hộ", True),
        (10, "Điện thoại", False),
        (11, "Mã hộ", True),
    ]
    assert read.rows == 6
    assert "“Dân số”" in read.warnings[0]


def test_a_csv_with_plain_headings_and_semicolons_is_read(tmp_path: Path) -> None:
    headings = ("Ma ho", "thon", "to", "chu ho", "so dien thoai", "thiet bi")
    rows = [headings, ("SP-0001", "Thu Quế", "Tổ 1", "Nguyễn Thị Lan", "0912345678", "smartphone")]
    (household,) = roster(text(tmp_path / "a.csv", rows, ";", "utf-8-sig")).households
    assert (household.code, household.row, household.phones) == ("SP-0001", 2, ("+84912345678",))

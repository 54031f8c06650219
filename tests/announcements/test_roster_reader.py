"""A whole roster read: what is taken, what is remarked, what is refused."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.mistakes import Mistake
from announcements.roster import HEADINGS, HouseholdRow, Problem, Roster, read_roster, roster_line
from announcements.types import Device

LAN = ("SP-0001", "Thu Quế", "Tổ 1", "Nguyễn Thị Lan", "", "0912345678", "Ngõ 3", "smartphone", "")
HAI = ("SP-0002", "Thu Quế", "Tổ 1", "Trần Văn Hải", "Trần Thị Hoa", "", "Ngõ 5", "không có", "nhà cuối ngõ")
MAI = ("SP-0003", "Tháp Thượng", "Tổ 1", "Lê Thị Mai", "", "0977322045", "Ngõ 3", "điện thoại thường", "")
CODE, VILLAGE, GROUP, HEAD, REPRESENTATIVE, PHONE, ADDRESS, DEVICE, NOTE = range(9)


def read(*rows: Sequence[object], headings: Sequence[object] = HEADINGS) -> Roster:
    return read_roster(enumerate([headings, *rows], 1))


def but(row: Sequence[object], **cells: object) -> tuple[object, ...]:
    """The row with other values in the named columns."""
    changed = list(row)
    for name, value in cells.items():
        changed[globals()[name.upper()]] = value
    return tuple(changed)


def only(roster: Roster) -> HouseholdRow:
    (household,) = roster.households
    return household


def refusal(roster: Roster) -> Problem:
    (problem,) = roster.problems
    assert problem.refused
    return problem


def test_a_household_has_everything_its_row_says() -> None:
    roster = read(LAN, HAI, MAI)
    lan, hai, mai = roster.households
    assert lan == HouseholdRow(
        row=2,
        code="SP-0001",
        village="Thôn Thu Quế",
        group="Tổ 1",
        head="Nguyễn Thị Lan",
        representative="Nguyễn Thị Lan",
        phones=("+84912345678",),
        address="Ngõ 3",
        device=Device.SMARTPHONE,
    )
    assert (hai.representative, hai.device, hai.note) == ("Trần Thị Hoa", Device.NONE, "nhà cuối ngõ")
    assert (mai.village, mai.device) == ("Thôn Tháp Thượng", Device.BASIC)
    assert (roster.problems, roster.warnings, roster.rows) == ((), (), 3)


def test_columns_come_in_any_order_below_any_title() -> None:
    rows = [
        ("ỦY BAN NHÂN DÂN XÃ", None),
        (None, None),
        ("SĐT", "Họ tên chủ hộ", "tổ tự quản", " THÔN "),
        (912345678.0, "Nguyễn Thị Lan", 1.0, "thu quế"),
    ]
    household = only(read_roster(enumerate(rows, 7)))
    assert (household.row, household.village, household.group) == (10, "Thôn Thu Quế", "Tổ 1")
    assert (household.phones, household.code) == (("+84912345678",), None)


def test_decomposed_text_and_stray_spaces_are_put_right() -> None:
    messy = [unicodedata.normalize("NFD", f"  {cell.replace(' ', '   ')} \u200b") for cell in LAN]
    assert read(messy).households == read(LAN).households


def test_unknown_columns_are_named_once_in_a_warning() -> None:
    roster = read((*LAN, 4), (*HAI, 5), headings=(*HEADINGS, "Dân số"))
    assert roster.warnings == ("Bỏ qua các cột không dùng đến: “Dân số”.",)
    assert roster.problems == ()


@pytest.mark.parametrize(("lacking", "column"), [("village", "Thôn"), ("group", "Tổ"), ("head", "Chủ hộ")])
@pytest.mark.parametrize("blank", [None, "", "  ", "-", "#N/A"])
def test_a_row_without_village_group_or_head_is_refused_and_the_others_kept(
    lacking: str, column: str, blank: object
) -> None:
    roster = read(but(LAN, **{lacking: blank}), HAI)
    assert only(roster).code == "SP-0002"
    problem = refusal(roster)
    assert (problem.row, problem.column) == (2, column)
    assert f"Thiếu “{column}”" in problem.problem
    assert roster.rows == 2


def test_everything_a_row_lacks_is_said_in_one_sentence() -> None:
    assert "“Thôn”, “Chủ hộ”" in refusal(read(but(LAN, village="", head=None), HAI)).problem


def test_a_head_without_a_letter_is_refused() -> None:
    problem = refusal(read(but(LAN, head="12345"), HAI))
    assert (problem.column, "“12345”" in problem.problem) == ("Chủ hộ", True)


def test_a_phone_that_cannot_be_understood_keeps_the_household() -> None:
    roster = read(but(LAN, phone="0912345678 / 09123"))
    assert only(roster).phones == ("+84912345678",)
    (problem,) = roster.problems
    assert (problem.row, problem.column, problem.refused) == (2, "Điện thoại", False)
    assert "“09123”" in problem.problem


@pytest.mark.parametrize(
    ("text", "device"),
    [
        *(
            ("SMARTPHONE", Device.SMARTPHONE),
            ("điện thoại thông minh", Device.SMARTPHONE),
            ("iPhone", Device.SMARTPHONE),
        ),
        *(("Android", Device.SMARTPHONE), ("ĐIỆN THOẠI THƯỜNG", Device.BASIC), ("dien thoai phim", Device.BASIC)),
        *(("cục gạch", Device.BASIC), ("không", Device.NONE), ("Không có", Device.NONE), ("none", Device.NONE)),
        *(("", Device.UNKNOWN), (None, Device.UNKNOWN), ("chưa rõ", Device.UNKNOWN)),
    ],
)
def test_devices_are_understood(text: object, device: Device) -> None:
    roster = read(but(LAN, device=text))
    assert only(roster).device is device
    assert roster.problems == ()


def test_a_device_that_cannot_be_understood_keeps_the_household() -> None:
    roster = read(but(LAN, device="bồ câu"))
    assert only(roster).device is Device.UNKNOWN
    (problem,) = roster.problems
    assert (problem.column, problem.refused, "“bồ câu”" in problem.problem) == ("Thiết bị", False, True)


def test_a_name_too_long_is_refused() -> None:
    assert only(read(but(LAN, head="L" * 120))).head == "L" * 120
    assert refusal(read(but(LAN, head="L" * 121))).column == "Chủ hộ"
    assert refusal(read(but(LAN, representative="L" * 121))).column == "Đại diện"
    assert refusal(read(but(LAN, code="L" * 41))).column == "Mã hộ"


@pytest.mark.parametrize(("cell", "column", "longest"), [("address", "Địa chỉ", 250), ("note", "Ghi chú", 500)])
def test_an_address_or_a_note_too_long_is_cut_and_the_household_kept(cell: str, column: str, longest: int) -> None:
    assert read(but(LAN, **{cell: "x" * longest})).problems == ()
    roster = read(but(LAN, **{cell: "x" * 30_000}))
    assert getattr(only(roster), cell) == "x" * longest
    (problem,) = roster.problems
    assert (problem.column, problem.refused) == (column, False)


def test_cells_may_hold_anything_a_spreadsheet_can() -> None:
    when = datetime(2026, 3, 12, 7, 0)  # noqa: DTZ001 - a spreadsheet knows no zone
    household = only(read(but(LAN, code=12.0, address=date(2026, 3, 12), note=when)))
    assert (household.code, household.address, household.note) == ("12", "12/3/2026", "12/3/2026")


def test_totals_and_headings_between_households_are_passed_over() -> None:
    total = ("", "", "", "Cộng tổ: 1 hộ", "", "", "", "", "")
    roster = read(LAN, total, HEADINGS, (), HAI, but(total, head="Tổng cộng: 2 hộ"))
    assert [household.row for household in roster.households] == [2, 6]
    assert (roster.problems, roster.rows) == ((), 2)


def test_one_village_spelled_several_ways_is_one() -> None:
    rows = [
        but(LAN, code=f"SP-{index}", village=name) for index, name in enumerate(["Thu Que", "THU QUẾ", "thôn Thu Quế"])
    ]
    assert {household.village for household in read(*rows).households} == {"Thôn Thu Quế"}


def test_an_untoned_group_is_looked_for_in_its_own_village() -> None:
    rows = [
        but(LAN, code="1", village="Thu Que", group="Tổ Cho"),
        but(LAN, code="2", group="Tổ Chợ"),
        but(MAI, code="3", group="Tổ Chờ"),
    ]
    places = [(household.village, household.group) for household in read(*rows).households]
    assert places == [("Thôn Thu Quế", "Tổ Chợ"), ("Thôn Thu Quế", "Tổ Chợ"), ("Thôn Tháp Thượng", "Tổ Chờ")]


def test_a_sheet_without_a_household_is_a_mistake() -> None:
    with pytest.raises(Mistake, match="không có hộ nào"):
        read(("", "", "", "Tổng cộng: 0 hộ"))


def test_problems_are_listed_in_the_order_of_the_rows() -> None:
    missing = but(MAI, code="", head="")
    roster = read(LAN, but(HAI, code="SP-0001"), but(MAI, device="?!"), missing, but(HAI, phone="09123"))
    assert [problem.row for problem in roster.problems] == [3, 5, 6]


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(),
    st.dates(),
    st.text(max_size=30),
    st.sampled_from(["Thôn", "tổ", "Chủ hộ", "SĐT", "Nguyễn Thị Lan", "Thu Quế", "3", "0912345678", "tổng cộng: 3"]),
)


def cell(*usual: object) -> st.SearchStrategy[object]:
    return st.sampled_from(usual) | st.text(max_size=12)


plausible = st.tuples(
    cell(None, "SP-1", "sp-1", "SP-2", 3.0),
    cell("Thu Quế", "thu que", "THÔN THU QUẾ", "Tháp Thượng", "xóm đình", 3),
    cell(1.0, "Tổ 1", "TỔ 01", "tổ chợ", "Cho", "TQ 2"),
    cell("Nguyễn Thị Lan", "NGUYEN THI LAN", "Trần Văn Hải", "Tống Thị Mai"),
    cell(None, "Nguyễn Thị Lan", "Trần Thị Hoa"),
    cell(None, 912345678.0, "0912345678 / 0977322045", "+82 10-1234-5678", "0162 123 4567", "09123"),
    cell(None, "Ngõ 3", "NGÕ 3", "Ngõ 4", "=1+1", "-"),
    cell(None, "smartphone", "Cục gạch", "không"),
    cell(None, "'=1", "nhà cuối ngõ"),
)


@given(st.lists(st.lists(anything, max_size=10), max_size=12))
def test_reading_never_fails_but_with_a_sentence(rows: list[list[object]]) -> None:
    try:
        roster = read_roster(enumerate(rows, 1))
    except Mistake as mistake:
        assert mistake.sentence.endswith(".")
    else:
        assert roster.rows >= len(roster.households)


@given(st.lists(plausible, max_size=6))
def test_importing_an_export_gives_the_same_households(rows: list[tuple[object, ...]]) -> None:
    first = read(LAN, *rows)
    again = read(*map(roster_line, first.households))
    assert [replace(household, row=0) for household in again.households] == [
        replace(household, row=0) for household in first.households
    ]
    assert again.problems == ()


@given(st.lists(plausible, max_size=6))
def test_every_row_is_kept_or_spoken_of(rows: list[tuple[object, ...]]) -> None:
    roster = read(LAN, *rows)
    kept = {household.row for household in roster.households}
    refused = {problem.row for problem in roster.problems if problem.refused}
    assert refused.isdisjoint(kept)
    spoken_of = {problem.row for problem in roster.problems}
    assert len(kept | spoken_of) == roster.rows


def test_a_refused_row_still_says_whom_it_may_mean() -> None:
    roster = read(LAN, but(HAI, code="", village=""), but(MAI, head="12", village="thap thuong"), MAI)
    nobody, nameless = roster.refused
    assert (nobody.row, nobody.code, nobody.village, nobody.head) == (3, None, "", "Trần Văn Hải")
    assert (nameless.village, nameless.group, nameless.head) == ("Thôn Tháp Thượng", "Tổ 1", "")
    assert (nameless.code, nameless.phones) == ("SP-0003", ("+84977322045",))


def test_a_row_refused_for_an_earlier_rows_code_has_none_of_its_own() -> None:
    roster = read(LAN, but(HAI, code="SP-0001"))
    (one,) = roster.refused
    assert (one.row, one.code, one.head) == (3, None, "Trần Văn Hải")

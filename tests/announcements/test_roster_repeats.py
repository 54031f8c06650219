"""Households that stand twice in one file."""

from dataclasses import replace

from announcements.roster import HouseholdRow
from announcements.roster.repeats import Households
from announcements.types import Device

LAN = HouseholdRow(
    row=5,
    code="SP-0001",
    village="Thôn Thu Quế",
    group="Tổ 1",
    head="Nguyễn Thị Lan",
    representative="Nguyễn Thị Lan",
    phones=("+84912345678",),
    address="Ngõ 3",
)


def without_code(**changes: object) -> HouseholdRow:
    return replace(LAN, code=None, **changes)  # type: ignore[arg-type] # the tests name the fields


def test_the_same_code_head_and_place_is_one_household_with_all_phones() -> None:
    households = Households()
    households.add(LAN)
    later = replace(LAN, row=9, head="NGUYEN THI LAN", phones=("+84977322045", "+84912345678"), note="nhà cuối ngõ")
    problem = households.add(replace(later, representative="Trần Thị Hoa", device=Device.BASIC, address=""))
    assert households.all() == (
        replace(
            LAN,
            representative="Trần Thị Hoa",
            phones=("+84912345678", "+84977322045"),
            note="nhà cuối ngõ",
            device=Device.BASIC,
        ),
    )
    assert problem
    assert (problem.row, problem.column, problem.refused) == (9, "Mã hộ", False)
    assert "hàng 5" in problem.problem


def test_the_first_row_holds_where_two_differ() -> None:
    households = Households()
    first = replace(LAN, representative="Trần Thị Hoa", note="một", device=Device.SMARTPHONE)
    households.add(first)
    households.add(replace(LAN, row=9, representative="Lê Thị Mai", address="Ngõ 4", note="hai", device=Device.NONE))
    assert households.all() == (first,)


def test_a_taken_code_refuses_the_row_and_names_the_first() -> None:
    households = Households()
    households.add(LAN)
    problem = households.add(replace(LAN, row=342, head="Trần Văn Hải", group="Tổ 2"))
    assert households.all() == (LAN,)
    assert problem
    assert (problem.row, problem.column, problem.refused) == (342, "Mã hộ", True)
    assert "hàng 5" in problem.problem
    assert "“Nguyễn Thị Lan”" in problem.problem
    assert "khác “Chủ hộ”, “Tổ”." in problem.problem


def test_a_taken_code_in_another_village_is_refused() -> None:
    households = Households()
    households.add(LAN)
    problem = households.add(replace(LAN, row=9, village="Thôn Tháp Thượng"))
    assert problem
    assert problem.refused


def test_without_a_code_the_same_head_and_phone_is_one_household() -> None:
    households = Households()
    assert households.add(without_code()) is None
    problem = households.add(without_code(row=9, address="", head="nguyễn thị lan"))
    assert households.all() == (without_code(),)
    assert problem
    assert (problem.row, problem.column, problem.refused) == (9, "Chủ hộ", False)


def test_without_a_code_the_same_head_and_address_is_one_household() -> None:
    households = Households()
    households.add(without_code())
    households.add(without_code(row=9, phones=("+84977322045",), address="NGÕ 3"))
    assert households.all() == (without_code(phones=("+84912345678", "+84977322045")),)


def test_two_people_of_one_name_at_two_addresses_are_two_households() -> None:
    households = Households()
    other = without_code(row=9, phones=(), address="Ngõ 4")
    assert households.add(without_code()) is None
    assert households.add(other) is None
    assert households.all() == (without_code(), other)


def test_nothing_but_the_name_in_common_is_not_enough() -> None:
    households = Households()
    bare = without_code(phones=(), address="")
    households.add(bare)
    assert households.add(replace(bare, row=9)) is None
    assert len(households.all()) == 2


def test_two_codes_are_two_households_even_with_one_phone() -> None:
    households = Households()
    households.add(LAN)
    assert households.add(replace(LAN, row=9, code="SP-0002")) is None
    assert len(households.all()) == 2


def test_the_same_household_in_another_group_is_another_row() -> None:
    households = Households()
    households.add(without_code())
    assert households.add(without_code(row=9, group="Tổ 2")) is None
    assert len(households.all()) == 2


def test_a_repeat_gives_its_code_to_the_row_that_had_none() -> None:
    households = Households()
    households.add(without_code())
    households.add(replace(LAN, row=9))
    assert households.all() == (LAN,)
    problem = households.add(replace(LAN, row=12, head="Trần Văn Hải"))
    assert problem
    assert problem.refused


def test_a_row_that_ties_two_together_makes_all_three_one() -> None:
    households = Households()
    households.add(without_code(address=""))
    households.add(without_code(row=7, phones=("+84977322045",)))
    problem = households.add(without_code(row=9))
    assert households.all() == (without_code(phones=("+84912345678", "+84977322045")),)
    assert problem
    assert not problem.refused

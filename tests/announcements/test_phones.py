"""Telephone numbers as people type them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.phones import read_phone, read_phones, show_phone

LAN = "+84912345678"
HAI = "+84977322045"


@pytest.mark.parametrize(
    "text",
    [
        *("0912345678", "0912 345 678", "0912.345.678", "0912-345-678", "(091) 234 5678", " 0912 345.678 "),
        *("84912345678", "+84912345678", "+84 912 345 678", "+84 0912345678", "0084912345678", "912345678"),
        *(
            "0912345678.0",
            "912345678.0",
            "'0912345678",
            "ĐT: 0912345678",
            "0912345678 (con trai)",
            "０９１２３４５６７８",
        ),
    ],
)
def test_one_number_is_read_whatever_its_shape(text: str) -> None:
    phones = read_phones(text)
    assert phones.numbers == (LAN,)
    assert phones.unread == ()


@pytest.mark.parametrize("between", [" / ", "/", "; ", ", ", ",", " - ", " ", "\n", " và ", " hoặc ", " | ", "\\"])
def test_two_numbers_in_one_cell_are_both_read(between: str) -> None:
    assert read_phones(f"0912345678{between}0977322045").numbers == (LAN, HAI)


@pytest.mark.parametrize("between", [" ", " / "])
def test_two_numbers_with_gaps_inside_are_both_read(between: str) -> None:
    assert read_phones(f"0912 345 678{between}0977 322 045").numbers == (LAN, HAI)
    assert read_phones(f"+84 912345678{between}+84 977322045").numbers == (LAN, HAI)


def test_a_number_said_twice_is_one() -> None:
    assert read_phones("0912345678 / +84 912 345 678").numbers == (LAN,)


@pytest.mark.parametrize("text", ["", " ", "-", "—", "?", "không", "Không có", "KHÔNG CÓ", "ko có", "0", "none"])
def test_no_number_is_no_problem(text: str) -> None:
    phones = read_phones(text)
    assert phones.numbers == ()
    assert phones.unread == ()


@pytest.mark.parametrize("text", ["09123", "09l2345678", "1900 1560", "113", "9.7732204507627e+18", "con trai"])
def test_what_is_no_number_is_quoted_as_it_stands(text: str) -> None:
    phones = read_phones(text)
    assert phones.numbers == ()
    assert phones.unread == (text,)


def test_the_good_number_beside_a_bad_one_is_kept() -> None:
    phones = read_phones("0912345678 / 09123")
    assert phones.numbers == (LAN,)
    assert phones.unread == ("09123",)


def test_a_remark_beside_a_number_is_no_problem() -> None:
    assert read_phones("0912345678 / con trai").unread == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(("01621234567", "0321234567"), ("01631234567", "0331234567"), ("01641234567", "0341234567")),
        *(("01651234567", "0351234567"), ("01661234567", "0361234567"), ("01671234567", "0371234567")),
        *(("01681234567", "0381234567"), ("01691234567", "0391234567"), ("01201234567", "0701234567")),
        *(("01211234567", "0791234567"), ("01221234567", "0771234567"), ("01261234567", "0761234567")),
        *(("01281234567", "0781234567"), ("01231234567", "0831234567"), ("01241234567", "0841234567")),
        *(("01251234567", "0851234567"), ("01271234567", "0811234567"), ("01291234567", "0821234567")),
        *(("01861234567", "0561234567"), ("01881234567", "0581234567"), ("01991234567", "0591234567")),
    ],
)
def test_a_mobile_number_from_before_2018_becomes_the_present_one(old: str, new: str) -> None:
    assert read_phone(old) == f"+84{new[1:]}"
    assert read_phone(f"+84 {old[1:]}") == f"+84{new[1:]}"


def test_a_landline_is_read_and_an_old_one_of_hanoi_renumbered() -> None:
    assert read_phone("024 3388 6123") == "+842433886123"
    assert read_phone("2433886123") == "+842433886123"
    assert read_phone("04 3388 6123") == "+842433886123"


def test_a_number_abroad_needs_its_country_code() -> None:
    assert read_phone("+82 10-1234-5678") == "+821012345678"
    assert read_phone("10-1234-5678") is None


def test_a_number_is_shown_the_national_way_and_one_abroad_with_its_country_code() -> None:
    assert show_phone(LAN) == "0912 345 678"
    assert show_phone("+842433886123") == "024 3388 6123"
    assert show_phone("+821012345678") == "+82 10-1234-5678"
    assert show_phone("no number") == "no number"


@given(st.integers(min_value=10**8, max_value=10**9 - 1))
def test_the_quick_way_agrees_with_the_library(national: int) -> None:
    number = phonenumbers.parse(f"+84{national}")
    kind = phonenumbers.number_type(number)
    expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if kind in {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.VOIP}:  # the others are longer
        assert read_phone(f"0{national}") == expected
        assert show_phone(expected) == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    else:
        assert read_phone(f"0{national}") != f"+84{national}"


@given(st.text(alphabet="0123456789+84 ./,;-()|abcđ\n", max_size=60) | st.text(max_size=40))
def test_reading_never_raises_and_what_is_shown_reads_back(text: str) -> None:
    for number in read_phones(text).numbers:
        assert read_phones(show_phone(number)).numbers == (number,)

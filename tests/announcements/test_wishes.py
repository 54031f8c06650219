"""Who a person says they are: codes however they are typed, and words that only look like a wish."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.codes import ALPHABET
from announcements.wishes import Card, Household, StaffCode, Unlink, WhichGroup, Wish, card_in, read_wish

CARD = Card("7K3M9Q")


@pytest.mark.parametrize(
    "text",
    ["LK 7K3M9Q", "lk 7k3m9q", "Lk: 7K3 M9Q", "LK7K3M9Q", "lk 7k3m-9q", "lk-7k3-m9q", "LK  7K3M9Q ạ",
     "cho em lk 7k3m9q với", "LK.7K3M9Q", "ＬＫ ７Ｋ３Ｍ９Ｑ", "LK 7K3M9Q\nem cảm ơn"],
)  # fmt: skip
def test_a_card_is_read_however_it_is_typed(text: str) -> None:
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, text)  # type: ignore[arg-type]
        assert read_wish(written, to_us=False, private=False) == CARD
        assert read_wish(written, to_us=True, private=True) == CARD


def test_a_bare_code_is_a_wish_in_private_only() -> None:
    assert read_wish("7k3 m9q", to_us=True, private=True) == CARD
    assert read_wish("7k3 m9q", to_us=True, private=False) is None


def test_a_mistyped_code_is_a_wish_where_it_was_said_to_us() -> None:
    assert read_wish("LK 7E3M9Q", to_us=True, private=False) == Card("7E3M9Q")
    assert read_wish("LK 7E3M9Q", to_us=False, private=False) is None


@pytest.mark.parametrize("text", ["LK CB-7K3M9Q2X", "lk cb7k3m9q2x", "lk: cb 7k3m 9q2x"])
def test_a_staff_code_behind_the_same_letters(text: str) -> None:
    assert read_wish(text, to_us=True, private=True) == StaffCode("CB-7K3M9Q2X")
    assert read_wish(text, to_us=False, private=False) == StaffCode("CB-7K3M9Q2X")


@pytest.mark.parametrize("text", ["HUY LK", "hủy lk", "Huỷ liên kết", "bỏ liên kết.", "HUY LIEN KET"])
def test_leaving(text: str) -> None:
    assert read_wish(unicodedata.normalize("NFD", text), to_us=True, private=False) == Unlink()


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("XIN LK Nguyễn Thị Lan", Household("Nguyễn Thị Lan")),
        ("xin liên kết: bà Lan", Household("bà Lan")),
        ("xin lk 7K3M9Q", CARD),
        ("xin lk", None),
    ],
)
def test_who_has_no_card_says_a_name(text: str, wish: Wish | None) -> None:
    assert read_wish(text, to_us=True, private=False) == wish


@pytest.mark.parametrize(
    "text",
    ["lk nhạc vàng hay quá", "đã nhận", "ok ok ok", "LK", "tb 7k3m đã nhận", "talk 7k3m9q", "hủy lk giúp em được không",
     "link 7K3M9Q", "mở lk nhạc sống đi bác", "đã nhận TB-7K3M", ""],
)  # fmt: skip
def test_what_people_say_to_each_other_is_no_wish(text: str) -> None:
    assert read_wish(text, to_us=False, private=False) is None


@given(st.text(max_size=100), st.booleans(), st.booleans())
def test_anything_can_be_read(text: str, to_us: bool, private: bool) -> None:
    read_wish(text, to_us=to_us, private=private)


@given(st.text(ALPHABET, min_size=6, max_size=6).filter(lambda code: not code.startswith("TB")))
def test_every_code_can_be_said(code: str) -> None:
    assert read_wish(f"lk {code.lower()}", to_us=False, private=False) == Card(code)
    assert card_in(code) == code


@pytest.mark.parametrize("text", ["nhóm", "NHOM", "/nhom", "mã nhóm?", "nho\u0301m"])
def test_whoever_sets_a_group_up_asks_which_it_is(text: str) -> None:
    assert read_wish(text, to_us=True, private=False) == WhichGroup()
    assert read_wish(text, to_us=False, private=False) is None
    assert read_wish(text, to_us=True, private=True) is None


def test_talk_of_a_group_is_no_such_question() -> None:
    assert read_wish("nhóm mình đã nhận", to_us=True, private=False) is None

"""The normal form of typed text, and the folded form for matching."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.text import fold, nfc, nfc_block, search_words, slug, utf16_length

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))  # lone surrogates too


def test_a_decomposed_name_becomes_the_composed_one() -> None:
    assert nfc(unicodedata.normalize("NFD", "Thuận Thượng")) == "Thuận Thượng"


def test_a_mark_behind_an_invisible_character_still_joins_its_letter() -> None:
    assert nfc("ba\u200b\u0300 Lan") == "bà Lan"


def test_a_line_loses_control_characters_and_extra_spaces() -> None:
    assert nfc(" \ufeffBà\x00 \t Lan\r\n(tổ\u00a05)\x7f ") == "Bà Lan (tổ 5)"


def test_a_bidi_override_can_not_hide_in_a_name() -> None:
    assert nfc("Lan\u202egnp.exe\u2066") == "Langnp.exe"


def test_an_emoji_of_several_signs_stays_whole() -> None:
    assert nfc("👨‍👩‍👧 ⚠️ 👍🏽") == "👨‍👩‍👧 ⚠️ 👍🏽"


def test_a_block_keeps_its_lines_and_at_most_one_blank_one() -> None:
    assert (
        nfc_block("\r\n1. Mang sổ  \r\n  - bản sao\r\r\r\n\u20282. Đúng giờ\t\n\n")
        == "1. Mang sổ\n  - bản sao\n\n2. Đúng giờ"
    )


def test_a_block_loses_control_characters_and_bidi_overrides() -> None:
    assert nfc_block("Họp\x07 lúc\u202e 19 giờ\x1b") == "Họp lúc 19 giờ"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  ĐẠI  Đồng\t", "dai dong"),
        (unicodedata.normalize("NFD", "Thống Nhất"), "thong nhat"),
        ("Ðã nhận rồi ạ", "da nhan roi a"),  # an Icelandic letter that some keyboards give
        ("Ｔổ　５", "to 5"),
        ("ƯƠNG ươ", "uong uo"),
        ("👍 OK", "👍 ok"),
    ],
)
def test_folding_leaves_plain_letters(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Tổ 5 – Thu Quế!", "to-5-thu-que"), ("--Xã Song Phượng--", "xa-song-phuong"), ("👍", ""), ("", "")],
)
def test_a_slug_is_ascii_with_single_dashes(text: str, expected: str) -> None:
    assert slug(text) == expected


@pytest.mark.parametrize(("text", "units"), [("", 0), ("Họp", 3), ("👍", 2), ("👨‍👩‍👧", 8), ("🇻🇳a", 5)])
def test_an_emoji_counts_as_the_platforms_count_it(text: str, units: int) -> None:
    assert utf16_length(text) == units


@given(ANY_TEXT)
def test_a_normal_form_stays_as_it_is(text: str) -> None:
    for normal in (nfc, nfc_block, fold, slug):
        assert normal(normal(text)) == normal(text)


@given(ANY_TEXT)
def test_normal_text_is_composed_trimmed_and_can_be_stored(text: str) -> None:
    for clean in (nfc(text), nfc_block(text)):
        assert unicodedata.is_normalized("NFC", clean)
        assert clean == clean.strip()
        assert not {unicodedata.category(letter) for letter in clean if letter not in "\n\t"} & {"Cc", "Cs"}
        assert clean.encode("utf-8").decode("utf-8") == clean
    assert "\n" not in nfc(text)
    assert "\n\n\n" not in nfc_block(text)


@given(st.text())
def test_the_length_is_that_of_the_utf_16_encoding(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le")) // 2


def test_search_words_are_plain_and_each_begins_after_a_space() -> None:
    assert search_words("Nguyễn Thị  Đào", "", "Số 5/12, Ngõ 3") == " nguyen thi dao so 5 12 ngo 3"
    assert search_words("–", " ") == ""

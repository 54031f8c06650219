"""Codes that people read aloud and type, and the data behind a button."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.codes import (
    ALPHABET,
    PressData,
    broadcast_code,
    new_announcement_code,
    new_card_code,
    new_staff_code,
    press_data,
    read_code,
    read_press_data,
)
from announcements.types import Grade


def test_codes_have_their_shapes() -> None:
    rand = random.Random(7)
    for _ in range(200):
        announcement, card, staff = (
            new_announcement_code(rand.choice),
            new_card_code(rand.choice),
            new_staff_code(rand.choice),
        )
        assert announcement[:3] == "TB-"
        assert staff[:3] == "CB-"
        assert (len(announcement), len(card), len(staff)) == (7, 6, 11)
        assert set(announcement[3:] + card + staff[3:]) <= set(ALPHABET)


def test_no_two_characters_of_a_code_look_alike_or_make_a_tone_mark() -> None:
    assert not set(ALPHABET) & set("ILOUADEWY")
    assert len(set(ALPHABET)) == len(ALPHABET) == 27


def test_the_same_randomness_gives_the_same_code_and_the_default_does_not_repeat() -> None:
    assert new_card_code(random.Random(1).choice) == new_card_code(random.Random(1).choice)
    assert len({new_staff_code() for _ in range(50)}) == 50


def test_a_card_code_is_never_read_as_an_announcement() -> None:
    wanted = iter("TBZZZZ")

    def choose(allowed: str) -> str:
        letter = next(wanted)
        return letter if letter in allowed else allowed[0]

    card = new_card_code(choose)
    assert card == "T0ZZZZ"
    assert read_code(card) == card


@given(st.randoms(use_true_random=False))
def test_every_code_made_is_read_as_itself_however_it_is_typed(rand: random.Random) -> None:
    announcement = new_announcement_code(rand.choice)
    for code in (
        announcement,
        new_card_code(rand.choice),
        new_staff_code(rand.choice),
        broadcast_code(announcement, 12),
    ):
        for typed in (
            code,
            code.lower(),
            code.replace("-", ""),
            " ".join(code),
            code.replace("0", "o").replace("1", "l"),
        ):
            assert read_code(typed) == code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("tb 7k3m", "TB-7K3M"),
        ("(TB–7K3M).", "TB-7K3M"),
        ("ＴＢ－７Ｋ３Ｍ", "TB-7K3M"),
        ("tb-7k3m,02", "TB-7K3M.2"),
        ("TB-7K3M.1", "TB-7K3M.1"),
        ("7k3-m9o", "7K3M90"),
        ("IL7K3M", "117K3M"),
        ("cb7k3m9q2x", "CB-7K3M9Q2X"),
        ("TB-7K3M.0", "TB7K3M.0"),
        ("xin chào", "X1NCH0"),
        ("", ""),
        (" - . ", ""),
    ],
)
def test_what_a_person_typed_is_read_as_the_code_they_meant(typed: str, code: str) -> None:
    assert read_code(typed) == code


@given(st.text())
def test_reading_a_code_twice_changes_nothing_more(text: str) -> None:
    assert read_code(read_code(text)) == read_code(text)


def test_a_broadcast_counts_from_one() -> None:
    assert broadcast_code("TB-7K3M", 1) == "TB-7K3M.1"
    with pytest.raises(ValueError, match="starts at 1"):
        broadcast_code("TB-7K3M", 0)


@pytest.mark.parametrize("grade", [None, *Grade])
def test_button_data_comes_back_as_it_went_and_fits_the_platform(grade: Grade | None) -> None:
    data = press_data("TB-7K3M.999999", grade)
    assert len(data.encode()) <= 64
    assert read_press_data(data) == PressData("TB-7K3M.999999", grade)


def test_button_data_has_the_written_form() -> None:
    assert press_data("TB-7K3M.1") == "ack:TB-7K3M.1"
    assert press_data("TB-7K3M.1", Grade.WILL_ATTEND) == "ack:TB-7K3M.1:will_attend"


@pytest.mark.parametrize("broadcast", ["TB-7K3M", "", "TB-7K3M.1\n", "TB-7K3M.0", "7K3M9Q"])
def test_a_button_for_something_else_than_a_broadcast_is_refused(broadcast: str) -> None:
    with pytest.raises(ValueError, match="not the code of a broadcast"):
        press_data(broadcast)


@pytest.mark.parametrize(
    "data",
    [
        None,
        "",
        "ack:",
        "ack:TB-7K3M",
        "ack:TB-7K3M.1:",
        "ack:TB-7K3M.1:maybe",
        "ack:TB-7K3M.1:RECEIVED",
        "ack:TB-7K3M.1\n",
        "ACK:TB-7K3M.1",
        "ack:tb-7k3m.1",
        "ack:TB-7K3M.٣",
        "xack:TB-7K3M.1",
    ],
)
def test_a_press_that_is_not_ours_is_nothing(data: str | None) -> None:
    assert read_press_data(data) is None


@given(st.text())
def test_reading_a_press_never_raises(data: str) -> None:
    for text in (data, "ack:" + data, "ack:TB-7K3M.1:" + data):
        pressed = read_press_data(text)
        assert pressed is None or press_data(pressed.broadcast, pressed.grade) == text

"""What a text sounds like over the loudspeaker, and for how long."""

from datetime import timedelta

import pytest

from announcements.numerals import digit_by_digit, in_words
from announcements.speech import LONG, length_words, reading_time, spoken, syllables

NUMBERS = {
    0: "không", 4: "bốn", 5: "năm", 10: "mười", 11: "mười một", 14: "mười bốn", 15: "mười lăm", 20: "hai mươi",
    21: "hai mươi mốt", 24: "hai mươi tư", 25: "hai mươi lăm", 100: "một trăm", 105: "một trăm linh năm",
    110: "một trăm mười", 115: "một trăm mười lăm", 999: "chín trăm chín mươi chín", 1000: "một nghìn",
    2005: "hai nghìn không trăm linh năm", 2026: "hai nghìn không trăm hai mươi sáu", 50_000: "năm mươi nghìn",
    1_000_005: "một triệu không trăm linh năm", 1_500_000: "một triệu năm trăm nghìn",
    2_000_000_000: "hai tỷ", 3_000_000_021: "ba tỷ không trăm hai mươi mốt",
}  # fmt: skip


@pytest.mark.parametrize(("number", "words"), NUMBERS.items())
def test_a_number_is_read_as_people_say_it(number: int, words: str) -> None:
    assert in_words(number) == words


def test_only_what_is_counted_is_a_number() -> None:
    with pytest.raises(ValueError, match="counted"):
        in_words(-1)


def test_a_telephone_number_is_read_digit_by_digit() -> None:
    assert digit_by_digit("091-2") == "không chín một hai"


SPOKEN = {
    "7h30 ngày 25/11": "bảy giờ ba mươi ngày hai mươi lăm tháng mười một",
    "19:00 ngày 4/4/2026": "mười chín giờ ngày bốn tháng tư năm hai nghìn không trăm hai mươi sáu",
    "từ 7h-11h": "từ bảy giờ đến mười một giờ",
    "7h30 - 9h": "bảy giờ ba mươi đến chín giờ",
    "nộp 1.500.000đ": "nộp một triệu năm trăm nghìn đồng",
    "50.000 đồng": "năm mươi nghìn đồng",
    "giảm 10%": "giảm mười phần trăm",
    "2,5 km": "hai phẩy năm ki lô mét",
    "gọi 0912 345 678": "gọi không chín một hai ba bốn năm sáu bảy tám",
    "tổ 3": "tổ ba",
    "xem https://bang.example/n/TB-7K3M nhé": "xem   nhé",
    "ngõ 40/12": "ngõ bốn mươi/mười hai",  # no day of a month
}


@pytest.mark.parametrize(("written", "said"), SPOKEN.items())
def test_figures_become_words(written: str, said: str) -> None:
    assert spoken(written) == said


COUNTED = {
    "Kính mời bà con dự họp": 6,
    "UBND xã": 5,  # u bê en đê
    "QR": 2,
    "internet": 3,
    "MỜI HỌP": 2,
    "7h30": 4,
    "nghiêng nghiêng": 2,
    "": 0,
    "…!": 0,
    "🚨 Gấp": 1,
}


@pytest.mark.parametrize(("text", "count"), COUNTED.items())
def test_syllables_are_counted(text: str, count: int) -> None:
    assert syllables(text) == count


def test_reading_takes_three_to_four_syllables_a_second_and_pauses() -> None:
    plain = " ".join(["làng"] * 360)
    assert reading_time(plain) == timedelta(seconds=100)
    assert timedelta(seconds=90) <= reading_time(plain) <= timedelta(seconds=110)
    assert reading_time(plain + ". " + plain + ".") == timedelta(seconds=201)
    assert reading_time("làng, " * 10) == timedelta(seconds=round(10 / 3.6 + 3))


def test_decomposed_letters_take_no_longer() -> None:
    import unicodedata

    text = "Kính mời bà con dự họp lúc 19h30."
    assert reading_time(unicodedata.normalize("NFD", text)) == reading_time(text)


def test_two_minutes_are_about_four_hundred_words() -> None:
    assert reading_time("làng " * 400) < LONG < reading_time("làng " * 450)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 giây"), (59, "59 giây"), (60, "1 phút 0 giây"), (150, "2 phút 30 giây")]
)
def test_a_length_is_said_in_minutes_and_seconds(seconds: int, words: str) -> None:
    assert length_words(timedelta(seconds=seconds)) == words

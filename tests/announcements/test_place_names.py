"""Names of villages and groups."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.place_names import PlaceIndex, group_name, village_name

WORDS = "thôn tổ xóm tự quản dân phố số TQ khu thu Quế ĐÌNH 3 03 3a II Chợ Ban hoà : - ' (mới) 1/2"
names = st.lists(st.sampled_from(WORDS.split(" ")), max_size=5).map(" ".join) | st.text(max_size=20)


@pytest.mark.parametrize(
    "text", ["Thôn Thu Quế", "thôn Thu Quế", "THÔN THU QUẾ", "Thu Quế", "thu quế", "THU QUẾ", " Thôn :  Thu Quế "]
)
def test_every_spelling_of_a_village_gives_one_name(text: str) -> None:
    assert village_name(text) == "Thôn Thu Quế"
    assert village_name(unicodedata.normalize("NFD", text)) == "Thôn Thu Quế"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(
            ("xóm đình", "Xóm Đình"),
            ("Ấp Bắc", "Ấp Bắc"),
            ("TỔ DÂN PHỐ SỐ 3", "Tổ dân phố 3"),
            ("khu phố 4", "Khu phố 4"),
        ),
        *(("ap 3", "Ấp 3"), ("Làng Vòng", "Làng Vòng"), ("Buôn Đôn", "Buôn Đôn"), ("khóm 2", "Khóm 2")),
    ],
)
def test_another_settlement_word_stays(text: str, name: str) -> None:
    assert village_name(text) == name


def test_a_word_that_only_looks_like_a_settlement_is_part_of_the_name() -> None:
    assert village_name("Ban Mai") == "Thôn Ban Mai"
    assert village_name("Thốn Đa") == "Thôn Thốn Đa"


@pytest.mark.parametrize(
    "text", ["3", "3.0", "Tổ 3", "TỔ 03", "tổ số 3", "to 3", "Tổ tự quản số 3", "Tổ TQ 3", "TQ 3", "Tổ: 3"]
)
def test_every_spelling_of_a_group_number_gives_one_name(text: str) -> None:
    assert group_name(text) == "Tổ 3"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("tổ 3a", "Tổ 3A"), ("Tổ Chợ", "Tổ Chợ"), ("TỔ CHỢ", "Tổ Chợ"), ("Chợ", "Tổ Chợ"), ("Ngõ 5", "Ngõ 5")),
        *(("tổ ii", "Tổ II"), ("tổ thượng ii", "Tổ Thượng II"), ("Tổ 1/2", "Tổ 1/2"), ("tổ dân phố 3", "Tổ dân phố 3")),
    ],
)
def test_other_groups_keep_their_names(text: str, name: str) -> None:
    assert group_name(text) == name


@pytest.mark.parametrize("text", ["", " ", "-", "Tổ", "tổ tự quản", "Tổ :"])
def test_a_word_without_a_name_names_nothing(text: str) -> None:
    assert group_name(text) == ""


@given(names)
def test_a_name_made_once_stays_as_it_is(text: str) -> None:
    for make in (village_name, group_name):
        assert make(make(text)) == make(text)


def test_different_tone_marks_are_different_villages() -> None:
    index = PlaceIndex(["Thôn Thuận Thượng"])
    assert index.find("Thôn Thuần Thượng") is None
    assert index.find("Thôn Thuận Thượng") == "Thôn Thuận Thượng"


def test_a_name_without_tone_marks_finds_the_only_one_that_has_them() -> None:
    index = PlaceIndex(["Thôn Thuan Thuong", "Thôn Thuận Thượng"])
    assert index.find("Thôn Thuan Thuong") == "Thôn Thuận Thượng"


def test_a_name_without_tone_marks_is_not_guessed_between_two() -> None:
    index = PlaceIndex(["Thôn Thuận Thượng", "Thôn Thuần Thượng"])
    assert index.find("Thôn Thuan Thuong") is None
    index.add("Thôn Thuan Thuong")
    assert index.find("Thôn Thuan Thuong") == "Thôn Thuan Thuong"


def test_a_name_with_tone_marks_finds_the_one_that_was_written_without() -> None:
    assert PlaceIndex(["Thôn Thu Que"]).find("Thôn Thu Quế") == "Thôn Thu Que"
    assert PlaceIndex(["Thôn Thu Quê"]).find("Thôn Thu Quế") is None


def test_where_the_tone_mark_sits_makes_no_difference() -> None:
    assert PlaceIndex(["Thôn Hòa Bình"]).find("Thôn Hoà  BÌNH") == "Thôn Hòa Bình"


def test_a_village_and_a_group_of_the_same_name_are_two_places() -> None:
    assert PlaceIndex(["Thôn Chợ"]).find("Tổ Chợ") is None

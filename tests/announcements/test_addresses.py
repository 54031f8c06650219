"""Addresses in the order a leader walks them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.addresses import natural_key, walk_key

WALKS = {
    "lanes by their number": ["Ngõ 2", "Ngõ 3, thôn Thu Quế", "Ngõ 10", "ngõ 11"],
    "houses in a lane by their number": ["Số 1, ngõ 3", "Số 2, ngõ 3", "Số 10, ngõ 3", "Số 2, ngõ 4"],
    "whichever way the house is written": ["1 ngõ 3", "Số 2, ngõ 3", "SN 3 ngõ 3", "nhà số 4, ngõ 3", "Nhà 5 ngõ 3"],
    "a house with a letter comes after its number": ["12 ngõ 3", "12A ngõ 3", "12B ngõ 3", "13 ngõ 3"],
    "alleys inside their lane": ["Số 9 ngõ 3", "Số 1 ngách 2 ngõ 3", "Số 1 ngách 10 ngõ 3", "Số 1 ngõ 4"],
    "strokes name lane, alley and house": ["Số 3/5", "3/12", "Số 1 ngách 3/15", "3/16/2", "Số 1 ngõ 4"],
    "a stroke inside a named lane is an alley and a house": ["Số 9 ngõ 5", "12/3 ngõ 5", "12/20 ngõ 5", "1 ngõ 6"],
    "houses outside any lane come before the lanes": ["Số 3", "15", "Số 1 ngõ 2"],
    "roads apart": ["Số 9 đường Hòa Bình", "Số 1 ngõ 2 đường Hòa Bình", "Số 1 đường Láng"],
    "hamlets before their lanes": ["Xóm 1, ngõ 9", "Xóm 2, ngõ 1", "xóm 10"],
    "named lanes after numbered ones": ["Ngõ 12", "Ngõ Chùa", "Ngõ Đình"],
    "village and group don't matter": ["Ngõ 1, thôn Thu Quế, xã Song Phượng", "Ngõ 2", "Tổ 1, ngõ 3", "Ngõ 4, tổ 1"],
    "without tone marks": ["so 3 ngo 2", "Số 4 ngõ 2", "5 ngo 2", "so 1 ngo 10"],
    "capitals and decomposed letters": ["NGÕ 2", "Ngo\u0303 3", "ngõ 10"],
    "an address in words after those with a number, none at all last": ["Ngõ 99", "Cạnh nhà văn hóa", "Đầu làng", ""],
}


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_households_stand_in_the_order_of_a_walk(walk: list[str]) -> None:
    mixed = walk[:]
    random.Random(7).shuffle(mixed)
    assert sorted(mixed, key=walk_key) == walk
    assert len({walk_key(address) for address in walk}) == len(walk)


@pytest.mark.parametrize("same", [("Số 5, ngõ 3", "5 ngõ 3", "3/5", "so 5 ngo 3", "Ngõ 3, số 5")])
def test_one_place_is_read_the_same_however_it_is_written(same: tuple[str, ...]) -> None:
    assert len({walk_key(address)[:2] for address in same}) == 1


@given(st.lists(st.text(), min_size=2))
def test_any_text_can_be_sorted(texts: list[str]) -> None:
    backwards = texts[::-1]
    for key in (walk_key, natural_key):
        assert [*map(key, sorted(texts, key=key))] == [*map(key, sorted(backwards, key=key))]


def test_a_number_nobody_counts_by_is_still_sorted() -> None:
    assert sorted(["Ngõ " + "9" * 5000, "Ngõ 2"], key=walk_key)[0] == "Ngõ 2"


def test_numbers_inside_any_text_count() -> None:
    assert sorted(["Tổ 10", "Tổ 2", "tổ 1"], key=natural_key) == ["tổ 1", "Tổ 2", "Tổ 10"]

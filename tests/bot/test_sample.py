"""The sample commune: the real places, made-up people, the same ones every time."""

from collections import Counter
from pathlib import Path

import pytest

from announcements.mistakes import Mistake
from announcements.roster import read_roster
from announcements.types import Device
from bot import sheets
from bot.demo import sample


def test_the_same_seed_gives_the_same_households() -> None:
    assert sample.households(200) == sample.households(200)
    assert sample.households(200, seed=2) != sample.households(200)


@pytest.mark.parametrize("count", [36, 37, 120, 1_490])
def test_households_are_spread_over_all_groups_as_evenly_as_can_be(count: int) -> None:
    rows = sample.households(count)
    groups = Counter((row.village, row.group) for row in rows)
    assert len(rows) == count
    assert set(groups) == set(sample.GROUPS)
    assert max(groups.values()) - min(groups.values()) <= 1


def test_the_villages_have_their_real_number_of_groups() -> None:
    assert Counter(village for village, _ in sample.GROUPS) == {
        "Thôn Tháp Thượng": 10,
        "Thôn Thu Quế": 9,
        "Thôn Thuận Thượng": 8,
        "Thôn Thống Nhất": 9,
    }


def test_fewer_households_than_groups_is_a_mistake_that_says_how_many_are_needed() -> None:
    with pytest.raises(Mistake, match="ít nhất 36 hộ, không phải 35"):
        sample.households(35)


def test_three_quarters_have_a_smartphone_and_the_rest_is_halved() -> None:
    devices = Counter(row.device for row in sample.households())
    assert devices[Device.SMARTPHONE] / sample.HOUSEHOLDS == pytest.approx(0.75, abs=0.03)
    assert devices[Device.BASIC] / sample.HOUSEHOLDS == pytest.approx(0.13, abs=0.03)
    assert devices[Device.NONE] / sample.HOUSEHOLDS == pytest.approx(0.12, abs=0.03)


def test_who_has_no_telephone_has_no_number_and_no_number_is_used_twice() -> None:
    rows = sample.households()
    assert all(bool(row.phones) is (row.device is not Device.NONE) for row in rows)
    numbers = [number for row in rows for number in row.phones]
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("+84900") for number in numbers)


@pytest.mark.parametrize("name", ["so-ho.csv", "so-ho.xlsx"])
def test_the_roster_file_reads_back_as_the_same_households_without_a_remark(tmp_path: Path, name: str) -> None:
    rows = sample.households(120)
    sample.write_roster(tmp_path / name, rows)
    read = read_roster(sheets.read_sheet(tmp_path / name).rows)
    assert list(read.households) == rows
    assert (read.problems, read.warnings, read.rows) == ((), (), 120)

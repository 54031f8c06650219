"""The sample commune: xã Song Phượng with its real villages and groups, and households that were all made up here.

The same seed gives the same households. Their names are drawn from lists, their telephone numbers counted up from
0900 000 001. Called by `town.py`, which takes the file in through the same door as any roster.
"""

import random
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from announcements.mistakes import Mistake
from announcements.roster import HEADINGS, HouseholdRow, roster_line
from announcements.types import Device
from bot.demo.wording import say

COMMUNE = "Xã Song Phượng"
VILLAGES = {"Thôn Tháp Thượng": 10, "Thôn Thu Quế": 9, "Thôn Thuận Thượng": 8, "Thôn Thống Nhất": 9}
GROUPS = tuple((village, f"Tổ {number}") for village, groups in VILLAGES.items() for number in range(1, groups + 1))
HOUSEHOLDS = 1_490

DEVICES = {Device.SMARTPHONE: 75, Device.BASIC: 13, Device.NONE: 12}  # of a hundred households
ANOTHER_STANDS = 0.15  # share of households that somebody else than the head represents
TWO_PHONES = 0.10  # share of households with a telephone that have another one
FIRST_ROW = 2  # below the headings


def households(count: int = HOUSEHOLDS, seed: int = 1) -> list[HouseholdRow]:
    """`count` households over the 36 groups as evenly as can be. Raises `Mistake` when a group would have none."""
    if count < len(GROUPS):
        raise Mistake(say("start.too_few", groups=len(GROUPS), count=count))
    rng = random.Random(seed)  # noqa: S311 -- the same commune each time
    phones = (f"+84900{number:06}" for number in range(1, 1_000_000))
    return [_household(place, place * len(GROUPS) // count, rng, phones) for place in range(count)]


def write_roster(path: Path, rows: list[HouseholdRow]) -> None:
    """The roster file of these households, .xlsx or .csv by its ending."""
    from bot import sheets  # slow to load, and the command's options only need the figures above

    sheets.write_rows(path, HEADINGS, [roster_line(row) for row in rows])


def _household(place: int, group: int, rng: random.Random, phones: Iterator[str]) -> HouseholdRow:
    village, group_name = GROUPS[group]
    head = person(rng)
    device = rng.choices(list(DEVICES), list(DEVICES.values()))[0]
    numbers = 0 if device is Device.NONE else 2 if rng.random() < TWO_PHONES else 1
    return HouseholdRow(
        row=place + FIRST_ROW,
        code=f"SP-{place + 1:04}",
        village=village,
        group=group_name,
        head=head,
        representative=person(rng) if rng.random() < ANOTHER_STANDS else head,
        phones=tuple(next(phones) for _ in range(numbers)),
        address=f"Số {rng.randint(1, 60)}, ngõ {rng.randint(1, 9)}",
        device=device,
    )


def person(rng: random.Random) -> str:
    """A name nobody in particular has."""
    names = _names()
    family = rng.choices(names["families"], names["weights"])[0]
    people = rng.choice(names["people"])
    return f"{family} {rng.choice(people['middle'])} {rng.choice(people['given'])}"


@cache
def _names() -> dict[str, Any]:
    return tomllib.loads(files("bot.demo").joinpath("names.toml").read_text("utf-8"))

"""Which households a roster file says have left, and which of them it had better not be believed about.

A household of a group the file names that is not in the file has left. But a file may be cut short, filtered, or
mostly refused, and a household marked as left is told nothing more: so what looks like too many waits for a person's
word, and a row that was refused never counts as the departure of the household it may mean.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from announcements.roster.households import RefusedRow
from announcements.text import fold

MOST = 20  # households that may leave by one file, or by one group of it, whatever their share
SHARE = 5  # and beyond that one in so many


@dataclass(frozen=True, slots=True)
class Living:
    """A household that lives in an area the file names; `named`: the file has it, kept or refused."""

    id: int
    code: str
    head: str
    area_id: int
    address: str
    phones: tuple[str, ...]
    named: bool


@dataclass(slots=True)
class Departures:
    """`leaving` have left; `unsure` may be the ones that refused rows mean; `too_many` are held back by their number,
    of `out_of` households living in the same areas."""

    leaving: list[Living] = field(default_factory=list)
    unsure: list[Living] = field(default_factory=list)
    unsure_rows: list[int] = field(default_factory=list)
    too_many: list[Living] = field(default_factory=list)
    out_of: int = 0

    @property
    def held_back(self) -> list[Living]:
        return self.unsure + self.too_many


def who_left(
    living: Sequence[Living],
    refused: Sequence[tuple[RefusedRow, frozenset[int]]],
    *,
    meant: bool = False,
) -> Departures:
    """Sort those the file does not name. `refused` rows come with the areas they may speak of.

    `meant`: a person has said that as many as these have left.
    """
    found = Departures()
    missing = [one for one in living if not one.named]
    index = _Missing(missing)
    kept: set[int] = set()
    for row, areas in refused:
        if theirs := index.meant_by(row, areas):
            found.unsure_rows.append(row.row)
            kept.update(one.id for one in theirs)
    found.unsure = [one for one in missing if one.id in kept]
    going = [one for one in missing if one.id not in kept]
    suspicious = set() if meant else _suspicious(living, going)
    found.leaving = [one for one in going if one.area_id not in suspicious]
    found.too_many = [one for one in going if one.area_id in suspicious]
    found.out_of = sum(one.area_id in suspicious for one in living)
    return found


class _Missing:
    """The households a file does not name, by what a refused row may still say of them."""

    def __init__(self, missing: Iterable[Living]) -> None:
        self._by_area: dict[int, list[Living]] = defaultdict(list)
        self._by_sign: dict[str, list[Living]] = defaultdict(list)
        for one in missing:
            self._by_area[one.area_id].append(one)
            for sign in _signs(one.head, one.phones, one.address):
                self._by_sign[sign].append(one)

    def meant_by(self, row: RefusedRow, areas: frozenset[int]) -> list[Living]:
        """Those of its name, telephone or address; any of its areas when it has neither name nor code."""
        signs = _signs(row.head, row.phones, row.address)
        matching = [one for sign in signs for one in self._by_sign.get(sign, ()) if one.area_id in areas]
        if matching or row.head or row.code:
            return matching
        return [one for area in areas for one in self._by_area.get(area, ())]


def _signs(head: str, phones: Iterable[str], address: str) -> list[str]:
    said = [("head", fold(head)), ("address", fold(address)), *(("phone", phone) for phone in phones)]
    return [f"{kind}:{text}" for kind, text in said if text]


def _suspicious(living: Sequence[Living], going: Iterable[Living]) -> set[int]:
    """The areas that too many would leave: every one of the file, or single ones."""
    there, leaving = Counter(one.area_id for one in living), Counter(one.area_id for one in going)
    if _too_many(leaving.total(), there.total()):
        return set(there)
    return {area for area, count in leaving.items() if _too_many(count, there[area])}


def _too_many(leaving: int, living: int) -> bool:
    return leaving > MOST and leaving * SHARE > living

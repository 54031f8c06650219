"""Households that stand twice in one file: the same one is merged, another one under a taken code is refused."""

from dataclasses import replace

from announcements.roster import problems
from announcements.roster.columns import Column
from announcements.roster.households import HouseholdRow
from announcements.roster.problems import Problem
from announcements.text import fold
from announcements.types import Device

_Person = tuple[str, str, str]  # village, group, head folded


class Households:
    """The households of one file in their order. Places must already be spelled one way."""

    def __init__(self) -> None:
        self._by_row: dict[int, HouseholdRow] = {}
        self._by_code: dict[str, int] = {}
        self._by_person: dict[_Person, list[int]] = {}

    def all(self) -> tuple[HouseholdRow, ...]:
        return tuple(self._by_row.values())

    def add(self, household: HouseholdRow) -> Problem | None:
        """Take one in. A problem says that it was merged into an earlier row, or refused for an earlier row's code."""
        first = self._by_row[self._by_code[household.code]] if household.code in self._by_code else None
        if first and household.code and (differs := _differences(first, household)):
            return problems.code_taken(household.row, household.code, first.row, first.head, differs)
        person = household.village, household.group, fold(household.head)
        same = [other for row in self._by_person.get(person, ()) if _is_same(other := self._by_row[row], household)]
        if not same:
            self._keep(household, person)
            return None
        into = first or same[0]
        merged = _merged(into, household)
        for other in same:
            if other.row != into.row and not (other.code and merged.code and other.code != merged.code):
                merged = _merged(merged, other)
                del self._by_row[other.row]
                self._by_person[person].remove(other.row)
        self._by_row[merged.row] = merged
        if merged.code:
            self._by_code[merged.code] = merged.row
        if first and household.code:
            return problems.repeats_code(household.row, household.code, into.row)
        return problems.repeats_household(household.row, into.row)

    def _keep(self, household: HouseholdRow, person: _Person) -> None:
        self._by_row[household.row] = household
        self._by_person.setdefault(person, []).append(household.row)
        if household.code:
            self._by_code[household.code] = household.row


def _is_same(one: HouseholdRow, other: HouseholdRow) -> bool:
    """Of two households with the same head in the same group. Nothing but the name in common is not enough."""
    if one.code and other.code:
        return one.code == other.code
    same_address = bool(one.address) and fold(one.address) == fold(other.address)
    return same_address or not set(one.phones).isdisjoint(other.phones)


def _differences(one: HouseholdRow, other: HouseholdRow) -> list[Column]:
    same = {
        Column.HEAD: fold(one.head) == fold(other.head),
        Column.VILLAGE: one.village == other.village,
        Column.GROUP: (one.village, one.group) == (other.village, other.group),
    }
    return [column for column, holds in same.items() if not holds]


def _merged(first: HouseholdRow, later: HouseholdRow) -> HouseholdRow:
    """The first row's word holds; the later one fills what it left out and adds its phones."""
    names_nobody = first.representative == first.head
    return replace(
        first,
        code=first.code or later.code,
        representative=later.representative if names_nobody else first.representative,
        phones=tuple(dict.fromkeys((*first.phones, *later.phones))),
        address=first.address or later.address,
        note=first.note or later.note,
        device=later.device if first.device is Device.UNKNOWN else first.device,
    )

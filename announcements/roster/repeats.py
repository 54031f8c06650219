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
        if first and household.code and (differs := _difference(first, household)):
            return problems.code_taken(household.row, household.code, first.row, first.head, differs)
        same = self._same(household)
        if not same:
            self._keep(household)
            return None
        into = first or same[0]
        merged = _merged(into, household)
        for other in same:
            if other.row != into.row and not (other.code and merged.code and other.code != merged.code):
                merged = _merged(merged, other)
                self._drop(other)
        self._by_row[merged.row] = merged
        if merged.code:
            self._by_code[merged.code] = merged.row
        if first and household.code:
            return problems.repeats_code(household.row, household.code, into.row)
        return problems.repeats_household(household.row, into.row)

    def _same(self, household: HouseholdRow) -> list[HouseholdRow]:
        people = (self._by_row[row] for row in self._by_person.get(_person(household), ()))
        return [other for other in people if _is_same(other, household)]

    def _keep(self, household: HouseholdRow) -> None:
        self._by_row[household.row] = household
        self._by_person.setdefault(_person(household), []).append(household.row)
        if household.code:
            self._by_code[household.code] = household.row

    def _drop(self, household: HouseholdRow) -> None:
        del self._by_row[household.row]
        self._by_person[_person(household)].remove(household.row)


def _person(household: HouseholdRow) -> _Person:
    return household.village, household.group, fold(household.head)


def _is_same(one: HouseholdRow, other: HouseholdRow) -> bool:
    """Of two households with the same head in the same group. Nothing but the name in common is not enough."""
    if one.code and other.code:
        return one.code == other.code
    same_address = bool(one.address) and fold(one.address) == fold(other.address)
    return same_address or not set(one.phones).isdisjoint(other.phones)


def _difference(one: HouseholdRow, other: HouseholdRow) -> Column | None:
    if one.village != other.village:
        return Column.VILLAGE
    if one.group != other.group:
        return Column.GROUP
    return Column.HEAD if fold(one.head) != fold(other.head) else None


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

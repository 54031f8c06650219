"""A sheet's rows read into the households of a commune; called with what `bot/sheets` read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TypeVar

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.place_names import PlaceIndex
from announcements.roster.cells import cell_text
from announcements.roster.columns import HEADING_WITHIN, Column, Layout, find_headings, read_layout
from announcements.roster.households import HouseholdRow, RefusedRow, read_household, read_refused, refused
from announcements.roster.lines import is_household
from announcements.roster.problems import Problem, unknown_columns
from announcements.roster.repeats import Households

_Line = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Roster:
    """What a file said.

    `households` in the file's order, each once; `problems` by row; `warnings` are sentences about the whole file;
    `rows` counts the rows that mean a household: those kept, those merged into another and those refused; `codes` are
    the codes of all of them: a household whose row was refused has not left. `refused` is what refused rows still say.
    """

    households: tuple[HouseholdRow, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    rows: int
    codes: frozenset[str] = frozenset()
    refused: tuple[RefusedRow, ...] = ()


def read_roster(rows: Iterable[tuple[int, Sequence[object]]]) -> Roster:
    """Read `rows`, each with the spreadsheet's own number of it and its cells, merged ones filled in.

    Mistake when no row has the headings, a needed column lacks, or no household follows: then nothing can be taken.
    Whatever else is wrong is wrong with one row and becomes a `Problem`.
    """
    lines = ((number, tuple(map(cell_text, cells))) for number, cells in rows)
    top = list(islice(lines, HEADING_WITHIN))
    at = find_headings([cells for _, cells in top])
    layout = read_layout(top[at][1])
    codes: set[str] = set()
    unread: list[RefusedRow] = []
    drafts, problems, count = _drafts(chain(top[at + 1 :], lines), layout, codes, unread)
    if not count:
        raise Mistake(phrase("roster.no_households"))
    households = Households()
    called = _spellings([*drafts, *unread])
    for draft in drafts:
        household = _called(draft, called)
        if problem := households.add(household):
            problems.append(problem)
            if problem.refused:
                unread.append(refused(household))
    return Roster(
        households=households.all(),
        problems=tuple(sorted(problems, key=lambda problem: problem.row)),
        warnings=(unknown_columns(layout.unknown),) if layout.unknown else (),
        rows=count,
        codes=frozenset(codes),
        refused=tuple(_called(row, called) for row in unread),
    )


def _drafts(
    lines: Iterable[_Line], layout: Layout, codes: set[str], unread: list[RefusedRow]
) -> tuple[list[HouseholdRow], list[Problem], int]:
    drafts: list[HouseholdRow] = []
    problems: list[Problem] = []
    count = 0
    for number, cells in lines:
        if not is_household(cells, layout):
            continue
        count += 1
        codes.update(code.upper() for code in layout.texts(cells, Column.CODE))
        household, remarks = read_household(number, cells, layout)
        problems.extend(remarks)
        if household:
            drafts.append(household)
        else:
            unread.append(read_refused(number, cells, layout))
    return drafts, problems, count


_Place = tuple[str, str]  # village, group
_Row = TypeVar("_Row", HouseholdRow, RefusedRow)


def _spellings(rows: Sequence[HouseholdRow | RefusedRow]) -> dict[_Place, _Place]:
    """The same village or group under one spelling. Needs them all: the one with tone marks may come last."""
    places = dict.fromkeys((row.village, row.group) for row in rows)
    villages = PlaceIndex(village for village, _ in places)
    called = {village: villages.find(village) or village for village, _ in places}
    groups: dict[str, PlaceIndex] = {}
    for village, group in places:
        groups.setdefault(called[village], PlaceIndex()).add(group)
    return {place: (called[place[0]], groups[called[place[0]]].find(place[1]) or place[1]) for place in places}


def _called(row: _Row, spelling: Mapping[_Place, _Place]) -> _Row:
    written = (row.village, row.group)
    village, group = spelling.get(written, written)
    return row if written == (village, group) else replace(row, village=village, group=group)

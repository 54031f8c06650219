"""Taking a roster file in, and giving it out."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.roster import HEADINGS, Departures, HouseholdRow, Living, Problem, Roster, read_roster, roster_line
from bot import sheets
from bot.context import Context
from bot.office.notices.announcing import actor
from bot.office.rights import must_manage
from bot.office.trying import changing
from db import audit
from db.access.people import StaffRow
from db.places import area_uses, households
from db.places.areas import AreaRow
from db.places.households import Imported
from db.places.roster_changes import Changes

ROWS_NAMED = 10  # in a warning


@dataclass(frozen=True, slots=True)
class Result:
    """What an import found and did (or, on a dry run, would have done)."""

    rows: int
    done: Imported
    problems: Sequence[Problem]
    warnings: Sequence[str]
    changes: Changes

    @property
    def refused(self) -> bool:
        return any(problem.refused for problem in self.problems)

    @property
    def departures(self) -> list[tuple[Living, AreaRow, bool]]:
        """Households the file does not name: who, where, and whether they were kept all the same."""
        found, places = self.done.departed.found, self.done.departed.places
        both = ((found.leaving, False), (found.held_back, True))
        return [(one, places[one.area_id], held_back) for those, held_back in both for one in those]

    def as_dict(self) -> dict[str, Any]:
        """The JSON of `loa roster import`."""
        return {
            "rows": self.rows,
            "created": self.done.created,
            "updated": self.done.updated,
            "unchanged": self.done.unchanged,
            "left": self.done.left,
            "left_held_back": len(self.done.departed.found.held_back),
            "errors": [
                {"row": one.row, "column": str(one.column), "problem": one.problem, "refused": one.refused}
                for one in self.problems
            ],
            "departures": [
                {
                    "household": one.code,
                    "head_name": one.head,
                    "area": area.code,
                    "area_name": area.name,
                    "held_back": held_back,
                }
                for one, area, held_back in self.departures
            ],
            "warnings": list(self.warnings),
            "changes": [change.as_dict() for kind in self.changes.kept.values() for change in kind],
        }


class RosterChanged(Mistake):
    """Since somebody looked at what an import would change, the roster has changed: look again."""

    def __init__(self) -> None:
        super().__init__(phrase("place.roster_moved_on"))


async def take_in(
    context: Context,
    path: Path,
    *,
    dry_run: bool = False,
    departures: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
    mark: str | None = None,
    staff: StaffRow | None = None,
) -> Result:
    """Import a roster file in one transaction. `progress` hears how many rows were read. Raises `Mistake`.

    `departures`: a person says that all whom the file leaves out have left, however many. With `mark` nothing is done
    unless exactly the changes with this mark would be made.
    """
    sheet, read = await asyncio.to_thread(_read, path, progress)
    now, changes = context.clock(), Changes()
    async with changing(context.database, dry_run=dry_run) as connection:
        for top in await area_uses.children(connection, None):
            must_manage(staff, top.path, top.name)
        done = await households.apply_roster(
            connection, read.households, commune=context.settings.commune.name, codes=read.codes, now=now,
            unread=read.refused, departures=departures, changes=changes,
        )  # fmt: skip
        if mark is not None and mark != changes.mark:
            raise RosterChanged
        await audit.note(connection, at=now, actor=actor(staff), action="roster import", subject="roster",
                         created=done.created, updated=done.updated, left=done.left,
                         held_back=len(done.departed.found.held_back))  # fmt: skip
    problems = sorted([*read.problems, *done.problems], key=lambda problem: problem.row)
    warnings = (*sheet.warnings, *read.warnings, *done.warnings, *_held_back(done.departed.found))
    return Result(read.rows, done, problems, warnings, changes)


def _read(path: Path, progress: Callable[[int], None]) -> tuple[sheets.Sheet, Roster]:
    """Beside the event loop: a large file takes a second, and nobody else should wait for it."""
    sheet = sheets.read_sheet(path)
    return sheet, read_roster(_told(sheet.rows, progress))


def _held_back(found: Departures) -> Iterator[str]:
    """Sentences about households that were kept though the file does not name them."""
    if found.too_many:
        yield phrase("command.held_back", count=len(found.too_many), living=found.out_of)
    if found.unsure:
        rows = ", ".join(str(row) for row in sorted(found.unsure_rows)[:ROWS_NAMED])
        more = "…" if len(found.unsure_rows) > ROWS_NAMED else ""
        yield phrase("command.held_unsure", count=len(found.unsure), rows=f"{rows}{more}")


def _told(rows: Iterator[Any], progress: Callable[[int], None]) -> Iterator[Any]:
    for count, row in enumerate(rows, start=1):
        if count % 500 == 0:
            progress(count)
        yield row


async def listed(context: Context, staff: StaffRow) -> list[HouseholdRow]:
    """The roster of all that `staff` reaches."""
    async with context.database.read() as connection:
        return await households.roster(connection, staff.path)


async def give_out(context: Context, path: Path) -> int:
    """Write the roster to `path`, .xlsx or .csv by its ending; returns how many households."""
    async with context.database.read() as connection:
        rows = await households.roster(connection)
    sheets.write_rows(path, HEADINGS, (roster_line(row) for row in rows))
    return len(rows)

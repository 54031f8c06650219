"""Taking a roster file in, and giving it out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from announcements.roster import HEADINGS, Problem, read_roster, roster_line
from bot import sheets
from bot.context import Context
from bot.office.announcing import OPERATOR
from db import audit, households
from db.households import Imported


@dataclass(frozen=True, slots=True)
class Result:
    """What an import found and did (or, on a dry run, would have done)."""

    rows: int
    done: Imported
    problems: Sequence[Problem]
    warnings: Sequence[str]

    @property
    def refused(self) -> bool:
        return any(problem.refused for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        """The JSON of `loa roster import`."""
        return {
            "rows": self.rows,
            "created": self.done.created,
            "updated": self.done.updated,
            "unchanged": self.done.unchanged,
            "left": self.done.left,
            "errors": [
                {"row": one.row, "column": str(one.column), "problem": one.problem, "refused": one.refused}
                for one in self.problems
            ],
            "warnings": list(self.warnings),
        }


class _DryRun(Exception):
    pass


async def take_in(
    context: Context, path: Path, *, dry_run: bool = False, progress: Callable[[int], None] = lambda rows: None
) -> Result:
    """Import a roster file in one transaction. `progress` hears how many rows were read. Raises `Mistake`."""
    sheet = sheets.read_sheet(path)
    read = read_roster(_told(sheet.rows, progress))
    now = context.clock()
    done = Imported()
    try:
        async with context.database.write() as connection:
            done = await households.apply_roster(
                connection, read.households, commune=context.settings.commune.name, codes=read.codes, now=now
            )
            await audit.note(connection, at=now, actor=OPERATOR, action="roster import", subject="roster",
                             created=done.created, updated=done.updated, left=done.left)  # fmt: skip
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    problems = sorted([*read.problems, *done.problems], key=lambda problem: problem.row)
    return Result(read.rows, done, problems, (*sheet.warnings, *read.warnings))


def _told(rows: Iterator[Any], progress: Callable[[int], None]) -> Iterator[Any]:
    for count, row in enumerate(rows, start=1):
        if count % 500 == 0:
            progress(count)
        yield row


async def give_out(context: Context, path: Path) -> int:
    """Write the roster to `path`, .xlsx or .csv by its ending; returns how many households."""
    async with context.database.read() as connection:
        rows = await households.roster(connection)
    sheets.write_rows(path, HEADINGS, (roster_line(row) for row in rows))
    return len(rows)

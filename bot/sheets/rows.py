"""What a spreadsheet file gives and takes, whichever kind it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import NamedTuple

from announcements.mistakes import Mistake

Cell = str | int | float | bool | date | time | timedelta | None
"""`date` includes `datetime`. Whole numbers are `int`; an error value or an empty cell is None."""


class SheetError(Mistake):
    """The file as a whole can't be read or written."""


class SheetRow(NamedTuple):
    """`number` as the spreadsheet counts it, from 1; `cells` from column A, as many as the sheet is wide."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows` can be gone through once. `warnings` are sentences about the file as a whole."""

    rows: Iterator[SheetRow]
    warnings: tuple[str, ...] = ()

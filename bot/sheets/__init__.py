"""Spreadsheet files, .xlsx and .csv: read into rows of cells, and written.

Called by the command line and the pages for the roster file, and by the reports for their tables. What the rows mean is
somebody else's business.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from announcements.mistakes import reason
from announcements.phrases import phrase
from bot.sheets.csv_files import read_csv, write_csv
from bot.sheets.rows import Cell, Sheet, SheetError, SheetRow
from bot.sheets.workbooks import read_workbook, write_workbook

__all__ = ["Cell", "Sheet", "SheetError", "SheetRow", "read_sheet", "replacing", "rows_as_bytes", "write_rows"]

WORKBOOKS = frozenset({".xlsx", ".xlsm"})
TEXTS = frozenset({".csv", ".tsv", ".txt"})
LARGEST = 64 * 2**20  # bytes of a file; 50,000 households take 3 MB as .xlsx and 6 MB as .csv

_WRITERS = {".xlsx": write_workbook, ".csv": write_csv}
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and .xlsx behind a password


def read_sheet(path: Path) -> Sheet:
    """The first visible sheet of a workbook, or a CSV file. What the file is decides, then its ending.

    SheetError when it can't be opened or isn't a spreadsheet; a fault further down is raised while `rows` are taken.
    """
    start = _start_of(path)
    if start.startswith(_OLD_OFFICE):
        raise SheetError(phrase("sheet.old_excel", name=path.name))
    ending = path.suffix.lower()
    if ending not in WORKBOOKS | TEXTS or (ending in WORKBOOKS and start[: len(_ZIP)] != _ZIP):
        raise SheetError(phrase("sheet.no_sheet", name=path.name))
    return read_workbook(path) if start.startswith(_ZIP) else read_csv(path)


def write_rows(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a table, whole or not at all; the path's ending says whether as .xlsx or .csv.

    Text stays text: a leading zero is kept and nothing in a cell is ever run as a formula. Dates are without a zone.
    SheetError for another ending, or when the file can't be written.
    """
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise SheetError(phrase("sheet.ending_unknown", name=path.name))
    with replacing(path) as file:
        write(file, headings, rows)


def rows_as_bytes(ending: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The same as the content of a file. KeyError for an ending other than `.xlsx` and `.csv`."""
    file = BytesIO()
    _WRITERS[ending](file, headings, rows)
    return file.getvalue()


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` once everything was written to it, and is gone otherwise.

    SheetError when it can't be written.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
        os.replace(unfinished, path)
    except OSError as error:
        raise SheetError(phrase("sheet.unwritable", path=path, reason=reason(error))) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _start_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(8)
            size = file.seek(0, os.SEEK_END)
    except FileNotFoundError as error:
        raise SheetError(phrase("sheet.not_there", path=path)) from error
    except OSError as error:
        raise SheetError(phrase("sheet.unreadable", path=path, reason=reason(error))) from error
    if not size:
        raise SheetError(phrase("sheet.empty", name=path.name))
    if size > LARGEST:
        raise SheetError(phrase("sheet.too_big", name=path.name, most=LARGEST // 2**20))
    return start

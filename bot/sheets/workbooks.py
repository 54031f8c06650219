"""Excel workbooks (.xlsx): the first sheet read, fast and with merged cells filled in; a table written row by row."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from announcements.phrases import phrase
from bot.sheets.extent import check_extent
from bot.sheets.rows import Cell, Sheet, SheetError, SheetRow

_WHOLE = 1e15  # floats count exactly up to here
_TEXT_FORMAT = "@"
_FORMATS = {
    "text": _TEXT_FORMAT,
    date.__name__: "yyyy-mm-dd",
    datetime.__name__: "yyyy-mm-dd hh:mm:ss",
    time.__name__: "hh:mm:ss",
    timedelta.__name__: "[h]:mm:ss",
}
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML has no way to write these
_LONGEST = 32_767  # characters in a cell, says Excel
# Formulas, error values or numbers to Excel once somebody edits the cell. These are marked as text.
_LIKE_SOMETHING_ELSE = re.compile(r"[=+\-@#\d.]")
_WIDTH_BY = 200  # rows looked at for the widths of columns
_NARROWEST, _WIDEST = 8, 50  # characters

_Corner = tuple[int, int]  # row, column, from 0


def read_workbook(path: Path) -> Sheet:
    """The rows of the first visible worksheet. SheetError when the file is damaged, or the sheet empty or too wide."""
    try:
        with CalamineWorkbook.from_path(path) as book:
            name = _first_visible(book)
            check_extent(path, name)
            sheet = book.get_sheet_by_name(name)
    except (CalamineError, OSError) as error:
        raise SheetError(phrase("sheet.no_workbook", name=path.name)) from error
    if sheet.start is None:
        raise SheetError(phrase("sheet.first_empty", sheet=name, name=path.name))
    return Sheet(_rows(sheet))


def write_workbook(file: BinaryIO, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Bold headings that stay in view, columns as wide as their first rows need."""
    rows = iter(rows)
    first = list(islice(rows, _WIDTH_BY))
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(phrase("sheet.name"))
        for column, width in enumerate(_widths([headings, *first])):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True, "num_format": _TEXT_FORMAT})
        formats = {name: book.add_format({"num_format": form}) for name, form in _FORMATS.items()}
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, written_text(heading), bold)
        for number, row in enumerate(chain(first, rows), 1):
            for column, value in enumerate(row):
                _write(sheet, number, column, value, formats)


def written_text(text: str) -> str:
    """`text` as a cell of a workbook can hold it."""
    return _ILLEGAL.sub("", text)[:_LONGEST]


def _write(sheet: Worksheet, row: int, column: int, value: Cell, formats: dict[str, Format]) -> None:
    match value:
        case None:
            return
        case str():
            marked = formats["text"] if _LIKE_SOMETHING_ELSE.match(value) else None
            sheet.write_string(row, column, written_text(value), marked)
        case bool():
            sheet.write_boolean(row, column, value)
        case int() | float():
            sheet.write_number(row, column, value)
        case _:
            sheet.write(row, column, value, formats[type(value).__name__])


def _first_visible(book: CalamineWorkbook) -> str:
    for sheet in book.sheets_metadata:
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            return sheet.name
    raise CalamineError("no visible worksheet")


def _rows(sheet: CalamineSheet) -> Iterator[SheetRow]:
    left = sheet.start[1] if sheet.start else 0  # rows are given from the top of the sheet, cells from its first column
    merged = _MergedCells(sheet.merged_cell_ranges or [])
    for index, values in enumerate(sheet.iter_rows()):
        cells: list[Cell] = [None] * left
        cells.extend(map(_cell, values))
        merged.fill(index, cells)
        yield SheetRow(index + 1, tuple(cells))


def _cell(value: Cell) -> Cell:
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:
        return int(value)
    return None if value == "" else value


class _MergedCells:
    """Carries the value of a merged range's first cell to the others, row after row from the top."""

    def __init__(self, ranges: Iterable[tuple[_Corner, _Corner]]) -> None:
        self._beginning: dict[int, list[tuple[_Corner, _Corner]]] = {}
        self._open: list[tuple[int, int, int, Cell]] = []  # last row, first and last column, value
        for first, last in ranges:
            self._beginning.setdefault(first[0], []).append((first, last))

    def fill(self, row: int, cells: list[Cell]) -> None:
        """Fill the blanks of `row` in place. To be called for every row in order."""
        self._open = [merged for merged in self._open if merged[0] >= row]
        for (_, left), (bottom, right) in self._beginning.get(row, ()):
            if left < len(cells):
                self._open.append((bottom, left, right, cells[left]))
        for _, left, right, value in self._open:
            for column in range(left, min(right + 1, len(cells))):
                if cells[column] is None:
                    cells[column] = value


def _widths(rows: Iterable[Sequence[Cell]]) -> list[int]:
    widths: list[int] = []
    for row in rows:
        widths.extend([_NARROWEST] * (len(row) - len(widths)))
        for index, cell in enumerate(row):
            widths[index] = max(widths[index], min(len(str(cell or "")) + 2, _WIDEST))
    return widths

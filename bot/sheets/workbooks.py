"""Excel workbooks (.xlsx): the first sheet read, fast and with merged cells filled in; a table written row by row."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import chain, islice
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell as OpenpyxlCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from bot.sheets.extent import check_extent
from bot.sheets.rows import Cell, Sheet, SheetError, SheetRow

_WHOLE = 1e15  # floats count exactly up to here
_TEXT_FORMAT = "@"
# Formulas and error values to the writer; numbers to Excel once somebody edits the cell. These are marked as text.
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
        raise SheetError(
            f"Tệp “{path.name}” hỏng hoặc không phải Excel .xlsx. Mở bằng Excel, lưu lại dạng .xlsx rồi nhập lại."
        ) from error
    if sheet.start is None:
        raise SheetError(f"Trang tính đầu tiên “{name}” của tệp “{path.name}” trống. Đưa danh sách hộ lên trang đầu.")
    return Sheet(_rows(sheet))


def write_workbook(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Bold headings that stay in view, columns as wide as their first rows need."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Danh sách")
    rows = iter(rows)
    first = list(islice(rows, _WIDTH_BY))
    for index, width in enumerate(_widths([headings, *first]), 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    try:
        sheet.append([_written(sheet, heading, bold) for heading in headings])
        for row in chain(first, rows):
            sheet.append([_written(sheet, value) for value in row])
        book.save(path)
    except BaseException:
        with suppress(Exception):
            book.save(BytesIO())  # the library's one way to close and remove its temporary file
        raise


def _written(sheet: WriteOnlyWorksheet, value: Cell, font: Font | None = None) -> Cell | OpenpyxlCell:
    if not isinstance(value, str):
        return value
    value = ILLEGAL_CHARACTERS_RE.sub("", value)
    if not font and not _LIKE_SOMETHING_ELSE.match(value):
        return value
    written = WriteOnlyCell(sheet, value=value)
    written.data_type = "s"
    written.number_format = _TEXT_FORMAT
    if font:
        written.font = font
    return written


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

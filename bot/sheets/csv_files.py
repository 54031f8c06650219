"""CSV files as Vietnamese Excel makes them: any usual separator and encoding in; UTF-8 with a mark and commas out."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO, TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from announcements.phrases import phrase
from bot.sheets.rows import Cell, Sheet, SheetError, SheetRow

DELIMITERS = ";,\t|"
_SAMPLE = 64 * 1024  # characters to judge the separator by
_NAMED_DELIMITER = re.compile(r"sep=([;,\t|])\r?\n", re.IGNORECASE)  # Excel obeys this first line and hides it

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OLD_VIETNAMESE = "windows-1258"

# A spreadsheet runs a CSV cell that begins like this as a formula. One apostrophe more makes it text, and reading takes
# one away again, so that what was written comes back whatever it began with.
_LIKE_A_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_MADE_TEXT = re.compile(r"'+[=+\-@\t\r]")


def read_csv(path: Path) -> Sheet:
    """The rows of the file. SheetError when it is no text, and while rows are taken for a quotation mark left open."""
    text, warnings = _decoded(path)
    if "\0" in text:
        raise SheetError(phrase("sheet.no_text", name=path.name))
    return Sheet(_rows(path, text), warnings)


def write_csv(file: BinaryIO, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in chain([headings], rows))
    text.flush()
    text.detach()


def _decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    data = path.read_bytes()
    if data.startswith(_UTF16):
        return _text(path, data, "utf-16"), ()
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        text = _text(path, data, _OLD_VIETNAMESE)
    warning = phrase("sheet.other_letters", name=path.name, encoding=_OLD_VIETNAMESE)
    return text, (warning,)


def _text(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SheetError(phrase("sheet.letters_unread", name=path.name)) from error


def _rows(path: Path, text: str) -> Iterator[SheetRow]:
    named = _NAMED_DELIMITER.match(text)
    delimiter = named[1] if named else _delimiter(text)
    text = text[named.end() :] if named else text
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, 1):
            yield SheetRow(number, tuple(_as_written(cell) for cell in cells))
    except csv.Error as error:
        raise SheetError(phrase("sheet.quotes_open", name=path.name, line=reader.line_num)) from error


def _delimiter(text: str) -> str:
    """The one that parts the most cells, outside quotation marks; the earlier of `DELIMITERS` when they are even."""
    sample = text[:_SAMPLE]

    def parts(delimiter: str) -> int:
        return sum(max(len(row) - 1, 0) for row in csv.reader(StringIO(sample, newline=""), delimiter=delimiter))

    return max(DELIMITERS, key=parts)


def _as_written(cell: str) -> str:
    return cell[1:] if _MADE_TEXT.match(cell) else cell


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and _LIKE_A_FORMULA.match(cell) else cell

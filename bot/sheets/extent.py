"""How far a worksheet reaches, looked up before it is read: one stray cell in a far corner must not cost gigabytes.

The reader makes room for every cell between the first and the last one. Called by `workbooks` only.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from xlsxwriter.utility import xl_cell_to_rowcol

from announcements.phrases import phrase
from bot.sheets.rows import SheetError

MOST_CELLS = 4_000_000  # room for 200,000 households in 20 columns: 100 MB
MOST_UNPACKED = 512 * 2**20  # bytes of all parts; a sheet of 50,000 households has 30 MB

# A part that lacks, can't be unpacked, is packed in a way nobody uses, or isn't XML.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError),
    *(LookupError, StopIteration, ValueError, ElementTree.ParseError),
)

_BOOK = "xl/workbook.xml"
_LINKS = "xl/_rels/workbook.xml.rels"
_CHUNK = 2**20
# A cell that closes at once has a look but no content, and the reader passes over it.
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>""")


def check_extent(path: Path, sheet: str) -> None:
    """SheetError when the worksheet named `sheet` reaches too far to be read, or the file is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise SheetError(phrase("sheet.too_big_inside", name=path.name))
            with archive.open(_part_of(archive, sheet)) as part:
                width, height = _extent(part)
    except _DAMAGE as error:
        raise SheetError(phrase("sheet.damaged", name=path.name)) from error
    if width * height > MOST_CELLS:
        raise SheetError(phrase("sheet.too_wide", sheet=sheet, height=height, width=width))


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name in the archive of a worksheet's part. StopIteration when there is none."""
    link = next(
        value
        for element in _elements(archive, _BOOK, "sheet")
        if element.get("name") == sheet
        for key, value in element.items()
        if key.endswith("}id")
    )
    target = next(
        element.get("Target", "") for element in _elements(archive, _LINKS, "Relationship") if element.get("Id") == link
    )
    return posixpath.normpath(posixpath.join("xl", target)).lstrip("/")


def _elements(archive: zipfile.ZipFile, part: str, name: str) -> Iterator[ElementTree.Element]:
    root = ElementTree.fromstring(archive.read(part))  # noqa: S314 - Expat reads nothing outside and bounds expansion
    return (element for element in root.iter() if element.tag.rpartition("}")[2] == name)


def _extent(part: IO[bytes]) -> tuple[int, int]:
    """Columns and rows up to the last cell that has a content."""
    columns: set[bytes] = set()
    height = 0
    rest = b""
    while chunk := part.read(_CHUNK):
        text = rest + chunk
        cut = text.rfind(b"<")
        text, rest = text[:cut], text[cut:]
        for column, row in _CELL.findall(text):
            columns.add(column)
            height = max(height, int(row))
    return max((_number(column.decode()) for column in columns), default=0), height


def _number(column: str) -> int:
    """A is 1, AA is 27."""
    return int(xl_cell_to_rowcol(f"{column}1")[1]) + 1

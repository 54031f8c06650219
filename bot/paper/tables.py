"""Any table as a file: what a list on a screen gives as its download.

A page has one route beside its list and gives the same rows:

    @router.get("/people.{ending}")
    async def people_file(ending: TableEnding, …) -> Response:
        return await downloads.table("can-bo", ending, HEADINGS, rows)

Text stays text: no cell is ever run as a formula, whatever it begins with; numbers are given as numbers, moments as
local ones without a zone.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from bot import sheets
from bot.paper.files import PaperFile
from bot.sheets import Cell

TableEnding = Literal["csv", "xlsx"]


def table(stem: str, ending: TableEnding, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> PaperFile:
    """`stem.ending` with one line of headings. For pages: `bot.web.downloads.table`, which does not hold others up."""
    return PaperFile(f"{stem}.{ending}", sheets.rows_as_bytes(f".{ending}", headings, rows))

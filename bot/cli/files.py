"""Options of commands that give their table as a file instead of printing it."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from announcements.phrases import phrase
from bot.cli.output import err, heading

if TYPE_CHECKING:  # spreadsheets and sheets to print are loaded by the commands that were asked for one
    from bot.paper.files import PaperFile
    from bot.sheets import Cell

CsvFile = Annotated[Path | None, typer.Option("--csv", help="Ghi bảng ra tệp CSV.")]
XlsxFile = Annotated[Path | None, typer.Option("--xlsx", help="Ghi bảng ra tệp Excel.")]
PdfFile = Annotated[Path | None, typer.Option("--pdf", help="Ghi ra tệp PDF để in.")]

Wanted = tuple[Path | None, "Callable[[], PaperFile]"]


def save(*wanted: Wanted) -> bool:
    """Make and write the files that have a path; False when none has. Raises `SheetError`."""
    asked = [(path, make) for path, make in wanted if path is not None]
    for path, make in asked:
        make().save(path)
        err.print(phrase("command.saved", file=path), markup=False)
    return bool(asked)


def as_tables(
    csv_file: Path | None, xlsx_file: Path | None, columns: Sequence[str], rows: "Iterable[Sequence[Cell]]"
) -> tuple[Wanted, Wanted]:
    """A table for `save`. `columns` by name, as in `print_table`."""
    headings, lines = [heading(column) for column in columns], list(rows)

    def made(ending: Literal["csv", "xlsx"]) -> "PaperFile":
        from bot.paper.tables import table

        return table("bang", ending, headings, lines)

    return (csv_file, partial(made, "csv")), (xlsx_file, partial(made, "xlsx"))

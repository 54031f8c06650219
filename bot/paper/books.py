"""Workbooks for the office: title lines, headings that stay in view, formulas with their values, a chart of Excel's.

Every formula is written together with its value, so that a viewer that calculates nothing shows the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

from xlsxwriter import Workbook
from xlsxwriter.chart_bar import ChartBar
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from announcements.phrases import phrase
from bot.drawing.bars import PIECES
from bot.sheets.workbooks import written_text

FONT = "Arial"  # every Excel has it, with every Vietnamese letter
HATCHES = {"///": "wide_upward_diagonal", "xxx": "outlined_diamond", "...": "percent_10"}
FRAME = "#7F7F7F"

_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "note": {"font_color": "#404040"},
    "heading": {"bold": True, "bg_color": "#E2EFDA", "border": 1, "text_wrap": True, "align": "center",
                "valign": "vcenter"},
    "name": {"border": 1, "num_format": "@"},
    "count": {"border": 1, "num_format": "#,##0"},
    "share": {"border": 1, "num_format": "0%"},
    "points": {"border": 1, "num_format": "+0%;-0%;0%"},
    "strong name": {"border": 1, "bold": True, "num_format": "@"},
    "strong count": {"border": 1, "bold": True, "num_format": "#,##0"},
    "strong share": {"border": 1, "bold": True, "num_format": "0%"},
    "strong points": {"border": 1, "bold": True, "num_format": "+0%;-0%;0%"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Formula:
    """`text` without braces, and what it comes to."""

    text: str
    value: float | str


Value = str | int | float | Formula | None


class Book:
    """An open workbook; `content` closes it."""

    def __init__(self) -> None:
        self._file = BytesIO()
        self._book = Workbook(self._file, {"in_memory": True})
        self._looks = {name: self._format(look) for name, look in _LOOKS.items()}
        self._indented: dict[tuple[str, int], Format] = {}

    def _format(self, look: dict[str, Any]) -> Format:
        return self._book.add_format({"font_name": FONT, "font_size": 11, "border_color": FRAME, **look})

    def page(self, name: str, *, landscape: bool = False) -> Worksheet:
        """A sheet that prints on A4, one page wide."""
        sheet = self._book.add_worksheet(name)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        if landscape:
            sheet.set_landscape()
        return sheet

    def top(self, sheet: Worksheet, title: str, notes: Sequence[str]) -> int:
        """The title and the lines below it; returns the row for the headings, one left free before it."""
        sheet.write_string(0, 0, written_text(title), self._looks["title"])
        for row, note in enumerate(notes, 1):
            sheet.write_string(row, 0, written_text(note), self._looks["note"])
        return len(notes) + 2

    def headings(self, sheet: Worksheet, row: int, names: Sequence[str], widths: Sequence[int]) -> None:
        """The line of headings; what is above it and the first column stay in view."""
        for column, (name, width) in enumerate(zip(names, widths, strict=True)):
            sheet.write_string(row, column, name, self._looks["heading"])
            sheet.set_column(column, column, width)
        sheet.set_row(row, 34)
        sheet.freeze_panes(row + 1, 1)
        sheet.repeat_rows(row)

    def put(self, sheet: Worksheet, row: int, column: int, value: Value, look: str, indent: int = 0) -> None:
        """One cell. Text is never taken for a formula."""
        form = self._look(look, indent)
        match value:
            case None:
                sheet.write_blank(row, column, None, form)
            case Formula(text, result):
                sheet.write_formula(row, column, f"={text}", form, result)
            case str():
                sheet.write_string(row, column, written_text(value), form)
            case _:
                sheet.write_number(row, column, value, form)

    def _look(self, name: str, indent: int) -> Format:
        if not indent:
            return self._looks[name]
        if (name, indent) not in self._indented:
            self._indented[name, indent] = self._format({**_LOOKS[name], "indent": indent})
        return self._indented[name, indent]

    def stacked_bars(
        self, sheet: Worksheet, at: str, title: str, rows: tuple[int, int], columns: Sequence[int], form: str = "0"
    ) -> None:
        """A chart of the four pieces in `columns` for the rows from the first to the last; names are in column A."""
        chart = cast(ChartBar, self._book.add_chart({"type": "bar", "subtype": "stacked"}))
        first, last = rows
        for column, (name, colour, hatch) in zip(columns, PIECES, strict=True):
            hatched = {"pattern": HATCHES.get(hatch), "fg_color": "#303030", "bg_color": colour}
            chart.add_series({
                "name": phrase(name),
                "categories": _range(sheet, first, 0, last),
                "values": _range(sheet, first, column, last),
                **({"pattern": hatched} if hatch else {"fill": {"color": colour}}),
                "border": {"color": "#303030", "width": 0.75},
                "gap": 40,
            })  # fmt: skip
        chart.set_title({"name": written_text(title), "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom"})
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"num_format": form, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}})
        chart.set_size({"width": 860, "height": max(280, 110 + 30 * (last - first + 1))})
        sheet.insert_chart(at, chart)

    def content(self) -> bytes:
        """The finished file."""
        self._book.close()
        return self._file.getvalue()


def _range(sheet: Worksheet, first: int, column: int, last: int) -> str:
    return f"='{sheet.name}'!{xl_range_abs(first, column, last, column)}"


def cell(row: int, column: int) -> str:
    """`C7`: how a formula names a cell; rows and columns from 0."""
    return str(xl_rowcol_to_cell(row, column))

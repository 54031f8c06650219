"""How far a notice reached, for the office: as a table, a workbook (`report_book`) and a sheet to sign."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from announcements.phrases import phrase
from announcements.reach import Figures
from bot.drawing.bars import PIECES
from bot.paper.files import PaperFile
from bot.paper.tables import table
from bot.paper.typesetting import pdf
from bot.sheets import Cell

FIGURES = ("audience", "reachable", "sent", "acknowledged", "told_in_person", "not_reached", "open")


@dataclass(frozen=True, slots=True)
class ReportRow:
    """An area. `parent` is the place of the row it lies in, -1 at the top; `depth` counts from there."""

    code: str
    name: str
    kind: str
    parent: int
    depth: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class ReportSheet:
    """A report in words. `rows` from the top down; counts as (label, number); `trouble` are chats
    that did not surely get it, with what became of it; `half` is empty until half had it."""

    commune: str
    where: str
    title: str
    code: str
    due: str
    state: str
    printed: str
    rows: Sequence[ReportRow]
    total: Figures
    deliveries: Sequence[tuple[str, int]]
    trouble: Sequence[tuple[str, str]]
    channels: Sequence[tuple[str, int]]
    grades: Sequence[tuple[str, int]]
    late_joiners: int
    half: str

    @property
    def stem(self) -> str:
        return f"ket-qua-{self.code}"

    @property
    def drawn(self) -> list[ReportRow]:
        """The rows a chart has a bar for: the parts of the whole, or the whole where it has none."""
        tops = [row for row in self.rows if row.parent < 0]
        if len(tops) > 1:
            return tops
        parts = [row for row in self.rows if row.depth == 1]
        return parts or tops


def report_csv(sheet: ReportSheet) -> PaperFile:
    """`ket-qua-TB-7K3M.csv`: the rows by code and name, and the total."""
    rows: list[list[Cell]] = [[row.code, row.name, *row.figures.as_dict().values()] for row in sheet.rows]
    rows.append(["", phrase("command.total"), *sheet.total.as_dict().values()])
    return table(sheet.stem, "csv", [phrase(f"column.{name}") for name in ("area_code", "area", *FIGURES)], rows)


def report_pdf(sheet: ReportSheet) -> PaperFile:
    """`ket-qua-TB-7K3M.pdf`: A4, the table by village and group, a chart, deliveries, room for signatures."""
    data = asdict(sheet) | {
        "rows": [_printed(row.name, row.depth, row.figures) for row in sheet.rows],
        "total": _printed(phrase("command.total"), 0, sheet.total),
        "bars": [_printed(row.name, 0, row.figures) for row in sheet.drawn],
        "legend": [phrase(name) for name, _, _ in PIECES],
        "headings": [phrase(f"column.{name}") for name in ("area", *FIGURES)],
    }
    return PaperFile(f"{sheet.stem}.pdf", pdf("report.typ", data))


def _printed(name: str, depth: int, figures: Figures) -> dict[str, object]:
    return {"name": name, "depth": depth, "figures": list(figures.as_dict().values()), "pieces": list(figures.pieces)}

"""A month of notices for the office: a sheet to print and the chart of it; the workbook is `month_book`."""

from collections.abc import Sequence
from dataclasses import dataclass

from announcements.months import Month
from announcements.phrases import phrase
from announcements.reach import Figures
from announcements.types import How
from bot.drawing.bars import PIECES
from bot.paper.files import PaperFile
from bot.paper.typesetting import pdf, typeset

WAYS = (How.MET, How.CALLED, How.SLIP, How.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice of the month. `half` is empty until half of the audience had it; `counted` unless it was withdrawn."""

    code: str
    title: str
    due: str
    state: str
    counted: bool
    figures: Figures
    half: str


@dataclass(frozen=True, slots=True)
class AreaLine:
    """An area; `change` of the share that has it against the month before, from -1 to 1."""

    name: str
    place: str  # as people call it out of its row
    depth: int
    notices: int
    figures: Figures
    change: float | None


@dataclass(frozen=True, slots=True)
class WorkLine:
    """What one member of staff recorded, in the order of `WAYS`."""

    name: str
    role: str
    place: str
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class MonthSheet:
    """A month in words, for `where`. `quiet` are groups that fall behind; channels as (label, households)."""

    commune: str
    where: str
    month: Month
    printed: str
    total: Figures
    change: float | None
    half: str
    notices: Sequence[NoticeLine]
    areas: Sequence[AreaLine]
    quiet: Sequence[AreaLine]
    channels: Sequence[tuple[str, int]]
    work: Sequence[WorkLine]

    @property
    def stem(self) -> str:
        return f"tong-ket-{self.month}"

    @property
    def drawn(self) -> list[AreaLine]:
        """The areas the chart has a bar for: the parts of the whole, or the whole where it has none."""
        tops = [area for area in self.areas if not area.depth]
        parts = [area for area in self.areas if area.depth == 1]
        return tops if len(tops) > 1 or not parts else parts


def month_pdf(sheet: MonthSheet) -> PaperFile:
    """`tong-ket-2026-11.pdf`: averages, the chart, tables of areas and notices, quiet groups, leaders' work."""
    return PaperFile(f"{sheet.stem}.pdf", pdf("month.typ", _data(sheet)))


def month_chart(sheet: MonthSheet) -> PaperFile:
    """`tong-ket-2026-11.svg`: the chart alone, for a page that has the table beside it."""
    (picture,) = typeset("month_chart.typ", _data(sheet), form="svg")
    return PaperFile(f"{sheet.stem}.svg", picture)


def _data(sheet: MonthSheet) -> dict[str, object]:
    return {
        "commune": sheet.commune,
        "where": sheet.where,
        "month": sheet.month.words,
        "printed": sheet.printed,
        "total": _shares(sheet.total),
        "change": _points(sheet.change),
        "half": sheet.half,
        "legend": [phrase(name) for name, _, _ in PIECES],
        "notices": [
            {"code": one.code, "title": one.title, "due": one.due, "state": one.state, "counted": one.counted,
             "half": one.half, **_shares(one.figures)}
            for one in sheet.notices
        ],
        "areas": [_area(one) for one in sheet.areas],
        "bars": [_area(one) for one in sheet.drawn],
        "quiet": [_area(one) for one in sheet.quiet],
        "channels": [list(pair) for pair in sheet.channels],
        "ways": [phrase(f"month.{how.value}") for how in WAYS],
        "work": [{"name": one.name, "role": one.role, "place": one.place, "counts": list(one.counts)}
                 for one in sheet.work],
    }  # fmt: skip


def _area(one: AreaLine) -> dict[str, object]:
    return {"name": one.name, "place": one.place, "depth": one.depth, "notices": one.notices,
            "change": _points(one.change), **_shares(one.figures)}  # fmt: skip


def _shares(figures: Figures) -> dict[str, object]:
    """The audience, what of it each piece is, and how that is said."""
    shares = [figures.share(piece) for piece in figures.pieces]
    return {"audience": figures.audience, "shares": shares, "percents": percents(figures)}


def percents(figures: Figures) -> list[int]:
    """The four pieces in whole percents, rounded as a spreadsheet does: they may add up to 99 or 101."""
    return [int(100 * figures.share(piece) + 0.5) for piece in figures.pieces]


def _points(change: float | None) -> int | None:
    return None if change is None else round(100 * change)

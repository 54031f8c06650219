"""A month as a workbook: areas with shares as formulas and a chart, notices, what leaders recorded."""

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from announcements.phrases import phrase
from announcements.reach import Figures
from bot.drawing.bars import PIECES
from bot.paper.books import Book, Formula, Value, cell
from bot.paper.files import PaperFile
from bot.paper.months import WAYS, AreaLine, MonthSheet

_NAMES = tuple(f"column.{name}" for name in ("acknowledged", "told_in_person", "not_reached", "open"))
_AUDIENCE, _PIECES, _SHARES, _CHANGE = 2, 3, 7, 11  # columns; an area's name and its notices are before them


def month_book(sheet: MonthSheet) -> PaperFile:
    """`tong-ket-2026-11.xlsx`."""
    book = Book()
    first = _areas(book, sheet)
    _chart(book, sheet, first)
    _notices(book, sheet)
    _work(book, sheet)
    return PaperFile(f"{sheet.stem}.xlsx", book.content())


def _top(book: Book, page: Worksheet, sheet: MonthSheet) -> int:
    title = phrase("month.title", month=sheet.month.words)
    places = " · ".join(dict.fromkeys((sheet.commune, sheet.where)))
    return book.top(page, title, (places, phrase("book.printed", moment=sheet.printed), phrase("month.rule")))


def _areas(book: Book, sheet: MonthSheet) -> int:
    """The table of areas; returns the row of the first."""
    page = book.page(phrase("month.areas"), landscape=True)
    top = _top(book, page, sheet)
    names = [phrase(name) for name in ("column.area", "month.notices", "month.turns", *_NAMES)]
    shares = [phrase("month.share", of=phrase(name)) for name in _NAMES]
    headings = [*names, *shares, phrase("month.change")]
    book.headings(page, top, headings, (34, *[11] * (len(headings) - 1)))
    for at, area in enumerate(sheet.areas, top + 1):
        strong = "strong " if any(other.depth > area.depth for other in sheet.areas) else ""
        book.put(page, at, 0, area.name, f"{strong}name", area.depth)
        _line(book, page, at, area.notices, area.figures, area.change, strong)
    end = top + 1 + len(sheet.areas)
    book.put(page, end, 0, phrase("command.total"), "strong name")
    counted = sum(one.counted for one in sheet.notices)
    _line(book, page, end, counted, sheet.total, sheet.change, "strong ")
    return top + 1


def _line(
    book: Book, page: Worksheet, at: int, notices: int, figures: Figures, change: float | None, strong: str
) -> None:
    counts = (notices, figures.audience, *figures.pieces)
    for column, count in enumerate(counts, 1):
        book.put(page, at, column, count, f"{strong}count")
    audience = cell(at, _AUDIENCE)
    for place, piece in enumerate(figures.pieces):
        share = Formula(f"IF({audience}=0,0,{cell(at, _PIECES + place)}/{audience})", figures.share(piece))
        book.put(page, at, _SHARES + place, share, f"{strong}share")
    book.put(page, at, _CHANGE, change, f"{strong}points")


def _chart(book: Book, sheet: MonthSheet, first: int) -> None:
    page = book.page(phrase("book.chart"), landscape=True)
    book.headings(page, 0, [phrase("column.area"), *(phrase(name) for name, _, _ in PIECES)], (34, 14, 14, 14, 14))
    table = f"'{phrase('month.areas')}'!"
    for at, area in enumerate(sheet.drawn, 1):
        book.put(page, at, 0, area.name, "name")
        source = first + list(sheet.areas).index(area)
        for place, piece in enumerate(area.figures.pieces):
            share = Formula(table + cell(source, _SHARES + place), area.figures.share(piece))
            book.put(page, at, 1 + place, share, "share")
    if sheet.drawn:
        title = phrase("month.title", month=sheet.month.words)
        book.stacked_bars(page, cell(len(sheet.drawn) + 2, 0), title, (1, len(sheet.drawn)), range(1, 5), "0%")


def _notices(book: Book, sheet: MonthSheet) -> None:
    page = book.page(phrase("month.each"), landscape=True)
    names = ("column.title", "column.code", "column.due_at", "column.state", "column.audience", *_NAMES)
    headings = [*map(phrase, names), phrase("month.half")]
    book.headings(page, 0, headings, (44, 11, 14, 14, *[11] * 5, 20))
    for at, one in enumerate(sheet.notices, 1):
        _row(book, page, at, (one.title, one.code, one.due, one.state, one.figures.audience, *one.figures.pieces,
                              one.half))  # fmt: skip


def _work(book: Book, sheet: MonthSheet) -> None:
    page = book.page(phrase("month.work"))
    headings = [phrase("column.name"), phrase("column.role"), phrase("column.area"),
                *(phrase(f"month.{how.value}") for how in WAYS)]  # fmt: skip
    book.headings(page, 0, headings, (30, 16, 26, *[13] * 4))
    for at, one in enumerate(sheet.work, 1):
        _row(book, page, at, (one.name, one.role, one.place, *one.counts))
    start = len(sheet.work) + 3
    for at, (name, count) in enumerate(sheet.channels, start):
        _row(book, page, at, (phrase("book.through", channel=name), count))
    for at, area in enumerate(sheet.quiet, start + len(sheet.channels) + 1):
        _row(book, page, at, (phrase("month.quiet", area=area.place), _open(area)))


def _open(area: AreaLine) -> str:
    return f"{area.figures.share(area.figures.open):.0%}"


def _row(book: Book, page: Worksheet, at: int, values: Sequence[Value]) -> None:
    for column, value in enumerate(values):
        book.put(page, at, column, value, "name" if isinstance(value, str) else "count")

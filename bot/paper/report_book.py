"""The report of one notice as a workbook: the truth table with its sums as formulas, a chart, what was sent."""

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from announcements.phrases import phrase
from announcements.reach import Figures
from bot.drawing.bars import PIECES
from bot.paper.books import Book, Formula, Value, cell
from bot.paper.files import PaperFile
from bot.paper.reports import FIGURES, ReportSheet

_FIRST = 2  # the column of the audience; an area's name and kind are before it
_COLUMN = {name: _FIRST + place for place, name in enumerate(FIGURES)}
_PIECES = tuple(_COLUMN[name] for name in ("acknowledged", "told_in_person", "not_reached", "open"))
_RECEIVED = _FIRST + len(FIGURES)
_CHECK = _RECEIVED + 1
MOST_SUMMED = 200  # cells a formula names one by one; Excel takes 255


def report_book(sheet: ReportSheet) -> PaperFile:
    """`ket-qua-TB-7K3M.xlsx`: the table, the chart, and what was sent and answered through what."""
    book = Book()
    page = book.page(phrase("book.table"), landscape=True)
    notes = (f"{sheet.code} · {sheet.due} · {sheet.state}", " · ".join(dict.fromkeys((sheet.commune, sheet.where))),
             phrase("book.printed", moment=sheet.printed))  # fmt: skip
    top = book.top(page, sheet.title, notes)
    names = [phrase(f"column.{name}") for name in ("area", "kind", *FIGURES, "received", "check")]
    book.headings(page, top, names, (34, 14, *[11] * (len(FIGURES) + 2)))
    lines = _Lines(book, page, sheet, top + 1)
    for place in range(len(sheet.rows)):
        lines.area(place)
    lines.total()
    page.write_string(top + len(sheet.rows) + 3, 0, phrase("book.rule"))
    _chart(book, sheet, top + 1)
    _ways(book, sheet)
    return PaperFile(f"{sheet.stem}.xlsx", book.content())


class _Lines:
    """The lines of the table: the lowest areas are counted, those above them are sums of theirs."""

    def __init__(self, book: Book, page: Worksheet, sheet: ReportSheet, first: int) -> None:
        self._book, self._page, self._sheet, self._first = book, page, sheet, first
        self._parts: dict[int, list[int]] = {}  # places of rows by the place of the one they lie in
        for place, row in enumerate(sheet.rows):
            self._parts.setdefault(row.parent, []).append(place)

    def area(self, place: int) -> None:
        row = self._sheet.rows[place]
        self._line(self._first + place, (row.name, row.kind), row.figures, self._parts.get(place, []), row.depth)

    def total(self) -> None:
        end = self._first + len(self._sheet.rows)
        self._line(end, (phrase("command.total"), ""), self._sheet.total, self._parts.get(-1, []), 0, total=True)

    def _line(
        self,
        at: int,
        names: tuple[str, str],
        figures: Figures,
        parts: Sequence[int],
        depth: int,
        *,
        total: bool = False,
    ) -> None:
        strong = "strong " if parts or total else ""
        put = self._book.put
        put(self._page, at, 0, names[0], f"{strong}name", depth)
        put(self._page, at, 1, names[1], f"{strong}name")
        for name, count in figures.as_dict().items():
            put(self._page, at, _COLUMN[name], self._sum(name, count, parts), f"{strong}count")
        audience, *pieces = (cell(at, column) for column in (_FIRST, *_PIECES))
        share = Formula(f"IF({audience}=0,0,({pieces[0]}+{pieces[1]})/{audience})", figures.share(figures.received))
        put(self._page, at, _RECEIVED, share, f"{strong}share")
        right, wrong = phrase("book.right"), phrase("book.wrong")
        check = Formula(f'IF({audience}={"+".join(pieces)},"{right}","{wrong}")',
                        right if figures.audience == sum(figures.pieces) else wrong)  # fmt: skip
        put(self._page, at, _CHECK, check, f"{strong}name")

    def _sum(self, name: str, count: int, parts: Sequence[int]) -> Value:
        """The sum of the parts where it is their sum: households may also belong to an area above the lowest."""
        if not parts or len(parts) > MOST_SUMMED:
            return count
        if sum(self._sheet.rows[part].figures.as_dict()[name] for part in parts) != count:
            return count
        return Formula(f"SUM({','.join(cell(self._first + part, _COLUMN[name]) for part in parts)})", count)


def _chart(book: Book, sheet: ReportSheet, first: int) -> None:
    page = book.page(phrase("book.chart"), landscape=True)
    names = [phrase("column.area"), *(phrase(name) for name, _, _ in PIECES)]
    book.headings(page, 0, names, (34, 14, 14, 14, 14))
    table = f"'{phrase('book.table')}'!"
    for at, row in enumerate(sheet.drawn, 1):
        book.put(page, at, 0, row.name, "name")
        source = first + list(sheet.rows).index(row)
        for place, (column, count) in enumerate(zip(_PIECES, row.figures.pieces, strict=True), 1):
            book.put(page, at, place, Formula(table + cell(source, column), count), "count")
    if sheet.drawn:
        book.stacked_bars(page, cell(len(sheet.drawn) + 2, 0), sheet.title, (1, len(sheet.drawn)), range(1, 5))


def _ways(book: Book, sheet: ReportSheet) -> None:
    page = book.page(phrase("book.ways"))
    book.headings(page, 0, [phrase("book.what"), phrase("book.count")], (42, 12))
    lines: list[tuple[str, Value]] = [
        *((phrase("book.chats", state=name), count) for name, count in sheet.deliveries),
        *((phrase("book.trouble", chat=chat), state) for chat, state in sheet.trouble),
        *((phrase("book.through", channel=name), count) for name, count in sheet.channels),
        *((phrase("book.grade", grade=name), count) for name, count in sheet.grades),
        (phrase("book.late"), sheet.late_joiners),
        (phrase("book.half"), sheet.half or phrase("book.not_yet")),
    ]
    for at, (name, value) in enumerate(lines, 1):
        book.put(page, at, 0, name, "name")
        book.put(page, at, 1, value, "count")

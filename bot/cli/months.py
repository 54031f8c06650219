"""`loa month`."""

from functools import partial
from typing import Annotated

import typer

from announcements.months import MonthSummary
from announcements.phrases import phrase
from announcements.rendering import span_words
from bot.cli.files import PdfFile, XlsxFile, save
from bot.cli.output import AsJson, out, print_json, print_table, run
from bot.context import Context
from bot.office.reach import months
from db.places.areas import STEP

COLUMNS = ("area", "notices", "turns", "acknowledged", "told_in_person", "not_reached", "open", "trend")


def register(app: typer.Typer) -> None:
    app.command("month")(month)


def month(
    wanted: Annotated[str, typer.Argument(metavar="[THÁNG]", help="Tháng, ví dụ 2026-11; bỏ trống là tháng này.")] = "",
    xlsx_file: XlsxFile = None,
    pdf_file: PdfFile = None,
    json: AsJson = False,
) -> None:
    """Tổng kết tháng: từng thông báo, từng địa bàn so với tháng trước, tổ tụt lại, việc cán bộ đã làm."""

    async def work(context: Context) -> None:
        found = await months.summary(context, months.asked(context, wanted))
        saved = any((xlsx_file, pdf_file))
        if saved:
            from bot.office.reach import month_sheets
            from bot.paper.month_book import month_book
            from bot.paper.months import month_pdf

            sheet = month_sheets.worded(context, found, context.settings.commune.name)
            save((xlsx_file, partial(month_book, sheet)), (pdf_file, partial(month_pdf, sheet)))
        if json:
            print_json(months.as_json(context, found))
        elif not saved:
            _print(found)

    run(work)


def _print(found: MonthSummary) -> None:
    out.print(phrase("month.title", month=found.month.words), markup=False)
    top = min((len(area.path) for area in found.areas), default=0)
    rows = []
    for area in found.areas:
        shares = [f"{area.figures.share(piece):.0%}" for piece in area.figures.pieces]
        name = "  " * ((len(area.path) - top) // STEP) + area.name
        rows.append([name, area.notices, area.figures.audience, *shares, _points(area.received_change)])
    print_table(COLUMNS, rows, phrase("command.no_notices_then"))
    if found.half is not None:
        out.print(phrase("command.half_after", span=span_words(found.half)), markup=False)
    if found.quiet:
        names = ", ".join(area.code for area in found.quiet)
        out.print(phrase("command.quiet", groups=names), markup=False)


def _points(change: float | None) -> str:
    return "–" if change is None else f"{100 * change:+.0f}"

"""`loa report`, `unreached`, `ack`, `unreachable`."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from announcements.phrases import label, phrase
from announcements.types import IN_PERSON, Grade, How, Reason
from bot.cli.acting import staff_of
from bot.cli.files import CsvFile, PdfFile, XlsxFile, as_tables, save
from bot.cli.heeding import name_successors
from bot.cli.output import AsJson, fail, out, print_json, print_table, run
from bot.context import Context
from bot.office import documents
from bot.office.reach import recording, reporting
from bot.office.reach.recording import Result
from bot.office.reach.reporting import BroadcastReport
from db.counting.doors import Door

if TYPE_CHECKING:
    from bot.paper.files import PaperFile
    from bot.sheets import Cell

DOOR_COLUMNS = ("household", "head", "group", "address", "phone", "device")
FIGURES = ("audience", "reachable", "sent", "acknowledged", "told_in_person", "not_reached", "open")


def register(app: typer.Typer) -> None:
    app.command("report")(report)
    app.command("unreached")(unreached)
    app.command("ack")(ack)
    app.command("unreachable")(unreachable)


def report(
    code: str,
    csv_file: CsvFile = None,
    xlsx_file: XlsxFile = None,
    pdf_file: PdfFile = None,
    json: AsJson = False,
) -> None:
    """Bảng kết quả: thông báo đã tới bao nhiêu hộ, theo từng địa bàn."""

    async def work(context: Context) -> None:
        found = await reporting.report(context, code)
        saved = any((csv_file, xlsx_file, pdf_file)) and await _save(context, code, csv_file, xlsx_file, pdf_file)
        if json:
            print_json(reporting.as_json(context, found))
        elif not saved:
            _print(context, found)

    run(work)


def _rows(found: BroadcastReport) -> list[list[object]]:
    rows: list[list[object]] = []
    for area in found.report.areas:
        depth = "  " * (len(area.path) // 8 - 1)
        figures = area.figures.as_dict()
        rows.append([depth + area.name, *(figures[key] for key in FIGURES)])
    total = found.report.total.as_dict()
    rows.append([phrase("command.total"), *(total[key] for key in FIGURES)])
    return rows


def _print(context: Context, found: BroadcastReport) -> None:
    row = found.broadcast
    out.print(
        f"{row.code} · {row.title} · {context.local(row.due_at):%H:%M %d/%m/%Y} · {label(row.state)}", markup=False
    )
    print_table(("area", *FIGURES), _rows(found), phrase("command.not_sent"))
    sent = ", ".join(f"{label(state)}: {count}" for state, count in found.report.deliveries.items() if count)
    out.print(phrase("command.chats", states=sent or phrase("command.no_chat_yet")), markup=False)
    if found.report.late_joiners:
        out.print(phrase("command.late_joiners", count=found.report.late_joiners), markup=False)


async def _save(
    context: Context, code: str, csv_file: Path | None, xlsx_file: Path | None, pdf_file: Path | None
) -> bool:
    from bot.office.reach import report_sheets
    from bot.paper.report_book import report_book
    from bot.paper.reports import report_csv, report_pdf

    sheet = await report_sheets.sheet(context, code)
    made = ((csv_file, report_csv), (xlsx_file, report_book), (pdf_file, report_pdf))
    return save(*((path, partial(make, sheet)) for path, make in made))


def unreached(
    code: str,
    area: Annotated[str | None, typer.Option(help="Chỉ một địa bàn: mã hoặc tên.")] = None,
    csv_file: CsvFile = None,
    xlsx_file: XlsxFile = None,
    pdf_file: PdfFile = None,
    json: AsJson = False,
) -> None:
    """Danh sách gõ cửa: những hộ chưa có tin."""

    async def work(context: Context) -> None:
        await name_successors(context, area)
        row, doors = await reporting.unreached(context, code, area=area)
        lines = _door_rows(doors)
        saved = save(*as_tables(csv_file, xlsx_file, DOOR_COLUMNS, lines))
        if pdf_file is not None:
            saved = save((pdf_file, await _door_sheet(context, code, area)))
        if json:
            print_json([documents.door(door) for door in doors])
            return
        if not saved:
            print_table(DOOR_COLUMNS, lines, phrase("command.nobody_open"))
        sys.stderr.write(phrase("command.open", count=len(doors), code=row.announcement) + "\n")

    run(work)


def _door_rows(doors: Sequence[Door]) -> "list[tuple[Cell, ...]]":
    return [(door.household, door.head_name, door.area_name, door.address, door.phone, label(door.device))
            for door in doors]  # fmt: skip


async def _door_sheet(context: Context, code: str, area: str | None) -> "Callable[[], PaperFile]":
    from bot.office.reach import door_sheets
    from bot.paper.doors import door_file

    return partial(door_file, await door_sheets.sheet(context, code, area=area))


def _how(word: str | None) -> How:
    allowed = {how.value: how for how in sorted(IN_PERSON)}
    if word not in allowed:
        fail(phrase("mistake.how_unknown", known=", ".join(allowed)), status=2)
    return allowed[word]


def ack(
    code: str,
    household: str,
    by: Annotated[str, typer.Option("--by", help="Mã cán bộ ghi nhận.")],
    how: Annotated[str | None, typer.Option(help="met (đã gặp), called (đã gọi), slip (để phiếu).")] = None,
    grade: Annotated[Grade, typer.Option(help="Mức trả lời của hộ.")] = Grade.RECEIVED,
    undo: Annotated[bool, typer.Option("--undo", help="Bỏ ghi nhận gần nhất của cán bộ về hộ này.")] = False,
    json: AsJson = False,
) -> None:
    """Ghi nhận đã báo tận nơi cho một hộ, hoặc bỏ ghi nhận đó."""
    chosen = None if undo else _how(how)

    async def work(context: Context) -> None:
        staff = await staff_of(context, by)
        if chosen is None:
            result = await recording.undo(context, code, household, staff=staff)
        else:
            result = await recording.told(context, code, household, how=chosen, staff=staff, grade=grade)
        _say(result, json, "nothing_to_undo" if chosen is None else "recorded_before")

    run(work)


def unreachable(
    code: str,
    household: str,
    by: Annotated[str, typer.Option("--by", help="Mã cán bộ ghi nhận.")],
    why: Annotated[Reason, typer.Option(help="Vì sao không báo được.")],
    json: AsJson = False,
) -> None:
    """Ghi nhận không gặp được một hộ, vì sao."""

    async def work(context: Context) -> None:
        staff = await staff_of(context, by)
        _say(await recording.unreachable(context, code, household, why=why, staff=staff), json, "not_unreachable")

    run(work)


def _say(result: Result, json: bool, unchanged: str) -> None:
    """`unchanged` names what is said when the record had no effect."""
    if json:
        print_json(documents.recorded(result))
        return
    said = phrase("command.recorded", head=result.door.head_name, outcome=label(result.outcome))
    out.print(said if result.changed else f"{said}. {phrase(f'command.{unchanged}')}", markup=False)

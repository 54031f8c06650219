"""`loa report`, `unreached`, `ack`, `unreachable`."""

import csv
import sys
from pathlib import Path
from typing import Annotated

import typer

from announcements.mistakes import reason
from announcements.phrases import label, phrase
from announcements.types import IN_PERSON, Grade, How, Reason
from bot.cli.announcements import staff_of
from bot.cli.output import AsJson, fail, heading, out, print_json, print_table, run
from bot.context import Context
from bot.office import recording, reporting
from bot.office.recording import Result
from bot.office.reporting import BroadcastReport

FIGURES = ("audience", "reachable", "sent", "acknowledged", "told_in_person", "not_reached", "open")


def register(app: typer.Typer) -> None:
    app.command("report")(report)
    app.command("unreached")(unreached)
    app.command("ack")(ack)
    app.command("unreachable")(unreachable)


def report(
    code: str,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Ghi bảng ra tệp CSV.")] = None,
    json: AsJson = False,
) -> None:
    """Bảng kết quả: thông báo đã tới bao nhiêu hộ, theo từng địa bàn."""

    async def work(context: Context) -> None:
        found = await reporting.report(context, code)
        if csv_file is not None:
            _write_csv(csv_file, found)
        if json:
            print_json(reporting.as_json(context, found))
        elif csv_file is None:
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


def _write_csv(path: Path, found: BroadcastReport) -> None:
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([heading(column) for column in ("area_code", "area", *FIGURES)])
            codes = [*(area.code for area in found.report.areas), ""]
            for code, row in zip(codes, _rows(found), strict=True):
                writer.writerow((code, str(row[0]).strip(), *row[1:]))
    except OSError as error:
        fail(phrase("mistake.file_unwritable", path=path, reason=reason(error)))


def unreached(
    code: str,
    area: Annotated[str | None, typer.Option(help="Chỉ một địa bàn: mã hoặc tên.")] = None,
    json: AsJson = False,
) -> None:
    """Danh sách gõ cửa: những hộ chưa có tin."""

    async def work(context: Context) -> None:
        row, doors = await reporting.unreached(context, code, area=area)
        if json:
            print_json(
                [{"household": door.household, "head_name": door.head_name, "area": door.area,
                  "area_name": door.area_name, "address": door.address, "phone": door.phone,
                  "device": door.device.value} for door in doors]
            )  # fmt: skip
            return
        print_table(
            ("household", "head", "group", "address", "phone", "device"),
            [(door.household, door.head_name, door.area_name, door.address, door.phone, label(door.device))
             for door in doors],
            phrase("command.nobody_open"),
        )  # fmt: skip
        sys.stderr.write(phrase("command.open", count=len(doors), code=row.announcement) + "\n")

    run(work)


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
        _say(result, json)

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
        _say(await recording.unreachable(context, code, household, why=why, staff=staff), json)

    run(work)


def _say(result: Result, json: bool) -> None:
    if json:
        print_json(
            {"broadcast": result.broadcast.code, "household": result.door.household,
             "outcome": result.outcome.value, "changed": result.changed}
        )  # fmt: skip
    else:
        said = "command.recorded" if result.changed else "command.recorded_before"
        out.print(phrase(said, head=result.door.head_name, outcome=label(result.outcome)), markup=False)

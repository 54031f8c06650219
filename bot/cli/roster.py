"""`loa roster import/export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from announcements.phrases import phrase
from bot.cli.output import AsJson, answer, err, out, print_json, run
from bot.context import Context

if TYPE_CHECKING:
    from bot.office.homes.rosters import Result

group = typer.Typer(help="Danh sách hộ: nhập từ Excel hoặc CSV, xuất ra lại.", no_args_is_help=True)
SHOWN = 40  # problems listed one by one on a terminal


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="roster")


@group.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="Tệp .xlsx hoặc .csv.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem sẽ thay đổi gì, không ghi.")] = False,
    departures: Annotated[
        bool, typer.Option("--departures", help="Hộ nào tệp bỏ sót là đã chuyển đi thật, dù nhiều.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Nhập danh sách hộ; hàng sai được nêu rõ, hàng đúng vẫn được giữ."""
    from bot.office.homes import rosters  # loads the spreadsheet libraries: only these commands need them

    async def work(context: Context) -> "Result":
        before, after = TextColumn(phrase("command.reading")), TextColumn(phrase("command.rows_read"))
        columns = (SpinnerColumn(), before, BarColumn(), MofNCompleteColumn(), after)
        with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
            task = bar.add_task("rows", total=None)
            return await rosters.take_in(
                context, file, dry_run=dry_run, departures=departures,
                progress=lambda rows: bar.update(task, completed=rows),
            )  # fmt: skip

    result = run(work)
    if json:
        print_json(result.as_dict())
    else:
        _say(result, dry_run)
    _name_problems(result)
    if result.refused:
        raise typer.Exit(1)


def _say(result: "Result", dry_run: bool) -> None:
    done = result.done
    said = phrase("command.previewed" if dry_run else "command.imported", rows=result.rows, created=done.created,
                  updated=done.updated, unchanged=done.unchanged, left=done.left)  # fmt: skip
    out.print(said, markup=False)
    missing = result.departures if dry_run else []
    for one, area, held_back in missing[:SHOWN]:
        told = "command.would_stay" if held_back else "command.would_leave"
        out.print(phrase(told, household=one.code, head=one.head, area=area.name), markup=False)
    if len(missing) > SHOWN:
        out.print(phrase("command.more_departures", count=len(missing) - SHOWN), markup=False)


def _name_problems(result: "Result") -> None:
    for warning in result.warnings:
        err.print(warning, style="yellow", markup=False)
    for one in result.problems[:SHOWN]:
        said = "command.row_refused" if one.refused else "command.row_kept"
        err.print(phrase(said, row=one.row, column=one.column, problem=one.problem), markup=False)
    if len(result.problems) > SHOWN:
        err.print(phrase("command.more_problems", count=len(result.problems) - SHOWN), markup=False)


@group.command("export")
def give_out(file: Annotated[Path, typer.Argument(help="Tệp .xlsx hoặc .csv sẽ ghi.")], json: AsJson = False) -> None:
    """Xuất danh sách hộ theo đúng mẫu nhập."""
    from bot.office.homes import rosters

    async def work(context: Context) -> int:
        return await rosters.give_out(context, file)

    count = run(work)
    answer({"households": count, "file": str(file)}, phrase("command.exported", count=count, file=file), json=json)

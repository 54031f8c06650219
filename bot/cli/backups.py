"""`loa backup`, `loa restore`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from announcements.phrases import phrase
from bot.cli.output import AsJson, err, out, print_json, run, saying, settings
from bot.context import Context
from bot.office.machine import backups
from bot.office.notices.announcing import OPERATOR
from db import audit
from db.dispatch import deliveries
from scheduler.clock import now


def register(app: typer.Typer) -> None:
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="Tệp sẽ ghi, ví dụ sao-luu.zip.", dir_okay=False)], json: AsJson = False
) -> None:
    """Sao lưu cơ sở dữ liệu, tệp đính kèm và khóa vào một tệp; dịch vụ đang chạy cũng được."""
    chosen = settings()
    columns = (TextColumn(phrase("command.packing")), BarColumn(), MofNCompleteColumn())
    with saying(), Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("files", total=None)
        made = backups.make(chosen, file, now(), lambda done, of: bar.update(task, completed=done, total=of))
    if json:
        print_json(made.as_dict(file))
    else:
        said = phrase("command.backed_up", file=file, megabytes=made.size / 1_000_000, households=made.households,
                      attachments=made.attachments)  # fmt: skip
        out.print(said, markup=False)


def restore(
    file: Annotated[Path, typer.Argument(help="Bản sao do loa backup ghi.", dir_okay=False)], json: AsJson = False
) -> None:
    """Khôi phục từ bản sao, sau khi kiểm tra nó còn nguyên; dữ liệu đang có được giữ sang một bên."""
    with saying():
        found = backups.restore(settings(), file, now())

    async def work(context: Context) -> list[str]:
        async with context.database.write() as connection:
            await audit.note(connection, at=context.clock(), actor=OPERATOR, action="restore", subject="database",
                             made_at=found.made_at.isoformat())  # fmt: skip
            return await deliveries.about_to_go(connection, context.clock())

    waiting = run(work)  # opening brings an older copy to the present schema
    if json:
        print_json({**found.as_dict(file), "put_aside": str(found.aside) if found.aside else None, "waiting": waiting})
        return
    made_at = f"{found.made_at.astimezone(settings().commune.zone):%H:%M %d/%m/%Y}"
    said = phrase("command.restored", made_at=made_at, households=found.households, attachments=found.attachments)
    out.print(said, markup=False)
    if found.aside:
        out.print(phrase("command.put_aside", folder=found.aside), markup=False)
    if waiting:
        err.print(phrase("command.about_to_go", codes=", ".join(waiting)), style="yellow", markup=False)

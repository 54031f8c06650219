"""`loa area list/add/rename/move/merge/split/undo/history`."""

from pathlib import Path
from typing import Annotated

import typer

from announcements.area_rules import SameNames
from announcements.phrases import label, phrase
from announcements.types import AreaKind
from bot.cli.acting import AsStaff, staff_of
from bot.cli.heeding import name_successors
from bot.cli.output import AsJson, err, out, print_json, print_table, run
from bot.context import Context
from bot.office import documents
from bot.office.tree import area_undo, merging, splitting
from bot.office.tree import areas as office
from bot.office.tree.areas import Effect
from db.places import area_history, areas
from db.places.area_history import Change

group = typer.Typer(help="Địa bàn: xã, thôn, tổ.", no_args_is_help=True)

Place = Annotated[str, typer.Argument(help="Địa bàn: mã hoặc tên.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Chỉ xem sẽ thay đổi gì, không ghi.")]

SHOWN_CHANGES = 50
SHOWN = 8  # names of one kind that go along


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="area")


@group.command("list")
def list_areas(json: AsJson = False) -> None:
    """Cây địa bàn và số hộ."""

    async def work(context: Context) -> None:
        async with context.database.read() as connection:
            rows = await areas.tree(connection)
        if json:
            print_json(documents.areas(rows))
        else:
            print_table(
                ("area", "kind", "code", "households"),
                [("  " * (len(row.path) // areas.STEP - 1) + row.name, label(row.kind), row.code, row.households)
                 for row in rows],
                phrase("command.no_areas"),
            )  # fmt: skip

    run(work)


@group.command("add")
def add(
    name: Annotated[str, typer.Option(help="Tên, ví dụ Thôn Thu Quế hoặc Tổ 3.")],
    kind: Annotated[AreaKind, typer.Option(help="Loại địa bàn.")],
    under: Annotated[str | None, typer.Option(help="Địa bàn cấp trên: mã hoặc tên; xã thì không cần.")] = None,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Thêm một địa bàn chưa có hộ nào."""

    async def work(context: Context) -> None:
        effect = await office.add(context, name=name, kind=kind, under=under, staff=await staff_of(context, as_staff))
        _say(effect, "command.area_added", json=json, dry_run=False)

    run(work)


@group.command("rename")
def rename(
    area: Place,
    name: Annotated[str, typer.Argument(help="Tên mới.")],
    dry_run: DryRun = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Đổi tên một địa bàn; mã giữ nguyên, tên cũ vẫn tìm ra."""

    async def work(context: Context) -> None:
        await name_successors(context, area)
        effect = await office.rename(context, area, name, staff=await staff_of(context, as_staff), dry_run=dry_run)
        _say(effect, "command.area_renamed", json=json, dry_run=dry_run)

    run(work)


@group.command("move")
def move(
    area: Place,
    under: Annotated[str, typer.Option(help="Địa bàn cấp trên mới: mã hoặc tên.")],
    dry_run: DryRun = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Chuyển một địa bàn, cùng mọi thứ bên trong, sang một địa bàn cấp trên khác."""

    async def work(context: Context) -> None:
        await name_successors(context, area, under)
        effect = await office.move(context, area, under, staff=await staff_of(context, as_staff), dry_run=dry_run)
        _say(effect, "command.area_moved", json=json, dry_run=dry_run)

    run(work)


@group.command("merge")
def merge(
    area: Place,
    into: Annotated[str, typer.Option(help="Địa bàn nhận về: mã hoặc tên.")],
    same_names: Annotated[
        SameNames, typer.Option(help="Tổ trùng tên: refuse (dừng lại), join (gộp làm một), rename (ghi thêm tên cũ).")
    ] = SameNames.REFUSE,
    dry_run: DryRun = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Sáp nhập một địa bàn vào một địa bàn cùng loại; mã cũ vẫn dẫn tới nơi mới."""

    async def work(context: Context) -> None:
        staff = await staff_of(context, as_staff)
        await name_successors(context, area, into)
        effect = await merging.merge(context, area, into, same_names=same_names, staff=staff, dry_run=dry_run)
        _say(effect, "command.area_merged", json=json, dry_run=dry_run)

    run(work)


@group.command("split")
def split(
    area: Place,
    name: Annotated[str, typer.Option(help="Tên địa bàn mới.")] = "",
    into: Annotated[str | None, typer.Option(help="Hoặc một địa bàn đã có để chuyển hộ sang.")] = None,
    household: Annotated[list[str] | None, typer.Option(help="Mã hộ chuyển đi; dùng nhiều lần được.")] = None,
    address: Annotated[list[str] | None, typer.Option(help="Địa chỉ, như “Ngõ 3”; dùng nhiều lần được.")] = None,
    file: Annotated[Path | None, typer.Option(help="Tệp .xlsx hoặc .csv có cột Mã hộ.")] = None,
    dry_run: DryRun = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Tách một số hộ của một tổ ra một tổ mới, hoặc sang một tổ đã có."""

    async def work(context: Context) -> None:
        codes = (*(household or ()), *(splitting.codes_in(file) if file else ()))
        await name_successors(context, area, into)
        effect = await splitting.split(
            context, area, splitting.Choice(codes, tuple(address or ())), name=name, into=into,
            staff=await staff_of(context, as_staff), dry_run=dry_run,
        )  # fmt: skip
        _say(effect, "command.area_split", json=json, dry_run=dry_run)

    run(work)


@group.command("undo")
def undo(dry_run: DryRun = False, as_staff: AsStaff = None, json: AsJson = False) -> None:
    """Hoàn tác lần đổi tên, chuyển, sáp nhập hoặc tách mới nhất; làm lại lệnh để lùi thêm một lần."""

    async def work(context: Context) -> None:
        _, effect = await area_undo.undo(context, staff=await staff_of(context, as_staff), dry_run=dry_run)
        _say(effect, "command.area_undone", json=json, dry_run=dry_run)

    run(work)


@group.command("history")
def history(json: AsJson = False) -> None:
    """Những lần đổi tên, chuyển, sáp nhập, tách; mới nhất trước."""

    async def work(context: Context) -> None:
        async with context.database.read() as connection:
            rows = await area_history.latest(connection, SHOWN_CHANGES)
        if json:
            print_json(
                [{"at": context.local(row.at).isoformat(), "by": row.actor, "action": row.action.partition(" ")[2],
                  "code": row.subject, "other": row.other, "undone": row.undone} for row in rows]
            )  # fmt: skip
        else:
            print_table(
                ("at", "code", "change", "by", ""),
                [(f"{context.local(row.at):%H:%M %d/%m/%Y}", row.subject, change_words(row),
                  row.actor_name or row.actor, phrase("command.undone") if row.undone else "") for row in rows],
                phrase("command.no_changes"),
            )  # fmt: skip

    run(work)


def change_words(change: Change) -> str:
    """A line of the history for people."""
    return phrase(f"change.{change.action.partition(' ')[2]}", other=change.other)


def _say(effect: Effect, sentence: str, *, json: bool, dry_run: bool) -> None:
    if json:
        print_json(effect.as_dict() | {"dry_run": dry_run})
        return
    parent = effect.parent.name if effect.parent else phrase("place.top")
    if dry_run:
        out.print(phrase("command.only_looked"), markup=False)
    said = phrase(
        sentence, name=effect.area.name, code=effect.area.code, parent=parent, households=effect.uses.households
    )
    out.print(said, markup=False)
    lists = {"areas": effect.uses.areas, "chats": effect.uses.chats, "staff": effect.uses.staff,
             "announcements": effect.announcements}  # fmt: skip
    for name, members in lists.items():
        if members:
            more = f" … ({len(members)})" if len(members) > SHOWN else ""
            out.print(phrase(f"along.{name}", names=", ".join(members[:SHOWN]) + more), markup=False)
    for note in effect.notes:
        err.print(note, style="yellow", markup=False)

"""`loa key add/list/end`."""

from typing import Annotated, Any

import typer

from announcements.keys import read_scopes
from announcements.phrases import label, phrase
from bot.cli.acting import AsStaff, staff_of
from bot.cli.output import AsJson, answer, out, print_json, print_table, run
from bot.context import Context
from bot.office.staff import keys as office
from db.access import keys
from db.access.keys import KeyRow

group = typer.Typer(help="Khóa cho phần mềm khác dùng API.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="key")


def _as_json(context: Context, key: KeyRow) -> dict[str, Any]:
    return {
        "prefix": key.prefix,
        "name": key.name,
        "area": key.area_code,
        "area_name": key.area_name,
        "scopes": sorted(key.scopes),
        "created_by": key.created_by,
        "created_at": context.local(key.created_at).isoformat(),
        "last_used_at": context.local(key.last_used_at).isoformat() if key.last_used_at else None,
        "ended_at": context.local(key.ended_at).isoformat() if key.ended_at else None,
    }


def _scope_words(key: KeyRow) -> str:
    return ", ".join(label(scope) for scope in sorted(key.scopes))


@group.command("add")
def add(
    name: Annotated[str, typer.Option(help="Tên phần mềm sẽ dùng khóa.")],
    area: Annotated[str, typer.Option(help="Địa bàn khóa được vào: mã hoặc tên; gồm cả mọi nơi thuộc địa bàn ấy.")],
    scope: Annotated[list[str], typer.Option(help="read, announce, record, households; dùng nhiều lần được.")],
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Cấp một khóa; khóa chỉ hiện một lần."""

    async def work(context: Context) -> None:
        staff = await staff_of(context, as_staff)
        key, token = await office.add(context, name=name, area=area, scopes=read_scopes(scope), staff=staff)
        if json:
            print_json({**_as_json(context, key), "key": token})
        else:
            said = phrase("command.key_added", name=key.name, area=key.area_name, scopes=_scope_words(key), key=token,
                          prefix=key.prefix)  # fmt: skip
            out.print(said, markup=False)

    run(work)


@group.command("list")
def list_keys(json: AsJson = False) -> None:
    """Các khóa, khóa đã ngừng ở cuối."""

    async def work(context: Context) -> None:
        async with context.database.read() as connection:
            rows = await keys.everything(connection)
        if json:
            print_json([_as_json(context, key) for key in rows])
        else:
            print_table(
                ("key", "key_name", "area", "scopes", "last_used", ""),
                [(key.prefix, key.name, key.area_name, _scope_words(key),
                  f"{context.local(key.last_used_at):%d/%m/%Y %H:%M}" if key.last_used_at else "",
                  phrase("command.ended") if key.ended_at else "") for key in rows],
                phrase("command.no_keys"),
            )  # fmt: skip

    run(work)


@group.command("end")
def end(
    key: Annotated[str, typer.Argument(help="Phần đầu của khóa: loa_ và 8 ký tự.")],
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Ngừng một khóa: từ nay khóa không mở được gì nữa."""

    async def work(context: Context) -> None:
        ended = await office.end(context, key, await staff_of(context, as_staff))
        answer(_as_json(context, ended), phrase("command.key_ended", name=ended.name), json=json)

    run(work)

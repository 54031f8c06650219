"""`loa oa groups/members/assets/create/invite` and `loa account token`: what an Official Account needs beside chats."""

import sys
from typing import Annotated, Any

import typer

from announcements.phrases import phrase
from bot.cli.acting import AsStaff, staff_of
from bot.cli.heeding import name_successors
from bot.cli.output import AsJson, answer, err, print_json, print_table, run
from bot.context import Context
from bot.office.channels import account_tokens, oa_groups
from bot.office.channels.account_tokens import Brought
from bot.office.channels.oa_groups import Listed

group = typer.Typer(help="Nhóm của Zalo Official Account (GMF).", no_args_is_help=True)
account_group = typer.Typer(help="Tài khoản của các kênh.", no_args_is_help=True)

OfAccount = Annotated[str | None, typer.Option("--account", help="Tên OA trong [[accounts]]; có một thì không cần.")]
GroupId = Annotated[str, typer.Argument(metavar="NHÓM", help="Mã nhóm, xem ở loa oa groups.")]
People = Annotated[list[str], typer.Option("--user", help="Mã người dùng Zalo với OA này; dùng nhiều lần được.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="oa")
    app.add_typer(account_group, name="account")


def _json(listed: Listed) -> dict[str, Any]:
    chat = listed.chat
    return {
        "account": listed.account,
        "group": listed.group.id,
        "name": listed.group.name,
        "members": listed.group.members,
        "status": listed.group.status,
        "link": listed.group.link,
        "chat": chat.id if chat else None,
        "area": chat.area_code if chat else None,
    }


@group.command("groups")
def groups(account: OfAccount = None, json: AsJson = False) -> None:
    """Các nhóm của OA và địa bàn mỗi nhóm phục vụ."""

    async def work(context: Context) -> None:
        rows = await oa_groups.listing(context, account)
        if json:
            print_json([_json(row) for row in rows])
        else:
            print_table(
                ("chat_address", "chat", "members", "state", "area"),
                [(row.group.id, row.group.name, row.group.members, row.group.status,
                  row.chat.area_name if row.chat else "") for row in rows],
                phrase("oa.no_groups"),
            )  # fmt: skip

    run(work)


@group.command("members")
def members(group_id: GroupId, account: OfAccount = None, json: AsJson = False) -> None:
    """Thành viên một nhóm: mã và tên."""

    async def work(context: Context) -> None:
        rows = await oa_groups.members(context, group_id, account)
        if json:
            print_json([{"user": row.id, "name": row.name} for row in rows])
        else:
            print_table(("user", "name"), [(row.id, row.name) for row in rows], phrase("oa.no_members"))

    run(work)


@group.command("assets")
def assets(account: OfAccount = None, json: AsJson = False) -> None:
    """Các gói nhóm (GMF) của OA: gói nào còn trống để tạo nhóm."""

    async def work(context: Context) -> None:
        rows = await oa_groups.assets(context, account)
        if json:
            print_json([{"asset": row.id, "size": row.size, "status": row.status, "valid_through": row.valid_through}
                        for row in rows])  # fmt: skip
        else:
            print_table(
                ("asset", "size", "state", "valid_through"),
                [(row.id, row.size, row.status, row.valid_through) for row in rows],
                phrase("oa.no_assets"),
            )

    run(work)


@group.command("create")
def create(
    area: Annotated[str, typer.Option(help="Địa bàn nhóm phục vụ: mã hoặc tên.")],
    asset: Annotated[str, typer.Option(help="Mã gói nhóm còn trống, xem ở loa oa assets.")],
    user: People,
    name: Annotated[str, typer.Option(help="Tên nhóm, tối đa 30 ký tự; không ghi thì lấy tên địa bàn.")] = "",
    account: OfAccount = None,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Tạo một nhóm và cho nhóm ấy phục vụ một địa bàn. Trong --user phải có một quản trị viên của OA."""

    async def work(context: Context) -> None:
        await name_successors(context, area)
        by = await staff_of(context, as_staff)
        made = await oa_groups.create(
            context, area=area, asset=asset, people=user, name=name, account=account, staff=by
        )
        answer(_json(made), phrase("oa.created", name=made.group.name, group=made.group.id, link=made.group.link),
               json=json)  # fmt: skip

    run(work)


@group.command("invite")
def invite(
    group_id: GroupId, user: People, account: OfAccount = None, as_staff: AsStaff = None, json: AsJson = False
) -> None:
    """Mời người vào nhóm: chỉ người quan tâm OA, hoặc đã nhắn cho OA trong 7 ngày qua."""

    async def work(context: Context) -> None:
        invited = await oa_groups.invite(context, group_id, user, account, await staff_of(context, as_staff))
        answer({"group": group_id, "invited": invited}, phrase("oa.invited", count=invited), json=json)

    run(work)


@account_group.command("token")
def token(
    name: Annotated[str, typer.Argument(metavar="TÊN", help="Tên OA trong [[accounts]].")], json: AsJson = False
) -> None:
    """Nạp refresh token mới cho một OA, đọc từ đầu vào chuẩn (gõ tay thì không hiện), rồi thử ngay."""
    given = typer.prompt("refresh_token", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.read()

    async def work(context: Context) -> Brought:
        return await account_tokens.bring(context, name, given)

    brought = run(work)
    document = {"account": brought.account, "works": not brought.problem, "problem": brought.problem or None}
    if json:
        print_json(document)
    if brought.problem:
        err.print(phrase("oa.token_kept", account=name, problem=brought.problem), style="red", markup=False)
        raise typer.Exit(1)
    if not json:
        answer(document, phrase("oa.token_works", account=name, name=brought.public_name), json=False)

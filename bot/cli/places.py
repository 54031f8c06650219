"""`loa chat add/list`."""

from typing import Annotated, Any

import typer

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.text import nfc
from announcements.types import ChannelKind
from bot.cli.heeding import name_successors
from bot.cli.output import AsJson, out, print_json, print_table, run
from bot.context import Context
from bot.office.announcing import OPERATOR
from db import areas, audit, chats
from db.chats import ChatRow

chat_group = typer.Typer(help="Nhóm chat nào phục vụ địa bàn nào.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(chat_group, name="chat")


def _chat_json(chat: ChatRow) -> dict[str, Any]:
    return {
        "id": chat.id,
        "account": chat.account,
        "channel": chat.channel.value,
        "address": chat.address,
        "title": chat.title,
        "area": chat.area_code,
        "area_name": chat.area_name,
        "active": chat.active,
        "problem": chat.lost_reason or None,
    }


@chat_group.command("add")
def add_chat(
    area: Annotated[str, typer.Option(help="Địa bàn: mã hoặc tên.")],
    account: Annotated[str, typer.Option(help="Tên tài khoản trong [[accounts]].")],
    address: Annotated[str, typer.Option(help="Mã nhóm trên nền tảng, ví dụ -1001234567890.")],
    title: Annotated[str, typer.Option(help="Tên nhóm để dễ nhận ra.")] = "",
    json: AsJson = False,
) -> None:
    """Cho một nhóm chat phục vụ một địa bàn."""

    async def work(context: Context) -> None:
        known = {one.name: ChannelKind(one.channel) for one in context.settings.accounts}
        if account not in known:
            names = ", ".join(known) or phrase("command.no_accounts")
            raise Mistake(phrase("mistake.account_unknown", account=account, known=names))
        place = address.strip()
        if not place:
            raise Mistake(phrase("mistake.no_address"))
        await name_successors(context, area)
        async with context.database.write() as connection:
            where = await areas.find(connection, area)
            chat = await chats.add(connection, account=account, channel=known[account], address=place,
                                   area_id=where.id, title=nfc(title) or where.name)  # fmt: skip
            await audit.note(connection, at=context.clock(), actor=OPERATOR, action="chat add", subject=where.code)
        if json:
            print_json(_chat_json(chat))
        else:
            out.print(phrase("command.chat_added", title=chat.title, area=chat.area_name), markup=False)

    run(work)


@chat_group.command("list")
def list_chats(json: AsJson = False) -> None:
    """Các nhóm chat và tình trạng của chúng."""

    async def work(context: Context) -> None:
        async with context.database.read() as connection:
            rows = await chats.everything(connection)
        if json:
            print_json([_chat_json(chat) for chat in rows])
        else:
            print_table(
                ("area", "account", "chat", "chat_address", "problem"),
                [(chat.area_name, chat.account, chat.title, chat.address, chat.lost_reason) for chat in rows],
                phrase("command.no_chats"),
            )

    run(work)

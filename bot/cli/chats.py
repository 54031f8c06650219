"""`loa chat add/list/change/check`."""

from typing import Annotated, Any

import typer

from announcements.phrases import phrase
from bot.cli.acting import AsStaff, staff_of
from bot.cli.heeding import name_successors
from bot.cli.output import AsJson, answer, err, fail, print_json, print_table, run
from bot.context import Context
from bot.office.channels import chats
from bot.office.channels.chats import Look
from bot.office.channels.reasons import reason_words
from db.places.chats import ChatRow
from db.tables.columns import LARGEST_KEY

group = typer.Typer(help="Nhóm chat nào phục vụ địa bàn nào.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="SỐ", max=LARGEST_KEY, help="Số của nhóm, xem ở loa chat list.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="chat")


def _json(chat: ChatRow) -> dict[str, Any]:
    return {
        "id": chat.id,
        "account": chat.account,
        "channel": chat.channel.value,
        "address": chat.address,
        "title": chat.title,
        "area": chat.area_code,
        "area_name": chat.area_name,
        "active": chat.active,
        "reserve": chat.reserve,
        "problem": chat.lost_reason or None,
    }


@group.command("add")
def add(
    area: Annotated[str, typer.Option(help="Địa bàn: mã hoặc tên.")],
    account: Annotated[str, typer.Option(help="Tên tài khoản trong [[accounts]], hoặc assisted để đăng thủ công.")],
    address: Annotated[str, typer.Option(help="Mã nhóm trên nền tảng, ví dụ -1001234567890.")] = "",
    title: Annotated[str, typer.Option(help="Tên nhóm để dễ nhận ra.")] = "",
    reserve: Annotated[
        bool, typer.Option("--reserve", help="Nhóm dự phòng: chỉ nhận thay khi kênh khác hỏng.")
    ] = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Cho một nhóm chat phục vụ một địa bàn."""

    async def work(context: Context) -> None:
        await name_successors(context, area)
        by = await staff_of(context, as_staff)
        chat = await chats.add(context, area=area, account=account, address=address, title=title, reserve=reserve,
                               staff=by)  # fmt: skip
        answer(_json(chat), phrase("command.chat_added", title=chat.title, area=chat.area_name), json=json)

    run(work)


@group.command("list")
def list_chats(json: AsJson = False) -> None:
    """Các nhóm chat và tình trạng của chúng."""

    async def work(context: Context) -> None:
        rows = await chats.listing(context)
        if json:
            print_json([_json(chat) for chat in rows])
        else:
            print_table(
                ("number", "area", "account", "chat", "chat_address", "problem"),
                [(chat.id, chat.area_name, chat.account, chat.title, chat.address, _state(chat)) for chat in rows],
                phrase("command.no_chats"),
            )

    run(work)


def _state(chat: ChatRow) -> str:
    if not chat.active:
        return phrase("command.chat_off")
    if chat.lost_reason:
        return reason_words(chat.lost_reason)
    return phrase("command.chat_reserve") if chat.reserve else ""


@group.command("change")
def change(
    number: Number,
    area: Annotated[str | None, typer.Option(help="Địa bàn mà nhóm phục vụ: mã hoặc tên.")] = None,
    title: Annotated[str | None, typer.Option(help="Tên nhóm để dễ nhận ra.")] = None,
    on: Annotated[bool, typer.Option("--on", help="Dùng lại nhóm này.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Thôi dùng nhóm này.")] = False,
    reserve: Annotated[bool, typer.Option("--reserve", help="Chỉ làm dự phòng cho nhóm khác.")] = False,
    regular: Annotated[bool, typer.Option("--regular", help="Nhận tin như các nhóm khác.")] = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Đổi địa bàn, tên nhóm, hoặc thôi dùng nhóm."""
    if on and off:
        fail(phrase("mistake.on_and_off"), status=2)
    if reserve and regular:
        fail(phrase("mistake.reserve_and_regular"), status=2)
    active = on if on or off else None
    spare = reserve if reserve or regular else None

    async def work(context: Context) -> None:
        await name_successors(context, area)
        by = await staff_of(context, as_staff)
        chat = await chats.change(context, number, area=area, title=title, active=active, reserve=spare,
                                  staff=by)  # fmt: skip
        said = "command.chat_changed" if chat.active else "command.chat_stopped"
        answer(_json(chat), phrase(said, title=chat.title, area=chat.area_name), json=json)

    run(work)


@group.command("check")
def check(
    number: Annotated[int | None, typer.Argument(metavar="[SỐ]", max=LARGEST_KEY, help="Chỉ một nhóm.")] = None,
    json: AsJson = False,
) -> None:
    """Hỏi nền tảng xem bot còn gửi tin được vào từng nhóm không; không gửi gì."""

    async def work(context: Context) -> list[Look]:
        return await chats.check_with_own_accounts(context, only=number)

    looks = run(work)
    if json:
        print_json([_json(look.chat) | {"problem": look.problem or None} for look in looks])
    else:
        print_table(
            ("area", "chat", "state"),
            [(look.chat.area_name, look.chat.title, look.problem or phrase("command.chat_works")) for look in looks],
            phrase("command.no_chats"),
        )
    broken = chats.problems(looks)
    if broken:
        err.print(phrase("command.chats_broken", count=len(broken)), style="red", markup=False)
        raise typer.Exit(1)

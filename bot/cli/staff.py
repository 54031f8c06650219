"""`loa staff add/list/end`, `loa login`."""

from datetime import datetime
from typing import Annotated, Any

import typer

from announcements.mistakes import Mistake
from announcements.phones import read_phone
from announcements.phrases import label, phrase
from announcements.text import nfc
from announcements.types import Role
from bot.cli.heeding import name_successors
from bot.cli.output import AsJson, out, print_json, print_table, run
from bot.context import Context
from bot.office.access import sign_in_link
from bot.office.announcing import OPERATOR
from db import areas, audit, people
from db.people import StaffRow

group = typer.Typer(help="Cán bộ: trưởng thôn, tổ trưởng, văn phòng xã.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="staff")
    app.command("login")(login)


def _as_json(staff: StaffRow, now: datetime) -> dict[str, Any]:
    return {
        "code": staff.code,
        "name": staff.name,
        "role": staff.role.value,
        "area": staff.area_code,
        "area_name": staff.area_name,
        "phone": staff.phone,
        "ended": not staff.active(now),
    }


@group.command("add")
def add(
    name: Annotated[str, typer.Option(help="Họ tên.")],
    role: Annotated[Role, typer.Option(help="Vai trò.")],
    area: Annotated[str, typer.Option(help="Địa bàn phụ trách: mã hoặc tên.")],
    phone: Annotated[str, typer.Option(help="Số điện thoại.")] = "",
    json: AsJson = False,
) -> None:
    """Thêm một cán bộ; in ra mã để nhắn cho bot: /start MÃ."""

    async def work(context: Context) -> None:
        if not nfc(name):
            raise Mistake(phrase("mistake.no_staff_name"))
        number = _number(phone)
        await name_successors(context, area)
        async with context.database.write() as connection:
            place = await areas.find(connection, area)
            staff = await people.add(connection, name=nfc(name), role=role, area_id=place.id, phone=number)
            await audit.note(connection, at=context.clock(), actor=OPERATOR, action="staff add", subject=staff.code)
        if json:
            print_json(_as_json(staff, context.clock()))
        else:
            said = phrase("command.staff_added", name=staff.name, role=label(staff.role), area=staff.area_name,
                          code=staff.code)  # fmt: skip
            out.print(said, markup=False)

    run(work)


def _number(text: str) -> str:
    if not text.strip():
        return ""
    number = read_phone(nfc(text))
    if number is None:
        raise Mistake(phrase("mistake.phone_wrong", text=text))
    return number


@group.command("list")
def list_staff(json: AsJson = False) -> None:
    """Tất cả cán bộ."""

    async def work(context: Context) -> None:
        now = context.clock()
        async with context.database.read() as connection:
            rows = await people.everybody(connection, now)
        if json:
            print_json([_as_json(staff, now) for staff in rows])
        else:
            over = {False: phrase("command.ended"), True: ""}
            print_table(
                ("code", "name", "role", "area", ""),
                [(one.code, one.name, label(one.role), one.area_name, over[one.active(now)])
                 for one in rows],
                phrase("command.no_staff"),
            )  # fmt: skip

    run(work)


@group.command("end")
def end(code: str, json: AsJson = False) -> None:
    """Cán bộ thôi nhiệm vụ: việc đã làm giữ nguyên, từ nay không làm được gì nữa."""

    async def work(context: Context) -> None:
        async with context.database.write() as connection:
            now = context.clock()
            staff = await people.find(connection, code, now)
            await people.end(connection, staff.id, now)
            await audit.note(connection, at=now, actor=OPERATOR, action="staff end", subject=staff.code)
        if json:
            print_json({"code": staff.code, "ended": True})
        else:
            out.print(phrase("command.staff_ended", name=staff.name), markup=False)

    run(work)


def login(code: Annotated[str, typer.Argument(metavar="STAFF", help="Mã cán bộ.")], json: AsJson = False) -> None:
    """Cấp đường dẫn đăng nhập trang web cho một cán bộ: dùng một lần, trong 10 phút."""

    async def work(context: Context) -> None:
        async with context.database.read() as connection:
            staff = await people.find(connection, code, context.clock())
        link = await sign_in_link(context, staff)
        until = context.local(link.expires_at)
        if json:
            print_json({"url": link.url, "expires_at": until.isoformat(timespec="seconds")})
        else:
            out.print(
                phrase("command.sign_in_link", name=staff.name, until=f"{until:%H:%M}", url=link.url), markup=False
            )

    run(work)

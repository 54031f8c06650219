"""`loa staff add/list/end`."""

from typing import Annotated, Any

import typer

from announcements.mistakes import Mistake
from announcements.phones import read_phone
from announcements.rendering import label
from announcements.text import nfc
from announcements.types import Role
from bot.cli.output import AsJson, out, print_json, print_table, run
from bot.context import Context
from bot.office.announcing import OPERATOR
from db import areas, audit, people
from db.people import StaffRow

group = typer.Typer(help="Cán bộ: trưởng thôn, tổ trưởng, văn phòng xã.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="staff")


def _as_json(staff: StaffRow) -> dict[str, Any]:
    return {
        "code": staff.code,
        "name": staff.name,
        "role": staff.role.value,
        "area": staff.area_code,
        "area_name": staff.area_name,
        "phone": staff.phone,
        "ended": staff.ended_at is not None,
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
            raise Mistake("Chưa có họ tên cán bộ.")
        number = _number(phone)
        async with context.database.write() as connection:
            place = await areas.find(connection, area)
            staff = await people.add(connection, name=nfc(name), role=role, area_id=place.id, phone=number)
            await audit.note(connection, at=context.clock(), actor=OPERATOR, action="staff add", subject=staff.code)
        if json:
            print_json(_as_json(staff))
        else:
            out.print(f"{staff.name}, {label(staff.role)} – {staff.area_name}\nMã: {staff.code}", markup=False)
            out.print("Người này mở bot trên Telegram và nhắn: /start " + staff.code, markup=False)

    run(work)


def _number(text: str) -> str:
    if not text.strip():
        return ""
    number = read_phone(nfc(text))
    if number is None:
        raise Mistake(f"Số điện thoại “{text}” không đúng. Viết như 0912 345 678.")
    return number


@group.command("list")
def list_staff(json: AsJson = False) -> None:
    """Tất cả cán bộ."""

    async def work(context: Context) -> None:
        async with context.database.read() as connection:
            rows = await people.everybody(connection)
        if json:
            print_json([_as_json(staff) for staff in rows])
        else:
            print_table(
                ("Mã", "Họ tên", "Vai trò", "Địa bàn", ""),
                [(one.code, one.name, label(one.role), one.area_name, "đã thôi" if one.ended_at else "")
                 for one in rows],
                "Chưa có cán bộ nào. Thêm bằng: loa staff add",
            )  # fmt: skip

    run(work)


@group.command("end")
def end(code: str, json: AsJson = False) -> None:
    """Cán bộ thôi nhiệm vụ: việc đã làm giữ nguyên, từ nay không làm được gì nữa."""

    async def work(context: Context) -> None:
        async with context.database.write() as connection:
            staff = await people.find(connection, code)
            await people.end(connection, staff.id, context.clock())
            await audit.note(connection, at=context.clock(), actor=OPERATOR, action="staff end", subject=staff.code)
        if json:
            print_json({"code": staff.code, "ended": True})
        else:
            out.print(f"{staff.name} đã thôi nhiệm vụ.", markup=False)

    run(work)

"""`loa staff add/list/change/end`, `loa login`."""

from datetime import datetime
from typing import Annotated, Any

import typer

from announcements.phrases import label, phrase
from announcements.times import read_time
from announcements.types import Role
from bot.cli.acting import AsStaff, staff_of
from bot.cli.heeding import name_successors
from bot.cli.output import AsJson, answer, fail, print_json, print_table, run
from bot.context import Context
from bot.office.staff import staffing
from bot.office.staff.access import sign_in_link
from db.access import people
from db.access.people import StaffRow
from db.access.staff_book import Line

group = typer.Typer(help="Cán bộ: trưởng thôn, tổ trưởng, văn phòng xã.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="staff")
    app.command("login")(login)


def _as_json(context: Context, staff: StaffRow) -> dict[str, Any]:
    return {
        "code": staff.code,
        "name": staff.name,
        "role": staff.role.value,
        "area": staff.area_code,
        "area_name": staff.area_name,
        "phone": staff.phone,
        "ended": not staff.active(context.clock()),
        "ends_at": context.local(staff.ended_at).isoformat(timespec="seconds") if staff.ended_at else None,
    }


@group.command("add")
def add(
    name: Annotated[str, typer.Option(help="Họ tên.")],
    role: Annotated[Role, typer.Option(help="Vai trò.")],
    area: Annotated[str, typer.Option(help="Địa bàn phụ trách: mã hoặc tên.")],
    phone: Annotated[str, typer.Option(help="Số điện thoại.")] = "",
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Thêm một cán bộ; in ra mã để nhắn cho bot: /start MÃ."""

    async def work(context: Context) -> None:
        await name_successors(context, area)
        by = await staff_of(context, as_staff)
        staff = await staffing.add(context, name=name, role=role, area=area, phone=phone, staff=by)
        said = phrase("command.staff_added", name=staff.name, role=label(staff.role), area=staff.area_name,
                      code=staff.code)  # fmt: skip
        answer(_as_json(context, staff), said, json=json)

    run(work)


@group.command("list")
def list_staff(json: AsJson = False) -> None:
    """Tất cả cán bộ."""

    async def work(context: Context) -> None:
        lines = await staffing.listing(context)
        if json:
            print_json([_line_json(context, line) for line in lines])
        else:
            print_table(
                ("code", "name", "role", "area", "last_seen", "until"),
                [(line.staff.code, line.staff.name, label(line.staff.role), line.staff.area_name,
                  _moment(context, line.last_seen), _until(context, line.staff)) for line in lines],
                phrase("command.no_staff"),
            )  # fmt: skip

    run(work)


def _line_json(context: Context, line: Line) -> dict[str, Any]:
    seen = context.local(line.last_seen).isoformat(timespec="seconds") if line.last_seen else None
    return _as_json(context, line.staff) | {"last_sign_in": seen, "accounts": [kind.value for kind in line.channels]}


def _moment(context: Context, at: datetime | None) -> str:
    return f"{context.local(at):%H:%M %d/%m/%Y}" if at else ""


def _until(context: Context, staff: StaffRow) -> str:
    return _moment(context, staff.ended_at) if staff.active(context.clock()) else phrase("command.ended")


@group.command("change")
def change(
    code: str,
    name: Annotated[str | None, typer.Option(help="Họ tên.")] = None,
    role: Annotated[Role | None, typer.Option(help="Vai trò.")] = None,
    area: Annotated[str | None, typer.Option(help="Địa bàn phụ trách: mã hoặc tên.")] = None,
    phone: Annotated[str | None, typer.Option(help="Số điện thoại; để trống là không có.")] = None,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Đổi tên, vai trò, địa bàn hay số điện thoại của một cán bộ; mục nào không ghi thì giữ nguyên."""

    async def work(context: Context) -> None:
        await name_successors(context, area)
        by = await staff_of(context, as_staff)
        staff = await staffing.change(context, code, name=name, role=role, area=area, phone=phone, staff=by)
        said = phrase("command.staff_changed", name=staff.name, role=label(staff.role), area=staff.area_name)
        answer(_as_json(context, staff), said, json=json)

    run(work)


@group.command("end")
def end(
    code: str,
    at: Annotated[str | None, typer.Option(help="Thôi từ lúc nào, ISO 8601; bỏ trống là ngay bây giờ.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Làm việc trở lại.")] = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Cán bộ thôi nhiệm vụ, ngay hoặc từ một ngày sắp tới: việc đã làm giữ nguyên."""
    if undo and at is not None:
        fail(phrase("mistake.at_or_undo"), status=2)

    async def work(context: Context) -> None:
        by = await staff_of(context, as_staff)
        if undo:
            staff = await staffing.keep_on(context, code, staff=by)
            answer(_as_json(context, staff), phrase("command.staff_back", name=staff.name), json=json)
            return
        moment = read_time(at, context.settings.commune.zone, "--at") if at else None
        staff = await staffing.end(context, code, at=moment, staff=by)
        until = _moment(context, staff.ended_at)
        answer(_as_json(context, staff), phrase("command.staff_ended", name=staff.name, until=until), json=json)

    run(work)


def login(code: Annotated[str, typer.Argument(metavar="STAFF", help="Mã cán bộ.")], json: AsJson = False) -> None:
    """Cấp đường dẫn đăng nhập trang web cho một cán bộ: dùng một lần, trong 10 phút."""

    async def work(context: Context) -> None:
        async with context.database.read() as connection:
            staff = await people.find(connection, code, context.clock())
        link = await sign_in_link(context, staff)
        until = context.local(link.expires_at)
        answer(
            {"url": link.url, "expires_at": until.isoformat(timespec="seconds")},
            phrase("command.sign_in_link", name=staff.name, until=f"{until:%H:%M}", url=link.url),
            json=json,
        )

    run(work)

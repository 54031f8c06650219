"""`loa household add/find/show/edit/move/leave/unlink`."""

from typing import Annotated, Any

import typer

from announcements.phones import show_phone
from announcements.phrases import label, phrase
from announcements.types import Device
from bot.cli.acting import AsStaff, staff_of
from bot.cli.heeding import name_successors
from bot.cli.output import AsJson, answer, err, out, print_json, print_table, run
from bot.context import Context
from bot.office.homes import households
from bot.office.homes.households import Contact, Record
from db.places.directory import Entry
from db.tables.columns import LARGEST_KEY

MOST_PAGES = 1_000_000

group = typer.Typer(help="Các hộ: tìm, xem, sửa.", no_args_is_help=True)

Household = Annotated[str, typer.Argument(metavar="MÃ_HỘ", help="Mã hộ.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="household")


def _json(entry: Entry) -> dict[str, Any]:
    return {
        "household": entry.code,
        "head_name": entry.head_name,
        "representative": entry.representative,
        "phones": list(entry.phones),
        "address": entry.address,
        "note": entry.note,
        "device": entry.device.value,
        "area": entry.area,
        "area_name": entry.place,
        "left": entry.left,
    }


@group.command("add")
def add(
    head: Annotated[str, typer.Option(help="Họ tên chủ hộ.")],
    area: Annotated[str, typer.Option(help="Tổ hộ đang ở: mã hoặc tên.")],
    representative: Annotated[str | None, typer.Option(help="Họ tên người đại diện.")] = None,
    phone: Annotated[str | None, typer.Option(help="Một hoặc nhiều số.")] = None,
    address: Annotated[str | None, typer.Option(help="Địa chỉ.")] = None,
    note: Annotated[str | None, typer.Option(help="Ghi chú.")] = None,
    device: Annotated[Device | None, typer.Option(help="Thiết bị của người đại diện.")] = None,
    namesake: Annotated[bool, typer.Option("--namesake", help="Đúng là hộ khác, chủ hộ trùng tên.")] = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Thêm một hộ mới đến; mã hộ được cấp ngay."""

    async def work(context: Context) -> None:
        await name_successors(context, area)
        contact = Contact(head, representative, phone, address, note, device)
        staff = await staff_of(context, as_staff)
        entry = await households.add(context, area, contact, namesake=namesake, staff=staff)
        _say(entry, phrase("command.household_added", head=entry.head_name, place=entry.place, code=entry.code),
             json=json)  # fmt: skip

    run(work)


@group.command("find")
def find(
    text: Annotated[str, typer.Argument(help="Tên, địa chỉ (không cần dấu), mã hộ, hoặc số điện thoại.")] = "",
    area: Annotated[str | None, typer.Option(help="Chỉ một địa bàn: mã hoặc tên.")] = None,
    page: Annotated[int, typer.Option(min=1, max=MOST_PAGES, help="Trang thứ mấy, mỗi trang 50 hộ.")] = 1,
    left: Annotated[bool, typer.Option("--left", help="Tìm trong các hộ đã chuyển đi.")] = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Tìm hộ."""

    async def work(context: Context) -> None:
        await name_successors(context, area)
        staff = await staff_of(context, as_staff)
        found = await households.search(context, text, area=area, page=page, left=left, staff=staff)
        if json:
            print_json({"total": found.total, "page": page, "households": [_json(one) for one in found.entries]})
            return
        print_table(
            ("household", "head", "group", "address", "phone"),
            [(one.code, one.head_name, one.place, one.address, _phones(one)) for one in found.entries],
            phrase("command.nobody_found"),
        )
        if found.total > len(found.entries):
            err.print(phrase("command.page_of", page=page, shown=len(found.entries), total=found.total), markup=False)

    run(work)


def _phones(entry: Entry) -> str:
    return ", ".join(show_phone(number) for number in entry.phones)


@group.command("show")
def show(household: Household, as_staff: AsStaff = None, json: AsJson = False) -> None:
    """Mọi thông tin của một hộ: liên hệ, thẻ, tài khoản và máy đã gắn, các lần trả lời."""

    async def work(context: Context) -> None:
        record = await households.show(context, household, await staff_of(context, as_staff))
        if json:
            print_json(_json(record.household) | _known(context, record))
        else:
            _print(context, record)

    run(work)


def _known(context: Context, record: Record) -> dict[str, Any]:
    local = context.local
    return {
        "links": [
            {"id": one.id, "channel": one.channel.value, "name": one.name, "state": one.state.value,
             "via": one.via.value, "asked_at": local(one.asked_at).isoformat(), "other_households": one.others}
            for one in record.links
        ],
        "cards": [
            {"code": card.code, "issued_at": local(card.issued_at).isoformat(), "revoked": card.revoked_at is not None}
            for card in record.cards
        ],
        "notices": [
            {"broadcast": one.code, "title": one.title, "outcome": one.outcome.value,
             "grade": one.grade.value if one.grade else None} for one in record.told
        ],
        "answers": [
            {"broadcast": one.broadcast, "how": one.how.value, "grade": one.grade.value if one.grade else None,
             "reason": one.reason.value if one.reason else None, "at": local(one.at).isoformat(), "by": one.by,
             "undone": one.revoked_at is not None} for one in record.answers
        ],
    }  # fmt: skip


def _print(context: Context, record: Record) -> None:
    entry = record.household
    gone = f" ({phrase('command.gone')})" if entry.left else ""
    out.print(f"{entry.code}: {entry.head_name}, {entry.place}{gone}", markup=False)
    for name, text in (("representative", entry.representative), ("phone", _phones(entry)), ("address", entry.address),
                       ("device", label(entry.device)), ("note", entry.note)):  # fmt: skip
        if text:
            out.print(f"{phrase(f'column.{name}')}: {text}", markup=False)
    print_table(
        ("card", "issued_at", ""),
        [(card.code, f"{context.local(card.issued_at):%d/%m/%Y}", phrase("command.revoked") if card.revoked_at else "")
         for card in record.cards],
        phrase("command.no_card"),
    )  # fmt: skip
    print_table(
        ("number", "account", "name", "state", "other_households"),
        [(one.id, label(one.channel), one.name, label(one.state), one.others or "") for one in record.links],
        phrase("command.no_links"),
    )
    print_table(
        ("code", "title", "state"),
        [(one.code, one.title, label(one.outcome)) for one in record.told],
        phrase("command.told_nothing"),
    )


@group.command("edit")
def edit(
    household: Household,
    head: Annotated[str | None, typer.Option(help="Họ tên chủ hộ.")] = None,
    representative: Annotated[str | None, typer.Option(help="Họ tên người đại diện.")] = None,
    phone: Annotated[str | None, typer.Option(help="Một hoặc nhiều số; để trống là không có.")] = None,
    address: Annotated[str | None, typer.Option(help="Địa chỉ.")] = None,
    note: Annotated[str | None, typer.Option(help="Ghi chú.")] = None,
    device: Annotated[Device | None, typer.Option(help="Thiết bị của người đại diện.")] = None,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Sửa thông tin liên hệ của một hộ; mục nào không ghi thì giữ nguyên."""

    async def work(context: Context) -> None:
        contact = Contact(head, representative, phone, address, note, device)
        entry, changed = await households.edit(context, household, contact, staff=await staff_of(context, as_staff))
        _say(entry, phrase("command.edited", head=entry.head_name, count=len(changed)), json=json)

    run(work)


@group.command("move")
def move(
    household: Household,
    to: Annotated[str, typer.Option(help="Tổ mới: mã hoặc tên.")],
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Hộ chuyển nhà sang tổ khác, hoặc trở lại sau khi đã chuyển đi."""

    async def work(context: Context) -> None:
        await name_successors(context, to)
        entry = await households.move(context, household, to, await staff_of(context, as_staff))
        _say(entry, phrase("command.household_moved", head=entry.head_name, place=entry.place), json=json)

    run(work)


@group.command("leave")
def leave(household: Household, as_staff: AsStaff = None, json: AsJson = False) -> None:
    """Hộ đã chuyển đi nơi khác: lịch sử giữ nguyên, từ nay không nhận thông báo."""

    async def work(context: Context) -> None:
        entry = await households.leave(context, household, await staff_of(context, as_staff))
        _say(entry, phrase("command.household_left", head=entry.head_name), json=json)

    run(work)


@group.command("unlink")
def unlink(
    household: Household,
    link: Annotated[
        int, typer.Argument(metavar="SỐ", max=LARGEST_KEY, help="Số của tài khoản hoặc máy, xem ở loa household show.")
    ],
    undo: Annotated[bool, typer.Option("--undo", help="Gắn lại.")] = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Bỏ một tài khoản hoặc máy khỏi hộ; những câu đã trả lời vẫn giữ."""

    async def work(context: Context) -> None:
        entry = await households.revoke_link(
            context, household, link, back=undo, staff=await staff_of(context, as_staff)
        )  # fmt: skip
        said = "command.link_back" if undo else "command.link_revoked"
        _say(entry, phrase(said, head=entry.head_name), json=json)

    run(work)


def _say(entry: Entry, sentence: str, *, json: bool) -> None:
    answer(_json(entry), sentence, json=json)

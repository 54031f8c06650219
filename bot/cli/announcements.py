"""`loa announce`, `withdraw`, `announcement list/show/approve/return`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from announcements.drafts import Draft
from announcements.mistakes import reason
from announcements.phrases import label, phrase
from announcements.times import read_time
from announcements.types import AnnouncementState, Kind, Urgency
from bot.cli.acting import AsStaff, staff_of
from bot.cli.heeding import name_successors
from bot.cli.output import AsJson, answer, err, fail, out, print_json, print_table, run
from bot.context import Context
from bot.office import documents
from bot.office.notices import announcing, approving
from db.announcing import notices
from db.announcing.notices import BroadcastRow

group = typer.Typer(help="Các thông báo đã tạo.", no_args_is_help=True)
URGENCIES = {urgency.word: urgency for urgency in Urgency}


def register(app: typer.Typer) -> None:
    app.command("announce")(announce)
    app.command("withdraw")(withdraw)
    group.command("withdraw")(withdraw)
    app.add_typer(group, name="announcement")


def _body(body: str | None, body_file: Path | None) -> str:
    if (body is None) == (body_file is None):
        fail(phrase("mistake.body_or_file"), status=2)
    if body is not None:
        return sys.stdin.read() if body == "-" else body
    try:
        return sys.stdin.read() if str(body_file) == "-" else Path(str(body_file)).read_text("utf-8-sig")
    except UnicodeDecodeError:
        fail(phrase("mistake.body_not_utf8", path=body_file), status=2)
    except OSError as error:
        fail(phrase("mistake.body_unreadable", path=body_file, reason=reason(error)), status=2)


def _urgency(word: str) -> Urgency:
    if word not in URGENCIES:
        fail(phrase("mistake.urgency_unknown", known=", ".join(URGENCIES), word=word), status=2)
    return URGENCIES[word]


def announce(
    title: Annotated[str, typer.Option(help="Tiêu đề.")],
    area: Annotated[list[str], typer.Option(help="Địa bàn nhận: mã hoặc tên; dùng nhiều lần được.")],
    body: Annotated[str | None, typer.Option(help="Nội dung; dấu - để đọc từ đầu vào chuẩn.")] = None,
    body_file: Annotated[Path | None, typer.Option(help="Tệp chứa nội dung; dấu - là đầu vào chuẩn.")] = None,
    kind: Annotated[Kind, typer.Option(help="Loại thông báo.")] = Kind.NOTICE,
    urgency: Annotated[str, typer.Option(help="normal, urgent hoặc emergency.")] = Urgency.NORMAL.word,
    at: Annotated[str | None, typer.Option(help="Giờ gửi, ISO 8601; bỏ trống để gửi ngay.")] = None,
    valid_until: Annotated[str | None, typer.Option(help="Hết hiệu lực lúc nào, ISO 8601.")] = None,
    attach: Annotated[list[Path] | None, typer.Option(help="Ảnh JPG, PNG hoặc PDF; dùng nhiều lần được.")] = None,
    supersedes: Annotated[str | None, typer.Option(help="Mã thông báo được đính chính.")] = None,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Đăng một thông báo, gửi ngay hoặc hẹn giờ."""
    text, level = _body(body, body_file), _urgency(urgency)

    async def work(context: Context) -> None:
        zone = context.settings.commune.zone
        draft = Draft(
            title=title,
            body=text,
            kind=kind,
            urgency=level,
            due_at=read_time(at, zone, "--at") if at else None,
            valid_until=read_time(valid_until, zone, "--valid-until") if valid_until else None,
        )
        staff = await staff_of(context, as_staff)
        await name_successors(context, *area)
        row = await announcing.announce(
            context, draft, to=area, staff=staff, attach=attach or [], supersedes=supersedes
        )  # fmt: skip
        answer(
            documents.announcement(context, row),
            f"{row.announcement}: {label(row.state)}. {context.link(f'/n/{row.announcement}')}",
            json=json,
        )
        await _name_withdrawn(context, row)

    run(work)


async def _name_withdrawn(context: Context, row: BroadcastRow) -> None:
    """A correction of what was taken back is allowed, and said."""
    if row.supersedes is None:
        return
    async with context.database.read() as connection:
        older = await notices.find(connection, row.supersedes)
    if older.state is AnnouncementState.WITHDRAWN:
        err.print(phrase("command.corrects_withdrawn", code=older.announcement), style="yellow", markup=False)


def withdraw(
    code: str,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Thu hồi một thông báo: phần chưa gửi sẽ không gửi nữa, bảng tin ghi rõ đã thu hồi."""

    async def work(context: Context) -> None:
        row, cancelled = await announcing.withdraw(context, code, await staff_of(context, as_staff))
        answer(
            {**documents.announcement(context, row), "cancelled": cancelled},
            phrase("command.withdrawn", code=row.announcement, count=cancelled),
            json=json,
        )

    run(work)


@group.command("list")
def list_announcements(json: AsJson = False) -> None:
    """Các thông báo, mới nhất trước."""

    async def work(context: Context) -> None:
        async with context.database.read() as connection:
            rows = await notices.latest(connection)
        if json:
            print_json([documents.announcement(context, row) for row in rows])
        else:
            print_table(
                ("code", "due_at", "state", "kind", "title"),
                [(row.announcement, f"{context.local(row.due_at):%d/%m/%Y %H:%M}", label(row.state), label(row.kind),
                  row.title) for row in rows],
                phrase("command.no_notices"),
            )  # fmt: skip

    run(work)


@group.command("show")
def show(code: str, json: AsJson = False) -> None:
    """Toàn văn một thông báo."""

    async def work(context: Context) -> None:
        async with context.database.read() as connection:
            row = await notices.find(connection, code)
        answer(
            documents.full_announcement(context, row),
            f"{row.announcement} · {label(row.kind)} · {label(row.state)}\n{row.title}\n\n{row.body}",
            json=json,
        )

    run(work)


@group.command("approve")
def approve(
    code: str,
    as_staff: Annotated[str | None, typer.Option("--as", help="Mã cán bộ đứng tên duyệt.")] = None,
    json: AsJson = False,
) -> None:
    """Duyệt một thông báo đang chờ: gửi đúng giờ đã chọn, hoặc gửi ngay nếu giờ ấy đã qua."""

    async def work(context: Context) -> None:
        row = await approving.approve(context, code, await staff_of(context, as_staff))
        if json:
            print_json(documents.announcement(context, row))
        else:
            moment = f"{context.local(row.due_at):%H:%M %d/%m/%Y}"
            out.print(phrase("command.approved", code=row.announcement, moment=moment), markup=False)

    run(work)


@group.command("return")
def send_back(
    code: str,
    reason: Annotated[str, typer.Option(help="Lý do, để người soạn biết cần sửa gì.")],
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Trả một thông báo đang chờ duyệt cho người soạn, kèm lý do."""

    async def work(context: Context) -> None:
        row = await approving.send_back(context, code, reason, await staff_of(context, as_staff))
        answer(documents.announcement(context, row), phrase("command.sent_back", code=row.announcement), json=json)

    run(work)

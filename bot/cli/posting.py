"""`loa post`: what people posted by hand, said from the terminal."""

from typing import Annotated, Any

import typer

from announcements.phrases import phrase
from bot.cli.acting import AsStaff, staff_of
from bot.cli.output import AsJson, answer, fail, run
from bot.context import Context
from bot.office.channels import posting
from bot.office.channels.posting import Result
from bot.office.channels.posting_words import DOES, Said, outcome_words
from db.dispatch.postings import Posting


def register(app: typer.Typer) -> None:
    app.command("post")(post)


def post(
    code: str,
    chat: Annotated[
        list[int] | None,
        typer.Option(metavar="SỐ", help="Chỉ nhóm này (số ở loa chat list); dùng nhiều lần được."),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Chưa đăng: bỏ ghi nhận trong vòng 10 phút.")] = False,
    withdrawal: Annotated[bool, typer.Option("--withdrawal", help="Đã đăng tin thu hồi.")] = False,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Ghi là đã đăng tay một thông báo vào các nhóm không có bot."""
    if undo and withdrawal:
        fail(phrase("mistake.undo_or_withdrawal"), status=2)
    said = Said.NOT_POSTED if undo else Said.RECALLED if withdrawal else Said.POSTED

    async def work(context: Context) -> None:
        result = await DOES[said](context, code, await staff_of(context, as_staff), chats=chat or None)
        lines = [outcome_words(context, said, one, changed=one.chat_id in result.changed) for one in result.chats]
        answer(_document(context, result), "\n".join(lines), json=json)

    run(work)


def _document(context: Context, result: Result) -> dict[str, Any]:
    return {
        "announcement": result.row.announcement,
        "broadcast": result.row.code,
        "changed": len(result.changed),
        "chats": [_chat(context, one) for one in result.chats],
    }


def _chat(context: Context, one: Posting) -> dict[str, Any]:
    def moment(at: Any) -> str | None:
        return context.local(at).isoformat() if at is not None else None

    return {
        "id": one.chat_id,
        "title": one.chat,
        "area_name": one.area,
        "state": one.state.value,
        "handed_at": moment(one.handed_at),
        "sent_at": moment(one.posted_at),
        "posted_by": one.by or None,
        "recalled_at": moment(one.recalled_at),
        "late": posting.is_late(context, one),
    }

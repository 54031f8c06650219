"""`loa inbox list/credit/answer/close/reopen`: what people wrote that a person has to read."""

from datetime import datetime
from typing import Annotated, Any

import typer

from announcements.help_wanted import asks_for_help
from announcements.phrases import label, phrase
from announcements.splitting import shorten
from announcements.types import Grade
from bot.cli.acting import AsStaff, staff_of
from bot.cli.output import AsJson, answer, err, print_json, print_table, run
from bot.context import Context
from bot.office.inbox import questions
from bot.office.inbox.answering import Reply
from bot.office.inbox.question_words import said_words, where_words
from db.answering.question_lists import Box, QuestionRow
from db.tables.columns import LARGEST_KEY

group = typer.Typer(help="Hộp thư: lời bà con nhắn mà máy không chắc là “đã nhận”.", no_args_is_help=True)

LONGEST_TEXT = 80

Number = Annotated[int, typer.Argument(metavar="SỐ", max=LARGEST_KEY, help="Số của lời nhắn, xem ở loa inbox list.")]
Notice = Annotated[str, typer.Option(metavar="MÃ", help="Thông báo lời nhắn nói về, khi máy chưa rõ.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="inbox")


def _json(context: Context, one: QuestionRow) -> dict[str, Any]:
    def moment(at: datetime | None) -> str | None:
        return context.local(at).isoformat() if at is not None else None

    return {
        "number": one.id,
        "at": moment(one.at),
        "channel": one.channel.value,
        "account": one.account,
        "private": one.private,
        "chat": one.chat,
        "area": one.area or None,
        "area_name": one.area_name,
        "name": one.name,
        "household": one.household or None,
        "head_name": one.head_name,
        "broadcast": one.broadcast or None,
        "title": one.title,
        "text": one.text,
        "why": one.why.value,
        "help": asks_for_help(one.text),
        "state": one.state.value,
        "decided_by": one.decided_by or None,
        "decided_at": moment(one.decided_at),
        "credited_to": one.credited_to or None,
        "answer": one.answer,
        "said_at": moment(one.told_at),
        "saying": one.on_its_way(context.clock()),
        "public": one.public,
    }


@group.command("list")
def show(
    box: Annotated[
        list[Box] | None,
        typer.Option(help="open: chờ xem; touched: máy không đọc được; done: đã xong. Nhiều lần được."),
    ] = None,
    before: Annotated[
        int | None, typer.Option(metavar="SỐ", max=LARGEST_KEY, help="Chỉ những lời nhắn cũ hơn số này.")
    ] = None,
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Những lời nhắn đang chờ xem, mới nhất trước; mỗi lần 50."""

    async def work(context: Context) -> None:
        staff = await staff_of(context, as_staff)
        found = await questions.opened(context, staff, box or [Box.OPEN, Box.TOUCHED], before=before)
        if json:
            print_json([_json(context, one) for one in found.questions])
        else:
            print_table(
                ("number", "at", "where", "who", "code", "state", "text"),
                [_cells(context, one) for one in found.questions],
                phrase("inbox.empty"),
            )
        if found.more:
            err.print(phrase("inbox.more", number=found.questions[-1].id), markup=False)

    run(work)


def _cells(context: Context, one: QuestionRow) -> tuple[object, ...]:
    who = one.head_name or one.name
    text = shorten(" ".join(one.text.split()), LONGEST_TEXT) or phrase("inbox.unreadable")
    return (one.id, f"{context.local(one.at):%d/%m/%Y %H:%M}", where_words(one), who, one.announcement,
            label(one.why) if one.open else label(one.state), text)  # fmt: skip


@group.command("credit")
def credit(
    number: Number,
    grade: Annotated[Grade, typer.Option(help="Mức trả lời của hộ.")] = Grade.RECEIVED,
    household: Annotated[str, typer.Option(metavar="MÃ_HỘ", help="Hộ nào, khi người nhắn chưa liên kết.")] = "",
    notice: Notice = "",
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Tính lời nhắn là hộ tự xác nhận đã nhận."""

    async def work(context: Context) -> None:
        staff = await staff_of(context, as_staff)
        done = await questions.credit(context, number, staff=staff, grade=grade, household=household, notice=notice)
        name = "inbox.credited_before" if done.before else "inbox.credited"
        answer(_json(context, done.question), phrase(name, head=done.head_name, code=done.notice), json=json)

    run(work)


@group.command("answer")
def reply(
    number: Number,
    text: Annotated[str, typer.Argument(metavar="LỜI", help="Câu trả lời, gửi lại nơi đã hỏi.")],
    public: Annotated[bool, typer.Option("--public", help="Thêm cả hỏi và đáp vào trang của thông báo.")] = False,
    question: Annotated[str, typer.Option(metavar="LỜI", help="Câu hỏi hiện trên trang thông báo, viết lại.")] = "",
    notice: Notice = "",
    as_staff: AsStaff = None,
    json: AsJson = False,
) -> None:
    """Trả lời một lời nhắn."""

    async def work(context: Context) -> None:
        staff = await staff_of(context, as_staff)
        one = await questions.answer(context, number, Reply(text, public, question, notice), staff=staff)
        answer(_json(context, one), said_words(context, one), json=json)

    run(work)


@group.command("close")
def close(number: Number, as_staff: AsStaff = None, json: AsJson = False) -> None:
    """Đóng một lời nhắn không cần làm gì."""

    async def work(context: Context) -> None:
        one = await questions.close(context, number, staff=await staff_of(context, as_staff))
        answer(_json(context, one), phrase("inbox.closed"), json=json)

    run(work)


@group.command("reopen")
def reopen(number: Number, as_staff: AsStaff = None, json: AsJson = False) -> None:
    """Mở lại: bỏ việc đã tính, đã trả lời hoặc đã đóng."""

    async def work(context: Context) -> None:
        one = await questions.reopen(context, number, staff=await staff_of(context, as_staff))
        name = "inbox.reopened_said" if one.told_at is not None else "inbox.reopened"
        answer(_json(context, one), phrase(name), json=json)

    run(work)

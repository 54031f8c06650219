"""What is said of posting by hand, to whom, on every way: where a chat stands, and what became of somebody's word."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from announcements.phrases import phrase
from bot.context import Context
from bot.office.channels import posting
from bot.office.channels.posting import Task
from db.dispatch.postings import Leader, Posting
from db.outbox.posting import MAY_TAKE_BACK

NAMED = 8  # chats in a sentence


class Said(StrEnum):
    """What somebody says of a text and a chat."""

    POSTED = "posted"
    NOT_POSTED = "undo"
    RECALLED = "recalled"


DOES = {Said.POSTED: posting.post, Said.NOT_POSTED: posting.take_back, Said.RECALLED: posting.recall}


def places_of(chats: Sequence[Posting], places: dict[int, str]) -> str:
    """`Zalo Tổ 1 (Tổ 1, Thôn Thu Quế); …`: which chats are meant."""
    names = "; ".join(chat_name(one, places) for one in chats[:NAMED])
    more = len(chats) - NAMED
    return phrase("posting.more_places", names=names, more=more) if more > 0 else names


def chat_name(one: Posting, places: dict[int, str]) -> str:
    """The chat's title, and its place where the title does not say it."""
    place = places.get(one.area_id, one.area)
    return one.chat if one.chat == place else f"{one.chat} ({place})"


def texts_of(context: Context, task: Task, places: dict[int, str], *, recall: bool = False) -> tuple[str, ...]:
    """What a leader is told: the ready words by themselves, to be copied or passed on, and then what is asked for."""
    return (*task.parts, _request(context, task, places, recall=recall))


def _request(context: Context, task: Task, places: dict[int, str], *, recall: bool) -> str:
    link, chats, code = context.link("/posting"), places_of(task.chats, places), task.row.announcement
    if recall:
        return phrase("posting.please_recall", places=chats, code=code, link=link)
    name = "posting.please_parts" if len(task.parts) > 1 else "posting.please"
    asked = phrase(name, places=chats, count=len(task.parts), code=code, link=link)
    files = phrase("posting.files", count=len(task.files), link=link) if task.files else ""
    return "\n".join(filter(None, (asked, files)))


def nearest(path: str, leaders: Sequence[Leader]) -> list[Leader]:
    """Those of the smallest area around `path` that has any."""
    above = [leader for leader in leaders if path.startswith(leader.path)]
    deepest = max((len(leader.path) for leader in above), default=0)
    return [leader for leader in above if len(leader.path) == deepest]


def standing_words(context: Context, one: Posting) -> str:
    """Where a chat stands: `đã đăng lúc 19:02, Ông Tổ`."""
    if one.to_recall:
        return phrase("posting.to_recall")
    if one.recalled_at is not None:
        return phrase("posting.recalled", when=_when(context, one.recalled_at), by=_who(one.recalled_by))
    if one.posted:
        return phrase("posting.posted", when=_when(context, one.posted_at), by=_who(one.by))
    return phrase("posting.waits" if one.waits else "posting.off_now")


def standing_line(context: Context, one: Posting) -> str:
    """The same as a line of a list of chats."""
    mark = "❌" if one.to_recall else "✅" if one.posted else "⬜" if one.waits else "🛑"
    return phrase("posting.line", mark=mark, chat=one.chat, standing=standing_words(context, one))


def outcome_words(context: Context, said: Said, one: Posting, *, changed: bool) -> str:
    """What became of what somebody said of one chat."""
    if said is Said.RECALLED:
        return phrase("posting.recall_done" if one.recalled_at is not None else "posting.nothing", chat=one.chat)
    if said is Said.NOT_POSTED:
        if one.waits:
            return phrase("posting.undone", chat=one.chat)
        return phrase("posting.undo_late" if one.posted else "posting.nothing", chat=one.chat)
    if not changed and one.posted:
        return phrase("posting.done_before", chat=one.chat, when=_when(context, one.posted_at), by=_who(one.by))
    if not one.posted:
        return phrase("posting.nothing", chat=one.chat)
    return phrase("posting.done_withdrawn" if one.to_recall else "posting.done", chat=one.chat)


def may_take_back(one: Posting, now: datetime) -> bool:
    """Can somebody still say that it was not posted?"""
    return one.posted and one.recalled_at is None and now - one.recorded_at <= MAY_TAKE_BACK


def _when(context: Context, moment: datetime | None) -> str:
    local = context.local(moment or context.clock())
    today = local.date() == context.local(context.clock()).date()
    return f"{local:%H:%M}" if today else f"{local:%H:%M %d/%m}"


def _who(name: str) -> str:
    return name or phrase("posting.operator")

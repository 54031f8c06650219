"""/dangtay: what waits to be posted by hand, each text as a message of its own to copy, and the buttons under it.

`bot/tidings/nudging.py` sends the same to leaders by itself; presses come back here.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from html import escape

from announcements.channels import Button
from announcements.permissions import Permission
from announcements.postings import SaidOfPosting
from announcements.rendering import phrase
from announcements.splitting import shorten
from bot.conversations import officers
from bot.conversations.data import Data, Topic, member, pack
from bot.conversations.messenger import Talk, words
from bot.office.channels import posting, posting_said
from bot.office.channels.posting_said import SHOWN, none_waits
from bot.office.channels.posting_words import DOES, Said, may_take_back, outcome_words, standing_line, texts_of
from db.access.people import StaffRow
from db.dispatch.postings import Posting

BUTTONS = 40  # under one message
LABEL_LENGTH = 48


class Action(StrEnum):
    """Values of a button: the broadcast's code, the chat's number."""

    POSTED = "p"
    NOT_POSTED = "u"
    RECALLED = "r"


MEANS = {Action.POSTED: Said.POSTED, Action.NOT_POSTED: Said.NOT_POSTED, Action.RECALLED: Said.RECALLED}


def rows_of(chats: Sequence[Posting], now: datetime) -> list[list[Button]]:
    """A button for each chat that something can be said of."""
    rows = []
    for one in chats:
        action, name = _offer(one, now)
        if action is not None:
            text = phrase(name, chat=shorten(one.chat, LABEL_LENGTH))
            rows.append([Button(text, pack(Topic.POSTING, action, one.broadcast, one.chat_id))])
    return rows[:BUTTONS]


def _offer(one: Posting, now: datetime) -> tuple[Action | None, str]:
    if one.to_recall:
        return Action.RECALLED, "posting.button_recalled"
    if may_take_back(one, now):
        return Action.NOT_POSTED, "posting.button_undo"
    return (None, "") if one.posted else (Action.POSTED, "posting.button_posted")


async def start(talk: Talk) -> None:
    """/dangtay. Raises `Mistake`."""
    staff = await officers.required(talk, Permission.RECORD)
    found = await posting.round_of(talk.context, staff)
    if not found.count:
        await talk.say(escape(none_waits(found, staff.area_name), quote=False))
        return
    asked = [(task, True) for task in found.recalls] + [(task, False) for task in found.tasks]
    for task, recall in asked[:SHOWN]:
        *parts, asked_for = texts_of(talk.context, task, found.places, recall=recall)
        for part in parts:
            await talk.say(escape(part, quote=False))
        await talk.say(escape(asked_for, quote=False), rows_of(task.chats, talk.now))
    if len(asked) > SHOWN:
        await talk.say(words("posting.more_notices", count=len(asked) - SHOWN))


async def spoken(talk: Talk, staff: StaffRow, said: SaidOfPosting) -> None:
    """A leader writes what they did, instead of pressing. Raises `Mistake`."""
    for text in await posting_said.answer(talk.context, staff, said):
        await talk.say(escape(text, quote=False))


async def press(talk: Talk, data: Data) -> None:
    """A leader says what they did. Raises `BadPress`, `Mistake`."""
    staff = await officers.required(talk, Permission.RECORD)
    said = MEANS[member(Action, data.action)]
    code, chat = data.value(0), data.number(1)
    result = await DOES[said](talk.context, code, staff, chats=[chat])
    await talk.answer(outcome_words(talk.context, said, result.chats[0], changed=bool(result.changed)))
    await _show(talk, staff, code)


async def _show(talk: Talk, staff: StaffRow, code: str) -> None:
    """Where the notice stands in all chats of theirs, in place of the message whose button was pressed."""
    task = await posting.task_of(talk.context, code, staff)
    lines = [phrase("posting.heading", title=shorten(task.row.title, 100), code=task.row.announcement)]
    lines += [standing_line(talk.context, one) for one in task.chats[:BUTTONS]]
    await talk.show(escape("\n".join(lines), quote=False), rows_of(task.chats, talk.now))

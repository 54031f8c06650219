"""Notices that wait for approval: shown to those who may let them out, and their word.

`bot/tidings/proposals.py` asks when somebody proposes a notice; `Conversations` brings the presses of `Topic.APPROVAL`
and /choduyet. What an approval does, telling the author too, is `bot/office/notices/approving.py`'s.
"""

from dataclasses import dataclass
from enum import StrEnum
from html import escape

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.channels import Button
from announcements.mistakes import NotAllowed
from announcements.permissions import Permission, may
from announcements.rendering import moment_words, phrase
from announcements.types import AnnouncementState
from bot.context import Context
from bot.conversations import officers, requests
from bot.conversations.data import Data, Topic, member, pack
from bot.conversations.messenger import Talk, in_rows, words
from bot.office.notices import approving, previewing
from bot.office.notices.audiences import audience
from db.access import people
from db.access.people import StaffRow
from db.announcing import letters, notices
from db.announcing.letters import Letter
from db.announcing.notices import BroadcastRow

SHOWN = 5  # proposals at once


class Action(StrEnum):
    """Values of a button: the broadcast's code, more."""

    YES = "y"
    WHY = "w"  # before it is sent back
    NO = "n"  # why
    BACK = "b"  # to the question


class Why(StrEnum):
    """Why a proposal is sent back: one press, because the phone is small. Other reasons are for the pages."""

    WORDS = "words"
    TIME = "time"
    PLACE = "place"
    NOT_NOW = "not_now"


REASONS = {
    Why.WORDS: "approval.why_words",
    Why.TIME: "approval.why_time",
    Why.PLACE: "approval.why_place",
    Why.NOT_NOW: "approval.why_not_now",
}


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is shown of a proposal: the notice, who wrote it, where it goes, as its author saw it."""

    letter: Letter
    author: str
    places: tuple[str, ...]


async def read(connection: AsyncConnection, row: BroadcastRow) -> Proposed:
    letter = await letters.letter(connection, row.id)
    reached = await audience(connection, await notices.audience_of(connection, row.announcement_id))
    author = await people.by_id(connection, row.created_by) if row.created_by is not None else None
    return Proposed(letter, author.name if author else letter.role_area, reached.places)


async def _show(talk: Talk, row: BroadcastRow) -> None:
    """The notice as it will look, and the question."""
    async with talk.context.database.read() as connection:
        proposed = await read(connection, row)
    for part in previewing.said(talk.context, proposed.letter, talk.channel.limits, talk.kind, talk.account).parts:
        await talk.say(part)
    await talk.say(escape(question(talk.context, proposed), quote=False), answers(row))


def question(context: Context, proposed: Proposed) -> str:
    """What is asked of whoever may let it out, under its words."""
    row, places = proposed.letter.broadcast, "; ".join(proposed.places)
    lines = [
        phrase("approval.ask", code=row.announcement, author=proposed.author, areas=places),
        phrase("compose.when_later", moment=moment_words(context.local(row.due_at))),
    ]
    if proposed.letter.files:
        lines.append(phrase("approval.files", count=len(proposed.letter.files)))
    return "\n".join([*lines, phrase("approval.page", link=context.link("/approvals"))])


def answers(row: BroadcastRow) -> list[list[Button]]:
    """The buttons under the question, where a channel has any."""
    yes = Button(phrase("approval.yes"), pack(Topic.APPROVAL, Action.YES, row.code))
    return [[yes, Button(phrase("approval.no"), pack(Topic.APPROVAL, Action.WHY, row.code))]]


async def press(talk: Talk, data: Data) -> None:
    """A member of staff decides. Raises `BadPress`, `Mistake`."""
    staff = await officers.required(talk, Permission.APPROVE)
    code = data.value(0)
    match member(Action, data.action):
        case Action.YES:
            await _let_out(talk, staff, code)
        case Action.WHY:
            await _ask_why(talk, staff, code)
        case Action.NO:
            await _send_back(talk, staff, code, phrase(REASONS[data.member(1, Why)]))
        case Action.BACK:
            row = await approving.proposal(talk.context, code, staff)
            await talk.show(words("approval.again", code=row.announcement, title=row.title), answers(row))


async def _let_out(talk: Talk, staff: StaffRow, code: str) -> None:
    row = await approving.approve(talk.context, code, staff)
    now_out = row.state is AnnouncementState.PUBLISHED
    when = phrase("approval.now") if now_out else moment_words(talk.context.local(row.due_at))
    await talk.show(words("approval.done_yes", code=row.announcement, when=when))


async def _ask_why(talk: Talk, staff: StaffRow, code: str) -> None:
    row = await approving.proposal(talk.context, code, staff)
    reasons = [Button(phrase(REASONS[why]), pack(Topic.APPROVAL, Action.NO, row.code, why.value)) for why in Why]
    back = Button(phrase("compose.back"), pack(Topic.APPROVAL, Action.BACK, row.code))
    await talk.show(words("approval.ask_why", code=row.announcement), [*in_rows(reasons, 2), [back]])


async def _send_back(talk: Talk, staff: StaffRow, code: str, reason: str) -> None:
    row = await approving.send_back(talk.context, code, reason, staff)
    await talk.show(words("approval.done_no", code=row.announcement, reason=reason))


async def show_waiting(talk: Talk) -> None:
    """/choduyet: what waits for this person's word, notices first, then households that ask to be linked."""
    staff = await officers.required(talk)
    shown = 0
    if may(staff.role, Permission.APPROVE):
        shown += await _show_proposals(talk, staff)
    elif not may(staff.role, Permission.RECORD):
        raise NotAllowed(phrase("chat.not_your_role", name=staff.name))
    if may(staff.role, Permission.RECORD):
        shown += await requests.show_waiting(talk, staff)
    if not shown:
        await talk.say(words("request.none", area=staff.area_name))


async def _show_proposals(talk: Talk, staff: StaffRow) -> int:
    proposals = await approving.waiting_for(talk.context, staff)
    for one in proposals[:SHOWN]:
        await _show(talk, one.row)
    if len(proposals) > SHOWN:
        await talk.say(words("request.more"))
    return len(proposals)

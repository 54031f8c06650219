"""Notices that wait for approval: shown to those who may let them out, their word, and telling the author of it.

`sending` asks when somebody proposes a notice; `Conversations` brings the presses of `Topic.APPROVAL` and /choduyet.
What an approval does is `bot/office/approving.py`'s.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.channels import Button
from announcements.mistakes import NotAllowed
from announcements.permissions import Permission, may
from announcements.rendering import moment_words, phrase
from announcements.types import AnnouncementState
from bot.conversations import officers, requests
from bot.conversations.data import Data, Topic, member, pack
from bot.conversations.messenger import Talk, in_rows, words
from bot.office import approving, previewing
from bot.office.audiences import audience
from db import areas, letters, notices, people
from db.letters import Letter
from db.notices import BroadcastRow
from db.people import StaffRow

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


async def _read(connection: AsyncConnection, row: BroadcastRow) -> Proposed:
    letter = await letters.letter(connection, row.id)
    reached = await audience(connection, await notices.audience_of(connection, row.announcement_id))
    author = await people.by_id(connection, row.created_by) if row.created_by is not None else None
    return Proposed(letter, author.name if author else letter.role_area, reached.places)


async def ask(talk: Talk, row: BroadcastRow) -> None:
    """Show a proposal to the nearest staff who may let it out and take messages."""
    async with talk.context.database.read() as connection:
        proposed = await _read(connection, row)
        top = await areas.by_ids(connection, await notices.audience_of(connection, row.announcement_id))
        everybody = await people.accounts_of_area(connection, talk.kind, top[0].path, talk.now)
    able = [
        (staff, account)
        for staff, account in everybody
        if approving.may_decide(staff, row) and all(staff.reaches(area.path) for area in top) and account.isdigit()
    ]
    for _, nearest in groupby(able, key=lambda pair: pair[0].area_id):
        heard = [await _show(talk, int(account), proposed) for _, account in nearest]
        if any(heard):
            return


async def _show(talk: Talk, user_id: int, proposed: Proposed) -> bool:
    """The notice as it will look, and the question; False when they don't take messages of the bot."""
    said = previewing.said(talk.context, proposed.letter, talk.channel.limits, talk.kind, talk.account)
    for part in said.parts:
        if not await talk.tell(user_id, part):
            return False
    return await talk.tell(user_id, _question(talk, proposed), _answers(proposed.letter.broadcast))


def _question(talk: Talk, proposed: Proposed) -> str:
    row, places = proposed.letter.broadcast, "; ".join(proposed.places)
    lines = [
        words("approval.ask", code=row.announcement, author=proposed.author, areas=places),
        words("compose.when_later", moment=moment_words(talk.context.local(row.due_at))),
    ]
    if proposed.letter.files:
        lines.append(words("approval.files", count=len(proposed.letter.files)))
    return "\n".join(lines)


def _answers(row: BroadcastRow) -> list[list[Button]]:
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
            await talk.show(words("approval.again", code=row.announcement, title=row.title), _answers(row))


async def _let_out(talk: Talk, staff: StaffRow, code: str) -> None:
    row = await approving.approve(talk.context, code, staff)
    now_out = row.state is AnnouncementState.PUBLISHED
    when = phrase("approval.now") if now_out else moment_words(talk.context.local(row.due_at))
    await talk.show(words("approval.done_yes", code=row.announcement, when=when))
    await _tell_author(talk, row, words("approval.was_approved", code=row.announcement, title=row.title, when=when))


async def _ask_why(talk: Talk, staff: StaffRow, code: str) -> None:
    row = await approving.proposal(talk.context, code, staff)
    reasons = [Button(phrase(REASONS[why]), pack(Topic.APPROVAL, Action.NO, row.code, why.value)) for why in Why]
    back = Button(phrase("compose.back"), pack(Topic.APPROVAL, Action.BACK, row.code))
    await talk.show(words("approval.ask_why", code=row.announcement), [*in_rows(reasons, 2), [back]])


async def _send_back(talk: Talk, staff: StaffRow, code: str, reason: str) -> None:
    row = await approving.send_back(talk.context, code, reason, staff)
    await talk.show(words("approval.done_no", code=row.announcement, reason=reason))
    await _tell_author(talk, row, words("approval.was_returned", code=row.announcement, title=row.title, reason=reason))


async def _tell_author(talk: Talk, row: BroadcastRow, text: str) -> None:
    if row.created_by is None:
        return
    async with talk.context.database.read() as connection:
        accounts = await people.accounts_of(connection, talk.kind, row.created_by, talk.now)
    for account in accounts:
        if account.isdigit():
            await talk.tell(int(account), text)


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
        async with talk.context.database.read() as connection:
            proposed = await _read(connection, one.row)
        await _show(talk, talk.user_id, proposed)
    if len(proposals) > SHOWN:
        await talk.say(words("request.more"))
    return len(proposals)

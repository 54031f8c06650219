"""The inbox of staff: what people wrote that is not surely an acknowledgement, and what staff make of it.

Shared by the page `/inbox` and `loa inbox`. Whoever records answers of an area reads what is written there; each move
is made by whoever is first, and can be taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.permissions import Permission
from announcements.phrases import label, phrase
from announcements.reach import Answer
from announcements.types import AnnouncementState, Grade, How
from bot.context import Context
from bot.office.actors import Actor, staff_id
from bot.office.inbox.answering import Reply, checked, on_notice
from bot.office.notices.announcing import actor
from db import audit
from db.announcing import notice_answers, notice_lists, notices
from db.announcing.notices import BroadcastRow
from db.answering import answers, deciding, question_lists, undoing
from db.answering.answers import Record, Verdict
from db.answering.question_lists import Box, QuestionRow
from db.counting import doors
from db.counting.doors import Door
from db.links import linking
from db.links.linking import Choice
from db.tables import QuestionState

SHOWN = 50
NOTICES_OFFERED = 20
HOUSEHOLDS_OFFERED = 400  # a village's; nobody finds theirs in a longer list, and a telephone is slow with it


@dataclass(frozen=True, slots=True)
class Opened:
    """One page of an inbox, and how much is in its boxes. `more`: there are older ones."""

    questions: Sequence[QuestionRow]
    open: int
    touched: int
    more: bool = False


async def opened(
    context: Context, staff: Actor | None, boxes: Sequence[Box], *, before: int | None = None
) -> Opened:  # fmt: skip
    """What is in these boxes for their area, the newest first."""
    path = _path(staff)
    async with context.database.read() as connection:
        found = await question_lists.listing(connection, path, boxes, most=SHOWN + 1, before=before)
        to_read = await question_lists.count(connection, path, Box.OPEN)
        touched = await question_lists.count(connection, path, Box.TOUCHED)
    return Opened(found[:SHOWN], to_read, touched, more=len(found) > SHOWN)


def _path(staff: Actor | None) -> str | None:
    if staff is not None and not staff.may(Permission.RECORD):
        raise NotAllowed(phrase("inbox.not_their_role", staff=staff.name))
    return None if staff is None else staff.path


async def find(context: Context, number: int, staff: Actor | None) -> QuestionRow:
    """One of theirs. Raises `NotFound`."""
    async with context.database.read() as connection:
        return await _theirs(connection, number, staff)


async def _theirs(connection: AsyncConnection, number: int, staff: Actor | None) -> QuestionRow:
    path = _path(staff)
    found = await question_lists.find(connection, number)
    if found is None or not question_lists.is_theirs(path, found.path):
        raise NotFound(phrase("inbox.unknown", number=number))  # nothing is said of those of other areas
    return found


@dataclass(frozen=True, slots=True)
class Offered:
    """What a message may be about, and whose it may be, where that isn't known; no `households` where there are too
    many to choose from. `public` are notices whose page may show the answer."""

    notices: Sequence[BroadcastRow]
    households: Sequence[Choice]
    public: Sequence[BroadcastRow]


async def offered(context: Context, one: QuestionRow, staff: Actor) -> Offered:
    """The notices that went there, and the households of the area where it was written that are theirs."""
    path = one.path or staff.path
    async with context.database.read() as connection:
        latest = await notices.latest_under(connection, path, NOTICES_OFFERED)
        households = [] if one.household else await linking.households_under(connection, path, HOUSEHOLDS_OFFERED + 1)
        found = [row for row in latest if row.state is AnnouncementState.PUBLISHED]
        public = await notice_lists.wholly_below(connection, {row.id for row in found}, staff.path)
    few = len(households) <= HOUSEHOLDS_OFFERED
    return Offered(found, [choice for choice in households if few and staff.reaches(choice.path)],
                   [row for row in found if row.id in public])  # fmt: skip


async def publishable(context: Context, found: Sequence[QuestionRow], staff: Actor) -> frozenset[int]:
    """Of the broadcasts these are about, those whose page `staff` may write an answer on for everybody."""
    ids = {one.broadcast_id for one in found if one.broadcast_id is not None}
    async with context.database.read() as connection:
        return await notice_lists.wholly_below(connection, ids, staff.path)


@dataclass(frozen=True, slots=True)
class Credited:
    """`before`: the household had answered that notice already, and nothing moved."""

    question: QuestionRow
    head_name: str
    notice: str
    before: bool


async def credit(
    context: Context, number: int, *, staff: Actor | None, grade: Grade = Grade.RECEIVED, household: str = "",
    notice: str = "",
) -> Credited:  # fmt: skip
    """It was an acknowledgement: the household's own, at the time it was written. `household` and `notice` are codes,
    for where they aren't known. Raises `Mistake`."""
    now = context.clock()
    async with context.database.write() as connection:
        one = await _theirs(connection, number, staff)
        row = await _notice(connection, one, notice)
        door = await _household(connection, one, row, household, staff)
        await _decide(connection, one, QuestionState.CREDITED, staff, now)
        record = Record(row.id, door.household_id, Answer(How.REPLY, one.at, grade, one.channel.value),
                        external_id=f"question {one.id}, {now.isoformat()}")  # fmt: skip
        recorded = (await answers.record(connection, [record]))[0]
        await deciding.credited_as(connection, one.id, row.id, door.household_id)
        await _note(connection, one, "credit question", staff, now, broadcast=row.code, household=door.household)
        after = await _theirs(connection, number, staff)
    context.answered(row.id)
    return Credited(after, door.head_name, row.announcement, recorded.verdict is Verdict.KEPT)


async def _notice(connection: AsyncConnection, one: QuestionRow, wanted: str) -> BroadcastRow:
    code = wanted.strip() or one.broadcast
    if not code:
        raise Mistake(phrase("inbox.no_notice"))
    row = await notices.find(connection, code)
    if row.state is AnnouncementState.WITHDRAWN:
        raise Mistake(phrase("mistake.withdrawn", code=row.announcement))
    return row


async def _household(
    connection: AsyncConnection, one: QuestionRow, row: BroadcastRow, wanted: str, staff: Actor | None
) -> Door:
    """Whose answer it is: of whoever is linked no other's, else the chosen one's, which must be theirs."""
    code = wanted.strip() or one.household
    if not code:
        raise Mistake(phrase("inbox.no_household"))
    door = await doors.of_household(connection, row.id, code)
    if door is None or (staff is not None and not one.household and not staff.reaches(door.path)):
        raise NotFound(phrase("mistake.household_not_in_audience", household=code[:40], code=row.code))
    if one.household and door.household_id != one.household_id:
        raise Mistake(phrase("inbox.other_household", head=one.head_name))
    return door


async def answer(context: Context, number: int, reply: Reply, *, staff: Actor | None) -> QuestionRow:
    """Have it said where it was asked, and with `reply.public` show it on the notice's page. Raises `Mistake`."""
    now, reply = context.clock(), checked(reply)
    async with context.database.write() as connection:
        one = await _theirs(connection, number, staff)
        row = await on_notice(connection, one, reply, staff) if reply.public else None
        connected = any(account.name == one.account for account in context.settings.accounts)
        await _decide(connection, one, QuestionState.ANSWERED, staff, now, answer=reply.text, told_at=None,
                      send_at=now if connected else None)  # fmt: skip
        if row is not None:
            await notice_answers.add(connection, row.id, one.id, reply.as_public(one), now)
        shown = {"broadcast": row.code} if row is not None else {}
        await _note(connection, one, "answer question", staff, now, **shown)
        after = await _theirs(connection, number, staff)
    context.ring()
    return after


async def close(context: Context, number: int, *, staff: Actor | None) -> QuestionRow:
    """Nothing is to be done about it. Raises `Mistake`."""
    now = context.clock()
    async with context.database.write() as connection:
        one = await _theirs(connection, number, staff)
        await _decide(connection, one, QuestionState.CLOSED, staff, now)
        await _note(connection, one, "close question", staff, now)
        return await _theirs(connection, number, staff)


async def _decide(
    connection: AsyncConnection, one: QuestionRow, to: QuestionState, staff: Actor | None, now: datetime, **more: object
) -> None:
    if await deciding.decide(connection, one.id, to, staff_id(staff), now, **more):
        return
    held = await question_lists.find(connection, one.id) or one
    by = phrase("inbox.decided_by", name=held.decided_by) if held.decided_by else ""
    raise Mistake(phrase("inbox.decided", number=one.id, state=label(held.state).lower(), by=by))


async def reopen(context: Context, number: int, *, staff: Actor | None) -> QuestionRow:
    """Take back what was made of it: a credit counts no more, an answer is not said any more if it was not yet, and
    leaves the notice's page. Raises `Mistake`."""
    now, moved = context.clock(), None
    async with context.database.write() as connection:
        one = await _theirs(connection, number, staff)
        if not await deciding.reopen(connection, one.id):
            raise Mistake(phrase("inbox.still_open", number=one.id))
        if one.acknowledgement_id is not None:
            moved = await undoing.take_back(connection, one.acknowledgement_id, staff_id(staff), now)
        await notice_answers.take_down(connection, one.id)
        await _note(connection, one, "reopen question", staff, now, was=one.state.value)
        after = await _theirs(connection, number, staff)
    if moved is not None:
        context.answered(moved[0])
    return after


async def _note(
    connection: AsyncConnection, one: QuestionRow, action: str, staff: Actor | None, now: datetime, **detail: object
) -> None:
    await audit.note(connection, at=now, actor=actor(staff), action=action, subject=str(one.id), **detail)

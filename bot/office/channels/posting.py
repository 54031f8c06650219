"""Posting by hand: what waits in the chats of one's area, the ready words, and what people say of what they posted.

Shared by the page, the conversation and `loa post`. Whoever records answers of an area may say what stands in its
chats.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.channels import File
from announcements.mistakes import NotAllowed, NotFound
from announcements.permissions import Permission
from announcements.phrases import phrase
from announcements.rendering import moment_words
from announcements.types import AnnouncementState, ChannelKind
from bot.channels.assisted import BY_HAND
from bot.context import Context
from bot.office.actors import Actor, staff_id
from bot.office.notices import previewing
from bot.office.notices.announcing import actor, must_reach
from bot.office.reach.recording import Tap
from db import audit, outbox
from db.access.people import StaffRow
from db.announcing import letters, notices
from db.announcing.fanout import ASSISTED
from db.announcing.letters import Letter
from db.announcing.notices import BroadcastRow
from db.answering import taps
from db.dispatch import postings
from db.dispatch.postings import Posting
from db.outbox import ByHand
from db.places import areas

SHOWN = 200  # texts that wait; whoever has more posts the most urgent first
LATELY = timedelta(hours=24)
LATELY_SHOWN = 60
RECALLED_FOR = timedelta(days=7)  # so long a withdrawal is worth posting


@dataclass(frozen=True, slots=True)
class Task:
    """One notice to be posted, or to be taken back, in the chats that wait for it. `parts` are messages of their own;
    `late` when some chat has waited for longer than it may."""

    row: BroadcastRow
    parts: tuple[str, ...]
    files: tuple[File, ...]
    chats: tuple[Posting, ...]
    late: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """All that somebody has to do, and what was done lately. `places` names areas by id; `by_hand` is False where no
    chat of theirs is posted to by hand; `more` wait, and come when the first are done."""

    tasks: Sequence[Task] = ()
    recalls: Sequence[Task] = ()
    lately: Sequence[Posting] = ()
    places: dict[int, str] = field(default_factory=dict)
    by_hand: bool = True
    more: int = 0

    @property
    def count(self) -> int:
        """How many chats wait."""
        return sum(len(task.chats) for task in (*self.tasks, *self.recalls))


async def round_of(context: Context, staff: StaffRow) -> Round:
    """What there is to do in the chats of their area and below."""
    now = context.clock()
    async with context.database.read() as connection:
        known = await postings.count(connection, staff.path, now)
        waiting = await postings.waiting(connection, staff.path, now, SHOWN)
        recalls = await postings.to_recall(connection, staff.path, now - RECALLED_FOR)
        lately = await postings.lately(connection, staff.path, now - LATELY, LATELY_SHOWN)
        known_places = await areas.names(connection)
        tasks = [await task(context, connection, group) for group in _by_notice(waiting)]
        recalled = [await task(context, connection, group, recall=True) for group in _by_notice(recalls)]
    done = [one for one in lately if not one.to_recall]
    by_hand = known is not None or bool(done or recalled)
    return Round(tasks, recalled, done, known_places, by_hand, max(0, (known or 0) - len(waiting)))


async def places(context: Context) -> dict[int, str]:
    """What people call each area, by id."""
    async with context.database.read() as connection:
        return await areas.names(connection)


def _by_notice(found: Sequence[Posting]) -> list[tuple[Posting, ...]]:
    return [tuple(group) for _, group in groupby(found, key=lambda one: one.broadcast_id)]


async def task_of(context: Context, code: str, staff: Actor | None) -> Task:
    """One notice with all chats of theirs that people post to, whatever became of it. Raises `NotFound`."""
    async with context.database.read() as connection:
        row, chats = await _theirs(connection, code, None, staff)
        return await task(context, connection, chats, recall=row.state is AnnouncementState.WITHDRAWN)


async def task(
    context: Context, connection: AsyncConnection, chats: Sequence[Posting], *, recall: bool = False
) -> Task:
    """One notice to be posted in these chats; with `recall` its withdrawal."""
    if recall:
        row = await notices.by_id(connection, chats[0].broadcast_id)
        return Task(row, (recall_text(context, row, chats[0].withdrawn_at),), (), tuple(chats))
    letter = await letters.letter(connection, chats[0].broadcast_id)
    late = any(is_late(context, one) for one in chats)
    return Task(letter.broadcast, parts_of(context, letter), letter.files, tuple(chats), late)


def parts_of(context: Context, letter: Letter) -> tuple[str, ...]:
    """The words as they are to stand in a chat."""
    return previewing.said(context, letter, BY_HAND, ChannelKind.ASSISTED, ASSISTED).parts


def recall_text(context: Context, row: BroadcastRow, withdrawn_at: datetime | None) -> str:
    """What is to be posted where a notice stands that was withdrawn."""
    moment = moment_words(context.local(withdrawn_at or context.clock()))
    return phrase("posting.recall_text", code=row.announcement, title=row.title, moment=moment,
                  link=context.link(f"/n/{row.announcement}"))  # fmt: skip


def is_late(context: Context, one: Posting) -> bool:
    """Has it waited for longer than a notice of its urgency may?"""
    patience = context.settings.posting.patience(one.urgency)
    return patience is not None and one.waits and context.clock() - one.handed_at >= patience


@dataclass(frozen=True, slots=True)
class Result:
    """Where the chats stand now, and which of them changed; `repeated`: this very tap was carried out before."""

    row: BroadcastRow
    chats: tuple[Posting, ...]
    changed: tuple[int, ...]
    repeated: bool = False


Act = Callable[[AsyncConnection, ByHand], Awaitable[list[int]]]


async def post(
    context: Context, code: str, staff: Actor | None, *, chats: Collection[int] | None = None, tap: Tap | None = None
) -> Result:
    """They posted it in these chats, or in all of theirs that wait. Raises `Mistake`. Once is enough: whoever says so
    second changes nothing."""
    return await _act(context, code, staff, chats, tap, outbox.post, "post by hand")


async def take_back(
    context: Context, code: str, staff: Actor | None, *, chats: Collection[int] | None = None, tap: Tap | None = None
) -> Result:
    """They did not post it after all: for ten minutes that can be said. Raises `Mistake`."""
    return await _act(context, code, staff, chats, tap, outbox.take_back, "not posted")


async def recall(
    context: Context, code: str, staff: Actor | None, *, chats: Collection[int] | None = None, tap: Tap | None = None
) -> Result:
    """They posted in these chats that it is withdrawn. Raises `Mistake`."""
    return await _act(context, code, staff, chats, tap, outbox.recall, "post withdrawal")


async def _act(
    context: Context,
    code: str,
    staff: Actor | None,
    chats: Collection[int] | None,
    tap: Tap | None,
    act: Act,
    action: str,
) -> Result:
    now, who = context.clock(), staff_id(staff)
    changed: list[int] = []
    async with context.database.write() as connection:
        row, theirs = await _theirs(connection, code, chats, staff)
        ids = [one.chat_id for one in theirs]
        first = tap is None or who is None or await taps.first(connection, f"{who}:{tap.key}", who, now)
        if first:
            at = tap.moment(row, now) if tap else now
            changed = await act(connection, ByHand(row.id, ids, who, at, now))
        if changed:
            await audit.note(connection, at=now, actor=actor(staff), action=action, subject=row.code,
                             chats=sorted(changed))  # fmt: skip
        after = await postings.of_notice(connection, row.id, ids)
    if changed:
        context.answered(row.id)
        context.ring()
    return Result(row, tuple(after), tuple(changed), repeated=not first)


async def _theirs(
    connection: AsyncConnection, code: str, chats: Collection[int] | None, staff: Actor | None
) -> tuple[BroadcastRow, list[Posting]]:
    """A notice and those of its chats that people post to and `staff` reaches; all of `chats`, if given."""
    if staff is not None and not staff.may(Permission.RECORD):
        raise NotAllowed(phrase("posting.not_their_role", staff=staff.name))
    row = await notices.find(connection, code)
    found = await postings.of_notice(connection, row.id, chats)
    if chats is not None:
        for one in found:
            must_reach(staff, one.path, one.chat)
    theirs = [one for one in found if staff is None or staff.reaches(one.path)]
    if not theirs or (chats is not None and len(theirs) < len(set(chats))):
        raise NotFound(phrase("posting.none_there", code=row.announcement))
    return row, theirs

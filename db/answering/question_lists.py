"""The inbox of staff as they read it: what people of their area wrote, with where, who and about what. Reading only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AnnouncementState, ChannelKind
from db.places.areas import STEP, below
from db.tables import QuestionState, Why, t
from db.tables.columns import always

WORTH_SAYING = timedelta(days=1)  # an answer that could not be said for so long is left to a person

_Q = t.question


class Box(StrEnum):
    """The heaps of an inbox."""

    OPEN = "open"  # wants a word
    TOUCHED = "touched"  # reached somebody, who said nothing that can be read
    DONE = "done"


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """`path`, `area` and `area_name` are empty where nobody knows whose it is; `chat` is the group's title, empty in
    private; `place` is where the household lives."""

    id: int
    account: str
    channel: ChannelKind
    address: str
    private: bool
    person: str
    name: str
    text: str
    why: Why
    at: datetime
    area_id: int | None
    area: str
    area_name: str
    path: str
    chat: str
    household_id: int | None
    household: str
    head_name: str
    broadcast_id: int | None
    broadcast: str
    announcement: str
    title: str
    notice_state: AnnouncementState | None
    state: QuestionState
    decided_by: str  # a name; empty for the operator, and for what nobody has decided
    decided_at: datetime | None
    answer: str
    send_at: datetime | None
    told_at: datetime | None
    acknowledgement_id: int | None
    credited_to: str  # the head of the household it was credited to
    public: bool  # it is on the notice's page

    @property
    def open(self) -> bool:
        return self.state is QuestionState.OPEN

    @property
    def touched(self) -> bool:
        return self.why is Why.UNREADABLE

    def on_its_way(self, now: datetime) -> bool:
        """Will the answer be said?"""
        return self.send_at is not None and self.decided_at is not None and self.decided_at > now - WORTH_SAYING

    def untold(self, now: datetime) -> bool:
        """Was there an answer of which nobody can say that it arrived?"""
        return self.state is QuestionState.ANSWERED and self.told_at is None and not self.on_its_way(now)


_AREA, _CHAT, _H = t.area, t.chat, t.household
# As places are now: a chat or a household may have gone to another area since.
_PLACED = (
    _Q.outerjoin(_CHAT, and_(_CHAT.c.account == _Q.c.account, _CHAT.c.address == _Q.c.address))
    .outerjoin(_H, _H.c.id == _Q.c.household_id)
    .outerjoin(_AREA, _AREA.c.id == func.coalesce(_CHAT.c.area_id, _H.c.area_id, _Q.c.area_id))
)


def _rows() -> Any:
    b, a, s = t.broadcast, t.announcement, t.staff
    ack, credited = t.acknowledgement, t.household.alias("credited")
    public = select(t.notice_answer.c.id).where(t.notice_answer.c.question_id == _Q.c.id).exists()
    return (
        select(
            _Q.c.id, _Q.c.account, _Q.c.channel, _Q.c.address, _Q.c.private, _Q.c.person, _Q.c.name, _Q.c.text,
            _Q.c.why, _Q.c.at, _AREA.c.id, _or_empty(_AREA.c.code), _or_empty(_AREA.c.name), _or_empty(_AREA.c.path),
            _or_empty(_CHAT.c.title), _Q.c.household_id, _or_empty(_H.c.code), _or_empty(_H.c.head_name),
            _Q.c.broadcast_id, _or_empty(b.c.code), _or_empty(a.c.code), _or_empty(a.c.title), b.c.state, _Q.c.state,
            _or_empty(s.c.name), _Q.c.decided_at, _Q.c.answer, _Q.c.send_at, _Q.c.told_at, _Q.c.acknowledgement_id,
            _or_empty(credited.c.head_name), public,
        )
        .select_from(_PLACED)
        .outerjoin(b, b.c.id == _Q.c.broadcast_id)
        .outerjoin(a, a.c.id == b.c.announcement_id)
        .outerjoin(s, s.c.id == _Q.c.decided_by)
        .outerjoin(ack, ack.c.id == _Q.c.acknowledgement_id)
        .outerjoin(credited, credited.c.id == ack.c.household_id)
    )  # fmt: skip


def _or_empty(column: ColumnElement[str]) -> ColumnElement[str]:
    return func.coalesce(column, literal(""))


def is_theirs(path: str | None, area_path: str) -> bool:
    """May somebody over `path` (None: the operator) see what was written in the area at `area_path`? What nobody knows
    the place of is the commune's."""
    return path is None or (area_path.startswith(path) if area_path else len(path) == STEP)


def _theirs(path: str | None) -> ColumnElement[bool]:
    """The same as a condition on `_PLACED`."""
    if path is None:
        return literal(True)
    mine = below(_AREA.c.path, [path])
    return or_(_AREA.c.id.is_(None), mine) if len(path) == STEP else mine


def _in(box: Box) -> ColumnElement[bool]:
    is_open = always(_Q.c.state, QuestionState.OPEN)
    if box is Box.DONE:
        return _Q.c.state != QuestionState.OPEN
    return and_(is_open, _Q.c.why == Why.UNREADABLE if box is Box.TOUCHED else _Q.c.why != Why.UNREADABLE)


async def listing(
    connection: AsyncConnection, path: str | None, boxes: Sequence[Box], *, most: int, before: int | None = None
) -> list[QuestionRow]:
    """What is in these boxes for somebody over `path`, the newest first; `before`: older than that one."""
    older = [_Q.c.id < before] if before is not None else []
    query = _rows().where(_theirs(path), or_(*map(_in, boxes)), *older)
    return [QuestionRow(*row) for row in await connection.execute(query.order_by(_Q.c.id.desc()).limit(most))]


async def count(connection: AsyncConnection, path: str | None, box: Box) -> int:
    """How many are in a box."""
    query = select(func.count()).select_from(_PLACED)
    found: int = (await connection.execute(query.where(_theirs(path), _in(box)))).scalar_one()
    return found


async def find(connection: AsyncConnection, question_id: int) -> QuestionRow | None:
    row = (await connection.execute(_rows().where(_Q.c.id == question_id))).first()
    return None if row is None else QuestionRow(*row)


@dataclass(frozen=True, slots=True)
class New:
    """One that wants a word; `path` as in `QuestionRow`."""

    id: int
    path: str
    text: str


async def newer(connection: AsyncConnection, than: datetime) -> list[New]:
    """What was written since and wants a word."""
    rows = await connection.execute(
        select(_Q.c.id, _or_empty(_AREA.c.path), _Q.c.text)
        .select_from(_PLACED)
        .where(_in(Box.OPEN), _Q.c.at > than)
        .order_by(_Q.c.id)
    )
    return [New(*row) for row in rows]

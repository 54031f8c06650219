"""What the notice board shows: a notice as anyone may see it, and where households stand. Nothing here writes.

Called by `bot/web/board/`; answers given there are stored by `db/answering/ticks.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.codes import read_code
from announcements.reach import Standing
from announcements.types import AnnouncementState, Kind, Role, Urgency
from db.announcing import notice_parts
from db.announcing.notice_answers import PublicAnswer
from db.announcing.notice_parts import Attachment
from db.batches import chunks
from db.tables import t

MOST_OPEN = 100  # notices on one household page


@dataclass(frozen=True, slots=True)
class Notice:
    """One broadcast for anyone who holds its link: nothing in it is about a household.

    `corrects` and `corrected_by` are codes of announcements that are themselves public.
    """

    broadcast_id: int
    code: str  # of the broadcast
    announcement_id: int
    announcement: str  # its code
    kind: Kind
    urgency: Urgency
    title: str
    body: str
    state: AnnouncementState
    due_at: datetime
    valid_until: datetime | None
    withdrawn_at: datetime | None
    role: Role | None  # empty when the operator posted it
    role_area: str | None
    corrects: str | None
    corrected_by: str | None
    areas: tuple[str, ...]
    files: tuple[Attachment, ...]
    asked: tuple[PublicAnswer, ...] = ()  # by people, with what staff answered

    @property
    def withdrawn(self) -> bool:
        return self.state is AnnouncementState.WITHDRAWN

    def expired(self, now: datetime) -> bool:
        """Is its use over? It may still be acknowledged: reading late is reading."""
        return self.valid_until is not None and self.valid_until <= now


def is_public(broadcast: FromClause) -> ColumnElement[bool]:
    """A condition: it went out once, whatever became of it afterwards."""
    went_out = and_(broadcast.c.state == AnnouncementState.WITHDRAWN, broadcast.c.published_at.is_not(None))
    return or_(broadcast.c.state == AnnouncementState.PUBLISHED, went_out)


def corrected_by() -> ScalarSelect[Any]:
    """The code of the announcement that took the place of `announcement` and is out; NULL where there is none."""
    newer, broadcast = t.announcement.alias("newer"), t.broadcast.alias("newer_broadcast")
    published = broadcast.c.state == AnnouncementState.PUBLISHED
    return (
        select(newer.c.code)
        .join(broadcast, broadcast.c.announcement_id == newer.c.id)
        .where(newer.c.supersedes_id == t.announcement.c.id, published)
        .order_by(newer.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _corrects() -> ScalarSelect[Any]:
    older, broadcast = t.announcement.alias("older"), t.broadcast.alias("older_broadcast")
    return (
        select(older.c.code)
        .join(broadcast, broadcast.c.announcement_id == older.c.id)
        .where(older.c.id == t.announcement.c.supersedes_id, is_public(broadcast))
        .limit(1)
        .scalar_subquery()
    )


def _by_code(columns: Sequence[ColumnElement[Any]], code: ColumnElement[str]) -> Select[Any]:
    """The latest public broadcast whose `code` column is the code looked for."""
    a, b = t.announcement, t.broadcast
    return (
        select(*columns)
        .select_from(b)
        .join(a, a.c.id == b.c.announcement_id)
        .outerjoin(t.staff, t.staff.c.id == a.c.created_by)
        .outerjoin(t.area, t.area.c.id == t.staff.c.area_id)
        .where(code == bindparam("code"), is_public(b))
        .order_by(b.c.due_at.desc(), b.c.id.desc())
        .limit(1)
    )


# Statements are put together once: doing it on each request cost more than running them.
_A, _B, _R = t.announcement, t.broadcast, t.recipient
_OF_A_NOTICE = (
    _B.c.id, _B.c.code, _A.c.id, _A.c.code, _A.c.kind, _A.c.urgency, _A.c.title, _A.c.body, _B.c.state, _B.c.due_at,
    _A.c.valid_until, _A.c.withdrawn_at, t.staff.c.role, t.area.c.name, _corrects(), corrected_by(),
)  # fmt: skip
_OF_A_TARGET = (_B.c.id, _B.c.code, _A.c.code, _A.c.kind, _B.c.state)
_NOTICE = {True: _by_code(_OF_A_NOTICE, _B.c.code), False: _by_code(_OF_A_NOTICE, _A.c.code)}
_TARGET = {True: _by_code(_OF_A_TARGET, _B.c.code), False: _by_code(_OF_A_TARGET, _A.c.code)}
_HOUSEHOLDS = _R.c.household_id.in_(bindparam("households", expanding=True))
_STANDING = (_R.c.outcome, _R.c.grade, _R.c.channel, _R.c.answered_at)
_STANDINGS = select(_R.c.household_id, *_STANDING).where(_R.c.broadcast_id == bindparam("broadcast"), _HOUSEHOLDS)
_OPEN = (
    select(_R.c.household_id, _B.c.code, _A.c.code, _A.c.kind, _A.c.urgency, _A.c.title, _B.c.due_at,
           _A.c.valid_until, *_STANDING)
    .join(_B, _B.c.id == _R.c.broadcast_id)
    .join(_A, _A.c.id == _B.c.announcement_id)
    .where(
        _HOUSEHOLDS,
        _B.c.state == AnnouncementState.PUBLISHED,
        or_(_A.c.valid_until.is_(None), _A.c.valid_until > bindparam("now", type_=_A.c.valid_until.type)),
        corrected_by().is_(None),
    )
    .order_by(_B.c.due_at.desc(), _B.c.id.desc())
    .limit(MOST_OPEN)
)  # fmt: skip


async def notice(connection: AsyncConnection, text: str) -> Notice | None:
    """The public broadcast with this code, or the latest public one of the announcement with this code."""
    code = read_code(text)
    row = (await connection.execute(_NOTICE["." in code], {"code": code})).first()
    if row is None:
        return None
    parts = await notice_parts.of(connection, announcement_id=row[2], broadcast_id=row[0])
    cells: list[Any] = [*row, parts.areas, parts.files, parts.asked]
    return Notice(*cells)


@dataclass(frozen=True, slots=True)
class Target:
    """As much of a public broadcast as an answer needs to know."""

    broadcast_id: int
    code: str
    announcement: str
    kind: Kind
    state: AnnouncementState

    @property
    def withdrawn(self) -> bool:
        return self.state is AnnouncementState.WITHDRAWN


async def target(connection: AsyncConnection, text: str) -> Target | None:
    """The same broadcast as `notice` gives, for whoever only answers it."""
    code = read_code(text)
    row = (await connection.execute(_TARGET["." in code], {"code": code})).first()
    return None if row is None else Target(*row)


async def standings(
    connection: AsyncConnection, broadcast_id: int, household_ids: Sequence[int]
) -> dict[int, Standing]:
    """Where each of these households stands; those outside the audience are not in the answer."""
    found: dict[int, Standing] = {}
    for ids in chunks(household_ids):
        rows = await connection.execute(_STANDINGS, {"broadcast": broadcast_id, "households": ids})
        found.update({row[0]: Standing(*row[1:]) for row in rows})
    return found


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """A notice still of use to a household, and where the household stands in it."""

    household_id: int
    code: str  # of the broadcast
    announcement: str
    kind: Kind
    urgency: Urgency
    title: str
    due_at: datetime
    valid_until: datetime | None
    standing: Standing


async def open_notices(connection: AsyncConnection, household_ids: Sequence[int], now: datetime) -> list[OpenNotice]:
    """Notices these households are recipients of: published, not corrected, not past their use; the newest first."""
    rows = await connection.execute(_OPEN, {"households": household_ids, "now": now})
    return [OpenNotice(*row[:8], Standing(*row[8:])) for row in rows]

"""What the notice board reads and writes: a notice as anyone may see it, households' standings, ticks from a device.

Called by `bot/web/board/`. `acknowledge` is an intent for `db/writer.py`; everything else only reads.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.codes import read_code
from announcements.reach import Answer, Standing
from announcements.types import AnnouncementState, ChannelKind, FileKind, Grade, How, Kind, Role, Urgency
from db import answers, identities
from db.answers import Record, Recorded, Verdict
from db.batches import chunks
from db.identities import Link
from db.tables import Via, t

MOST_OPEN = 100  # notices on one household page


@dataclass(frozen=True, slots=True)
class Attachment:
    id: int
    kind: FileKind
    name: str
    path: str  # below the data folder's uploads/
    size: int  # bytes


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

    @property
    def withdrawn(self) -> bool:
        return self.state is AnnouncementState.WITHDRAWN

    def expired(self, now: datetime) -> bool:
        """Is its use over? It may still be acknowledged: reading late is reading."""
        return self.valid_until is not None and self.valid_until <= now


def _is_public(broadcast: Any) -> ColumnElement[bool]:
    """A condition: it went out once, whatever became of it afterwards."""
    went_out = and_(broadcast.c.state == AnnouncementState.WITHDRAWN, broadcast.c.published_at.is_not(None))
    return or_(broadcast.c.state == AnnouncementState.PUBLISHED, went_out)


def _published(announcement: Any) -> ColumnElement[bool]:
    broadcast = t.broadcast.alias()
    return (
        select(broadcast.c.id)
        .where(broadcast.c.announcement_id == announcement.c.id, broadcast.c.state == AnnouncementState.PUBLISHED)
        .exists()
    )


def _corrected_by() -> ScalarSelect[Any]:
    newer = t.announcement.alias("newer")
    return (
        select(newer.c.code)
        .where(newer.c.supersedes_id == t.announcement.c.id, _published(newer))
        .order_by(newer.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _corrects() -> ScalarSelect[Any]:
    older, broadcast = t.announcement.alias("older"), t.broadcast.alias("older_broadcast")
    return (
        select(older.c.code)
        .join(broadcast, broadcast.c.announcement_id == older.c.id)
        .where(older.c.id == t.announcement.c.supersedes_id, _is_public(broadcast))
        .limit(1)
        .scalar_subquery()
    )


async def notice(connection: AsyncConnection, text: str) -> Notice | None:
    """The public broadcast with this code, or the latest public one of the announcement with this code."""
    code = read_code(text)
    a, b, staff, area = t.announcement, t.broadcast, t.staff, t.area
    row = (
        await connection.execute(
            select(b.c.id, b.c.code, a.c.id, a.c.code, a.c.kind, a.c.urgency, a.c.title, a.c.body, b.c.state,
                   b.c.due_at, a.c.valid_until, a.c.withdrawn_at, staff.c.role, area.c.name, _corrects(),
                   _corrected_by())
            .join(a, a.c.id == b.c.announcement_id)
            .outerjoin(staff, staff.c.id == a.c.created_by)
            .outerjoin(area, area.c.id == staff.c.area_id)
            .where(b.c.code == code if "." in code else a.c.code == code, _is_public(b))
            .order_by(b.c.due_at.desc(), b.c.id.desc())
            .limit(1)
        )
    ).first()  # fmt: skip
    if row is None:
        return None
    cells: list[Any] = [*row, await _areas(connection, row[2]), await _files(connection, row[2])]
    return Notice(*cells)


async def _areas(connection: AsyncConnection, announcement_id: int) -> tuple[str, ...]:
    area, audience = t.area, t.audience
    names = await connection.execute(
        select(area.c.name)
        .join(audience, audience.c.area_id == area.c.id)
        .where(audience.c.announcement_id == announcement_id)
        .order_by(area.c.path)
    )
    return tuple(names.scalars())


async def _files(connection: AsyncConnection, announcement_id: int) -> tuple[Attachment, ...]:
    file = t.attachment
    rows = await connection.execute(
        select(file.c.id, file.c.kind, file.c.name, file.c.path, file.c.size)
        .where(file.c.announcement_id == announcement_id)
        .order_by(file.c.position)
    )
    return tuple(Attachment(*row) for row in rows)


async def standings(
    connection: AsyncConnection, broadcast_id: int, household_ids: Sequence[int]
) -> dict[int, Standing]:
    """Where each of these households stands; those outside the audience are not in the answer."""
    r = t.recipient
    found: dict[int, Standing] = {}
    for ids in chunks(household_ids):
        rows = await connection.execute(
            select(r.c.household_id, r.c.outcome, r.c.grade, r.c.channel, r.c.answered_at)
            .where(r.c.broadcast_id == broadcast_id, r.c.household_id.in_(ids))
        )  # fmt: skip
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
    a, b, r = t.announcement, t.broadcast, t.recipient
    rows = await connection.execute(
        select(r.c.household_id, b.c.code, a.c.code, a.c.kind, a.c.urgency, a.c.title, b.c.due_at, a.c.valid_until,
               r.c.outcome, r.c.grade, r.c.channel, r.c.answered_at)
        .join(b, b.c.id == r.c.broadcast_id)
        .join(a, a.c.id == b.c.announcement_id)
        .where(
            r.c.household_id.in_(household_ids),
            b.c.state == AnnouncementState.PUBLISHED,
            a.c.valid_until.is_(None) | (a.c.valid_until > now),
            _corrected_by().is_(None),
        )
        .order_by(b.c.due_at.desc(), b.c.id.desc())
        .limit(MOST_OPEN)
    )  # fmt: skip
    return [OpenNotice(*row[:8], Standing(*row[8:])) for row in rows]


@dataclass(frozen=True, slots=True)
class Tick:
    """An intent: a household answers on the board from `device`.

    Without an `identity_id` the household was proved by its card just now, and the device is remembered with the
    same commit: never a remembered device whose answer was lost, nor the other way round.
    """

    broadcast_id: int
    household_id: int
    device: str
    grade: Grade
    at: datetime
    identity_id: int | None = None


async def acknowledge(connection: AsyncConnection, intents: Sequence[Tick]) -> list[Recorded]:
    """Link the devices that need it, store the answers. A household outside the audience links nothing."""
    invited = await _invited(connection, {(tick.broadcast_id, tick.household_id) for tick in intents})
    within = [tick for tick in intents if (tick.broadcast_id, tick.household_id) in invited]
    new = {(tick.device, tick.household_id): tick for tick in within if tick.identity_id is None}
    await identities.link(connection, [as_link(tick.device, tick.household_id, tick.at) for tick in new.values()])
    known = await _identities(connection, list(new))
    recorded = iter(await answers.record(connection, [_record(tick, known) for tick in within]))
    return [
        next(recorded) if (tick.broadcast_id, tick.household_id) in invited else Recorded(Verdict.NOT_IN_AUDIENCE)
        for tick in intents
    ]


def as_link(device: str, household_id: int, now: datetime) -> Link:
    """The link a card proves between a device and its household."""
    return Link(ChannelKind.BOARD, device, household_id, Via.CARD, now)


def _record(tick: Tick, known: dict[tuple[str, int], int]) -> Record:
    answer = Answer(How.BOARD, tick.at, tick.grade, ChannelKind.BOARD.value)
    identity_id = tick.identity_id or known[tick.device, tick.household_id]
    return Record(tick.broadcast_id, tick.household_id, answer, identity_id, external_id=tick.device)


async def _invited(connection: AsyncConnection, pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    r = t.recipient
    found: set[tuple[int, int]] = set()
    for some in chunks(sorted(pairs)):
        rows = await connection.execute(
            select(r.c.broadcast_id, r.c.household_id).where(tuple_(r.c.broadcast_id, r.c.household_id).in_(some))
        )
        found.update((row.broadcast_id, row.household_id) for row in rows)
    return found


async def _identities(
    connection: AsyncConnection, pairs: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], int]:  # fmt: skip
    i = t.identity
    found: dict[tuple[str, int], int] = {}
    for some in chunks(pairs):
        rows = await connection.execute(
            select(i.c.external_id, i.c.household_id, i.c.id).where(
                i.c.channel == ChannelKind.BOARD, tuple_(i.c.external_id, i.c.household_id).in_(some)
            )
        )
        found.update({(row.external_id, row.household_id): row.id for row in rows})
    return found

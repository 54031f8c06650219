"""Broadcasts as one area sees them: those that went to it, to an area below it, or to a wider one that holds it.

What went to other areas does not exist here. Called by `bot/office/sight.py` for whoever acts in one area.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.codes import read_code
from announcements.mistakes import NotFound
from announcements.phrases import phrase
from announcements.types import AnnouncementState, Kind, Urgency
from db.announcing.notices import BroadcastRow, broadcast_rows
from db.places.areas import ancestors, below
from db.tables import t

UNAPPROVED = (AnnouncementState.PROPOSED, AnnouncementState.RETURNED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which broadcasts a list is to hold; empty means any. Times are of `due_at`: from the first, before the second."""

    state: AnnouncementState | None = None
    kind: Kind | None = None
    urgency: Urgency | None = None
    under: str | None = None  # path of an area: what that area sees
    due_from: datetime | None = None
    due_before: datetime | None = None


def seen_from(path: str) -> ColumnElement[bool]:
    """A condition on a broadcast, by the tree as it is: where it went, or before it goes out its audience.

    What nobody has approved is seen by whoever reaches some of its audience, not by those it might once be for.
    """
    b, r, audience, area = t.broadcast, t.reach, t.audience, t.area
    went_there = (
        select(r.c.area_id)
        .join(area, area.c.id == r.c.area_id)
        .where(r.c.broadcast_id == b.c.id, below(area.c.path, [path]))
        .exists()
    )
    meant_for_it = (
        select(area.c.id)
        .join(audience, audience.c.area_id == area.c.id)
        .where(
            audience.c.announcement_id == b.c.announcement_id,
            or_(below(area.c.path, [path]), and_(b.c.state.not_in(UNAPPROVED), area.c.path.in_(ancestors(path)))),
        )
        .exists()
    )
    return or_(went_there, and_(b.c.published_at.is_(None), meant_for_it))


async def find(connection: AsyncConnection, text: str, path: str) -> BroadcastRow:
    """As `notices.find`, among those seen from `path`: a foreign code is as unknown as one that was never given."""
    code, b = read_code(text), t.broadcast
    row = (
        await connection.execute(
            broadcast_rows()
            .where(b.c.code == code if "." in code else t.announcement.c.code == code, seen_from(path))
            .order_by(b.c.due_at.desc(), b.c.id.desc())
            .limit(1)
        )
    ).first()
    if row is None:
        raise NotFound(phrase("mistake.notice_unknown", code=text.strip()))
    return BroadcastRow(*row)


async def page(
    connection: AsyncConnection, path: str, wanted: Wanted, *, after: int | None, limit: int
) -> list[BroadcastRow]:
    """At most `limit` broadcasts, the newest first, from behind the one with the id `after`."""
    b = t.broadcast
    query = broadcast_rows().where(seen_from(path), *_conditions(wanted))
    if after is not None:
        due = select(b.c.due_at).where(b.c.id == after).scalar_subquery()
        query = query.where(or_(b.c.due_at < due, and_(b.c.due_at == due, b.c.id < after)))
    rows = await connection.execute(query.order_by(b.c.due_at.desc(), b.c.id.desc()).limit(limit))
    return [BroadcastRow(*row) for row in rows]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    b, a = t.broadcast, t.announcement
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(b.c.state == wanted.state)
    if wanted.kind is not None:
        conditions.append(a.c.kind == wanted.kind)
    if wanted.urgency is not None:
        conditions.append(a.c.urgency == wanted.urgency)
    if wanted.under is not None:
        conditions.append(seen_from(wanted.under))
    if wanted.due_from is not None:
        conditions.append(b.c.due_at >= wanted.due_from)
    if wanted.due_before is not None:
        conditions.append(b.c.due_at < wanted.due_before)
    return conditions

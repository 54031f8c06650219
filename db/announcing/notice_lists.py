"""Which notices somebody with an area may see, found and listed; and what has yet to go out there."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.text import fold
from announcements.types import AnnouncementState
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.announcing.seen import seen_from
from db.batches import chunks
from db.places.areas import below
from db.tables import t

_A, _B = t.announcement, t.broadcast
_NEWEST = (_B.c.due_at.desc(), _B.c.id.desc())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody at `path` looks for. `words` are found in title and code, whatever their case and marks."""

    path: str
    words: str = ""
    state: AnnouncementState | None = None


async def search(
    connection: AsyncConnection, wanted: Wanted, *, skip: int, most: int
) -> tuple[list[BroadcastRow], int]:
    """Up to `most` broadcasts, the newest first, after the first `skip`; and how many there are in all."""
    found = [seen_from(wanted.path)]
    if wanted.state is not None:
        found.append(_B.c.state == wanted.state)
    if fold(wanted.words):
        found.append(_B.c.id.in_(await _with_words(connection, found, fold(wanted.words))))
    counted = select(func.count()).select_from(_B).where(*found)
    total: int = (await connection.execute(counted)).scalar_one()
    query = notices.broadcast_rows().where(*found).order_by(*_NEWEST).offset(skip).limit(most)
    return [BroadcastRow(*row) for row in await connection.execute(query)], total


async def _with_words(connection: AsyncConnection, found: list[ColumnElement[bool]], folded: str) -> list[int]:
    # Neither engine can fold Vietnamese marks by itself; titles are short and a commune has some thousands at most.
    titles = select(_B.c.id, _A.c.title, _B.c.code).join(_A, _A.c.id == _B.c.announcement_id).where(*found)
    rows = await connection.execute(titles)
    return [row.id for row in rows if all(word in fold(f"{row.title} {row.code}") for word in folded.split())]


async def upcoming(connection: AsyncConnection, path: str, most: int) -> list[BroadcastRow]:
    """What waits for its time, the next first."""
    query = notices.broadcast_rows().where(_B.c.state == AnnouncementState.SCHEDULED, seen_from(path))
    rows = await connection.execute(query.order_by(_B.c.due_at, _B.c.id).limit(most))
    return [BroadcastRow(*row) for row in rows]


async def origin(connection: AsyncConnection, announcement_id: int) -> tuple[str, str | None]:
    """Who wrote an announcement (empty: the operator), and the code of the newest one that corrects it."""
    newer = _A.alias("newer")
    corrects = select(newer.c.code).where(newer.c.supersedes_id == announcement_id).order_by(newer.c.id.desc()).limit(1)
    query = select(t.staff.c.name, corrects.scalar_subquery()).select_from(_A)
    row = (
        await connection.execute(
            query.outerjoin(t.staff, t.staff.c.id == _A.c.created_by).where(_A.c.id == announcement_id)
        )
    ).one()
    return row[0] or "", row[1]


async def wholly_below(connection: AsyncConnection, broadcast_ids: Collection[int], path: str) -> frozenset[int]:
    """Of these broadcasts, those that are out and whose whole audience lies below `path`."""
    audience, area = t.audience, t.area
    beyond = (
        select(audience.c.area_id)
        .join(area, area.c.id == audience.c.area_id)
        .where(audience.c.announcement_id == _B.c.announcement_id, not_(below(area.c.path, [path])))
        .exists()
    )
    found: set[int] = set()
    for ids in chunks(sorted(broadcast_ids)):
        mine = (_B.c.id.in_(ids), _B.c.state == AnnouncementState.PUBLISHED, ~beyond)
        found |= set((await connection.execute(select(_B.c.id).where(*mine))).scalars())
    return frozenset(found)

"""Drafts of staff: kept while they are written, used up when they are announced, given back by an undo.

Who may open which is decided in `bot/office/notices/drafting.py`.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import FileKind, Kind, Urgency
from db.access import people
from db.announcing import announced, notices
from db.announcing.notices import BroadcastRow, NewFile
from db.places.areas import below
from db.tables import t


@dataclass(frozen=True, slots=True)
class Fields:
    """What a person fills in. `due_at` counts only when `later`; `areas` are ids, none of them inside another."""

    title: str = ""
    body: str = ""
    kind: Kind = Kind.NOTICE
    urgency: Urgency = Urgency.NORMAL
    later: bool = False
    due_at: datetime | None = None
    valid_until: datetime | None = None
    supersedes: str = ""
    areas: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftRow:
    """`path` is that of the area it belongs to; `announcement_id` is set once it was sent."""

    id: int
    author_id: int
    author_name: str
    path: str
    fields: Fields
    files: tuple[NewFile, ...]
    returned_for: str
    version: int
    updated_at: datetime
    updated_by: int
    updated_by_name: str
    deleted_at: datetime | None
    announcement_id: int | None

    @property
    def mark(self) -> str:
        """Another one whenever people would see something else."""
        seen = json.dumps([asdict(self.fields), self.returned_for, _as_json(self.files)], default=str)
        return hashlib.sha256(seen.encode()).hexdigest()[:16]


_COLUMNS = ("title", "body", "kind", "urgency", "later", "due_at", "valid_until", "supersedes")


def _rows() -> Any:
    d, author, editor = t.draft, t.staff.alias("author"), t.staff.alias("editor")
    return (
        select(d, author.c.name.label("author_name"), editor.c.name.label("editor_name"), t.area.c.path)
        .join(author, author.c.id == d.c.author_id)
        .join(editor, editor.c.id == d.c.updated_by)
        .join(t.area, t.area.c.id == d.c.area_id)
    )


def _row(row: Any) -> DraftRow:
    fields = Fields(**{name: getattr(row, name) for name in _COLUMNS}, areas=tuple(row.areas))
    files = tuple(NewFile(**{**one, "kind": FileKind(one["kind"])}) for one in row.files)
    return DraftRow(row.id, row.author_id, row.author_name, row.path, fields, files, row.returned_for, row.version,
                    row.updated_at, row.updated_by, row.editor_name, row.deleted_at, row.announcement_id)  # fmt: skip


def _as_json(files: Sequence[NewFile]) -> list[dict[str, Any]]:
    return [{"kind": one.kind.value, "name": one.name, "path": one.path, "size": one.size} for one in files]


def _values(fields: Fields) -> dict[str, Any]:
    return {name: getattr(fields, name) for name in _COLUMNS} | {"areas": list(fields.areas)}


async def create(
    connection: AsyncConnection, author_id: int, area_id: int, fields: Fields, now: datetime, *,
    files: Sequence[NewFile] = (), returned_for: str = "",
) -> int:  # fmt: skip
    """A new draft; returns its id."""
    values = {"author_id": author_id, "area_id": area_id, **_values(fields), "files": _as_json(files),
              "returned_for": returned_for, "version": 1, "updated_at": now, "updated_by": author_id}  # fmt: skip
    made: int = (await connection.execute(t.draft.insert().values(values).returning(t.draft.c.id))).scalar_one()
    return made


async def rewrite(
    connection: AsyncConnection, row: BroadcastRow, author_id: int, area_id: int, returned_for: str, now: datetime
) -> int:
    """A draft made of an announcement that never went out and came from no draft; returns its id."""
    later = row.due_at > now
    areas = tuple(await notices.audience_of(connection, row.announcement_id))
    fields = Fields(row.title, row.body, row.kind, row.urgency, later, row.due_at if later else None, row.valid_until,
                    row.supersedes or "", areas)  # fmt: skip
    files = await announced.files_of(connection, row.announcement_id)
    return await create(connection, author_id, area_id, fields, now, files=files, returned_for=returned_for)


async def load(connection: AsyncConnection, draft_id: int, *, lock: bool = False) -> DraftRow | None:
    """The draft, deleted or sent as it may be. `lock` holds it until the transaction ends."""
    query = _rows().where(t.draft.c.id == draft_id)
    if lock and connection.dialect.name == "postgresql":
        query = query.with_for_update(of=t.draft)
    row = (await connection.execute(query)).first()
    return None if row is None else _row(row)


async def listing(connection: AsyncConnection, path: str) -> list[DraftRow]:
    """Unfinished drafts of the area at `path` and below, those last touched first."""
    d = t.draft
    rows = await connection.execute(
        _rows()
        .where(below(t.area.c.path, [path]), d.c.deleted_at.is_(None), d.c.announcement_id.is_(None))
        .order_by(d.c.updated_at.desc(), d.c.id.desc())
    )
    return [_row(row) for row in rows]


async def write(connection: AsyncConnection, draft_id: int, fields: Fields, by: int, now: datetime) -> None:
    """New words, and a new version of them."""
    d = t.draft
    values = _values(fields) | {"version": d.c.version + 1, "updated_at": now, "updated_by": by}
    await connection.execute(update(d).where(d.c.id == draft_id).values(values))


async def write_files(
    connection: AsyncConnection, draft_id: int, files: Sequence[NewFile], by: int, now: datetime
) -> None:
    """Other files, or the same in another order; the words and their version stay."""
    d = t.draft
    values = {"files": _as_json(files), "updated_at": now, "updated_by": by}
    await connection.execute(update(d).where(d.c.id == draft_id).values(values))


async def delete(connection: AsyncConnection, draft_id: int, at: datetime | None) -> bool:
    """Out of the list from `at` on, or back in it; False when it was so already, or was sent."""
    d = t.draft
    otherwise = d.c.deleted_at.is_not(None) if at is None else d.c.deleted_at.is_(None)
    changed = await connection.execute(
        update(d)
        .where(d.c.id == draft_id, otherwise, d.c.announcement_id.is_(None))
        .values(deleted_at=at)
        .returning(d.c.id)
    )
    return changed.first() is not None


async def use_up(connection: AsyncConnection, draft_id: int, announcement_id: int) -> bool:
    """It became this announcement; False when it had become one already, or was deleted."""
    d = t.draft
    changed = await connection.execute(
        update(d)
        .where(d.c.id == draft_id, d.c.announcement_id.is_(None), d.c.deleted_at.is_(None))
        .values(announcement_id=announcement_id, returned_for="")
        .returning(d.c.id)
    )
    return changed.first() is not None


async def give_back(
    connection: AsyncConnection, announcement_id: int, now: datetime, returned_for: str = ""
) -> int | None:
    """The draft behind an announcement that nobody has seen is a draft again; its id, None when there is none."""
    d = t.draft
    changed = await connection.execute(
        update(d)
        .where(d.c.announcement_id == announcement_id)
        .values(announcement_id=None, returned_for=returned_for, updated_at=now)
        .returning(d.c.id)
    )
    found: int | None = changed.scalar()
    return found


async def hand_back(connection: AsyncConnection, row: BroadcastRow, reason: str, now: datetime) -> None:
    """What nobody has seen is a draft of its author's again, for this reason; of the operator's there never was one."""
    if await give_back(connection, row.announcement_id, now, reason) is None and row.created_by:
        author = await people.by_id(connection, row.created_by)
        await rewrite(connection, row, author.id, author.area_id, reason, now)


async def forget(connection: AsyncConnection, untouched_since: datetime, deleted_before: datetime) -> int:
    """Remove drafts nobody has touched for long, sent ones included, and those deleted some time ago."""
    d = t.draft
    gone = await connection.execute(
        d.delete().where(or_(d.c.updated_at < untouched_since, d.c.deleted_at < deleted_before)).returning(d.c.id)
    )
    return len(gone.all())

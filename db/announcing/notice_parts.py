"""What hangs on a notice: the areas it is for, its files, and what people asked about it.

Read in one statement, because no page is opened by so many people at once as that of a notice.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, cast, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import FileKind
from db.announcing.notice_answers import PublicAnswer
from db.tables import t


@dataclass(frozen=True, slots=True)
class Attachment:
    id: int
    kind: FileKind
    name: str
    path: str  # below the data folder's uploads/
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Parts:
    """In the order they are shown."""

    areas: tuple[str, ...] = ()
    files: tuple[Attachment, ...] = ()
    asked: tuple[PublicAnswer, ...] = ()  # by people, with what staff answered


_AREA, _FILE, _ASKED = "area", "file", "asked"
_A, _F, _N = t.area, t.attachment, t.notice_answer
_NOTHING = literal("")


def _columns(
    what: str, place: ColumnElement[str], number: ColumnElement[int], id_: ColumnElement[int],
    first: ColumnElement[str], second: ColumnElement[str] = _NOTHING, kind: ColumnElement[str] = _NOTHING,
    size: ColumnElement[int] | None = None,
) -> tuple[ColumnElement[Any], ...]:  # fmt: skip
    """The same for all three; `place` and then `number` give the order."""
    return (literal(what).label("what"), place.label("place"), number.label("number"), id_, first, second, kind,
            literal(0) if size is None else size)  # fmt: skip


_PARTS = union_all(
    select(*_columns(_AREA, _A.c.path, _A.c.id, _A.c.id, _A.c.name))
    .join(t.audience, t.audience.c.area_id == _A.c.id)
    .where(t.audience.c.announcement_id == bindparam("announcement")),
    select(*_columns(_FILE, _NOTHING, _F.c.position, _F.c.id, _F.c.name, _F.c.path, cast(_F.c.kind, String), _F.c.size))
    .where(_F.c.announcement_id == bindparam("announcement")),
    select(*_columns(_ASKED, _NOTHING, _N.c.id, _N.c.id, _N.c.question, _N.c.answer))
    .where(_N.c.broadcast_id == bindparam("broadcast")),
).order_by("what", "place", "number")  # fmt: skip


async def of(connection: AsyncConnection, announcement_id: int, broadcast_id: int) -> Parts:
    """Those of one broadcast of an announcement."""
    rows = (await connection.execute(_PARTS, {"announcement": announcement_id, "broadcast": broadcast_id})).all()
    found = [(row[0], row[3:]) for row in rows]
    return Parts(
        tuple(name for what, (_, name, *_) in found if what == _AREA),
        tuple(
            Attachment(number, FileKind(kind), name, path, size)
            for what, (number, name, path, kind, size) in found
            if what == _FILE
        ),
        tuple(PublicAnswer(question, answer) for what, (_, question, answer, *_) in found if what == _ASKED),
    )

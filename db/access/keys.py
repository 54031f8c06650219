"""Keys of the API: storing, finding, ending them, and when each was last used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import NotFound
from announcements.permissions import Permission
from announcements.phrases import phrase
from announcements.types import KeyScope, Role
from db.tables import t

# What a key may do of what roles may: it never approves, keeps contact data or manages.
GIVEN_BY = {
    Permission.SEE: KeyScope.READ,
    Permission.ANNOUNCE: KeyScope.ANNOUNCE,
    Permission.RECORD: KeyScope.RECORD,
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key with the area it acts in: it and everything below `path`."""

    id: int
    prefix: str
    digest: str
    name: str
    scopes: frozenset[KeyScope]
    area_id: int
    area_code: str
    area_name: str
    path: str
    created_by: str | None  # code of a member of staff; None for the operator
    created_at: datetime
    last_used_at: datetime | None
    ended_at: datetime | None

    @property
    def code(self) -> str:
        """How the audit log names it."""
        return self.prefix

    @property
    def staff_id(self) -> int | None:
        """No person acted: records name nobody, the audit log the key."""
        return None

    @property
    def role(self) -> Role | None:
        """It has scopes instead."""
        return None

    def may(self, permission: Permission) -> bool:
        """Is there a scope that allows it?"""
        return GIVEN_BY.get(permission) in self.scopes

    def reaches(self, path: str) -> bool:
        """Is the area at `path` the key's?"""
        return path.startswith(self.path)


def _rows() -> Any:
    key, area, staff = t.api_key, t.area, t.staff
    return (
        select(key.c.id, key.c.prefix, key.c.digest, key.c.name, key.c.scopes, key.c.area_id, area.c.code,
               area.c.name, area.c.path, staff.c.code, key.c.created_at, key.c.last_used_at, key.c.ended_at)
        .join(area, area.c.id == key.c.area_id)
        .outerjoin(staff, staff.c.id == key.c.created_by)
    )  # fmt: skip


def _row(row: Any) -> KeyRow:
    values = list(row)
    values[4] = frozenset(map(KeyScope, row.scopes.split()))
    return KeyRow(*values)


async def add(
    connection: AsyncConnection,
    *,
    prefix: str,
    digest: str,
    name: str,
    scopes: Iterable[KeyScope],
    area_id: int,
    created_by: int | None,
    now: datetime,
) -> KeyRow:
    """Store a new key."""
    values = {"prefix": prefix, "digest": digest, "name": name, "scopes": " ".join(sorted(scopes)),
              "area_id": area_id, "created_by": created_by, "created_at": now}  # fmt: skip
    await connection.execute(t.api_key.insert().values(values))
    return await find(connection, prefix)


async def everything(connection: AsyncConnection) -> list[KeyRow]:
    """All keys, those that have ended last."""
    key = t.api_key
    rows = await connection.execute(_rows().order_by(key.c.ended_at.is_not(None), t.area.c.path, key.c.id))
    return [_row(row) for row in rows]


async def find(connection: AsyncConnection, prefix: str) -> KeyRow:
    """The key with this prefix, ended or not. Raises `NotFound`."""
    row = (await connection.execute(_rows().where(t.api_key.c.prefix == prefix))).first()
    if row is None:
        raise NotFound(phrase("mistake.key_unknown", prefix=prefix))
    return _row(row)


async def active(connection: AsyncConnection, prefix: str) -> KeyRow | None:
    """The key with this prefix if it has not ended; whether the secret fits is the caller's to see."""
    row = (
        await connection.execute(_rows().where(t.api_key.c.prefix == prefix, t.api_key.c.ended_at.is_(None)))
    ).first()
    return None if row is None else _row(row)


async def end(connection: AsyncConnection, key_id: int, now: datetime) -> bool:
    """It opens nothing from now on; False when it had ended already."""
    key = t.api_key
    ended = await connection.execute(
        update(key).where(key.c.id == key_id, key.c.ended_at.is_(None)).values(ended_at=now).returning(key.c.id)
    )
    return ended.first() is not None


_USED = (
    update(t.api_key)
    .where(
        t.api_key.c.id == bindparam("p_id"),
        or_(t.api_key.c.last_used_at.is_(None), t.api_key.c.last_used_at < bindparam("p_now")),
    )
    .values(last_used_at=bindparam("p_now"))
)


async def used(connection: AsyncConnection, intents: Sequence[tuple[int, datetime]]) -> list[None]:
    """Intents for `db/writer.py`: these keys were used at these times."""
    await connection.execute(_USED, [{"p_id": key_id, "p_now": now} for key_id, now in sorted(intents)])
    return [None] * len(intents)

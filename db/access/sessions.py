"""Sign-in links and sessions of staff. Secrets never come here: callers pass their hashes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.access import people
from db.access.people import StaffRow
from db.tables import t

_L, _S = t.sign_in_link, t.web_session


async def make_link(
    connection: AsyncConnection, token_hash: str, staff_id: int | None, now: datetime, expires_at: datetime
) -> None:
    """Keep a new link. Without `staff_id` it lets the first member of staff in."""
    await connection.execute(
        _L.insert().values(token_hash=token_hash, staff_id=staff_id, made_at=now, expires_at=expires_at)
    )


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that is still good; `staff` is empty for the first one of an installation."""

    token_hash: str
    staff: StaffRow | None


async def find_link(connection: AsyncConnection, token_hash: str, now: datetime) -> LinkRow | None:
    """The link while it is good: not used, not too old, its owner still in office, the first one only while nobody
    is."""
    row = (
        await connection.execute(
            select(_L.c.staff_id).where(_L.c.token_hash == token_hash, _L.c.used_at.is_(None), _L.c.expires_at > now)
        )
    ).first()
    if row is None:
        return None
    if row.staff_id is None:
        return None if await people.anybody(connection) else LinkRow(token_hash, None)
    staff = await people.by_id(connection, row.staff_id)
    return LinkRow(token_hash, staff) if staff.active(now) else None


async def use_link(connection: AsyncConnection, token_hash: str, now: datetime) -> bool:
    """Use a link up; False when somebody else just did."""
    used = await connection.execute(
        update(_L)
        .where(_L.c.token_hash == token_hash, _L.c.used_at.is_(None), _L.c.expires_at > now)
        .values(used_at=now)
        .returning(_L.c.token_hash)
    )
    return used.first() is not None


async def begin(
    connection: AsyncConnection, token_hash: str, staff_id: int, device: str, now: datetime, expires_at: datetime
) -> None:
    """Open a session."""
    await connection.execute(
        _S.insert().values(token_hash=token_hash, staff_id=staff_id, device=device, signed_in_at=now, seen_at=now,
                           expires_at=expires_at)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: int
    staff_id: int
    device: str
    signed_in_at: datetime
    seen_at: datetime


_SESSION = (_S.c.id, _S.c.staff_id, _S.c.device, _S.c.signed_in_at, _S.c.seen_at)


async def find(connection: AsyncConnection, token_hash: str, now: datetime) -> tuple[SessionRow, StaffRow] | None:
    """The open session with this secret and whose it is; None when it ended, ran out, or its owner left office."""
    row = (
        await connection.execute(
            select(*_SESSION).where(_S.c.token_hash == token_hash, _S.c.ended_at.is_(None), _S.c.expires_at > now)
        )
    ).first()
    if row is None:
        return None
    staff = await people.by_id(connection, row.staff_id)
    return (SessionRow(*row), staff) if staff.active(now) else None


async def of_staff(connection: AsyncConnection, staff_id: int, now: datetime) -> list[SessionRow]:
    """Their open sessions, the one last used first."""
    rows = await connection.execute(
        select(*_SESSION)
        .where(_S.c.staff_id == staff_id, _S.c.ended_at.is_(None), _S.c.expires_at > now)
        .order_by(_S.c.seen_at.desc(), _S.c.id.desc())
    )
    return [SessionRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Seen:
    """An intent: a session is being used, and lasts until `expires_at` from now on."""

    session_id: int
    at: datetime
    expires_at: datetime


async def seen(connection: AsyncConnection, intents: Sequence[Seen]) -> list[None]:
    for intent in intents:
        await connection.execute(
            update(_S).where(_S.c.id == intent.session_id).values(seen_at=intent.at, expires_at=intent.expires_at)
        )
    return [None] * len(intents)


async def end(connection: AsyncConnection, staff_id: int, session_id: int, now: datetime) -> bool:
    """End one of their sessions; False when they have no such open one."""
    ended = await connection.execute(
        update(_S)
        .where(_S.c.id == session_id, _S.c.staff_id == staff_id, _S.c.ended_at.is_(None))
        .values(ended_at=now)
        .returning(_S.c.id)
    )
    return ended.first() is not None


async def end_others(connection: AsyncConnection, staff_id: int, but: int, now: datetime) -> int:
    """End all of their sessions but one; returns how many."""
    ended = await connection.execute(
        update(_S)
        .where(_S.c.staff_id == staff_id, _S.c.id != but, _S.c.ended_at.is_(None))
        .values(ended_at=now)
        .returning(_S.c.id)
    )
    return len(ended.all())


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Drop links and sessions that were over by then; returns how many."""
    links = await connection.execute(_L.delete().where(_L.c.expires_at < before).returning(_L.c.token_hash))
    over = or_(_S.c.expires_at < before, _S.c.ended_at < before)
    sessions = await connection.execute(_S.delete().where(over).returning(_S.c.id))
    return len(links.all()) + len(sessions.all())

"""Getting into the pages: one-time links, the first member of staff of a new installation, sessions.

A secret exists only in the link or the cookie that carries it; the database has its SHA-256. Random secrets of 256
bits need no salt and no slow hash.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake
from announcements.permissions import Permission
from announcements.phrases import phrase
from announcements.text import nfc
from announcements.types import AreaKind, Role
from bot.context import Context
from bot.office.notices.announcing import actor
from db import audit
from db.access import people, sessions
from db.access.people import StaffRow
from db.access.sessions import Seen, SessionRow
from db.answering import question_lists
from db.answering.question_lists import Box
from db.dispatch import postings
from db.places import area_changes, areas

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(days=30)  # since it was last used
SEEN_EVERY = timedelta(minutes=5)  # how often a use is written down
DEVICE_LENGTH = 200
NAME_LENGTH = 120


class LinkDead(Mistake):
    """The link was used, is too old, or never was one."""

    def __init__(self) -> None:
        super().__init__(phrase("mistake.link_dead"))


@dataclass(frozen=True, slots=True)
class SignInLink:
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, and through which session. `to_post`: how many texts wait for them to be posted by hand; None
    where no chat of theirs is. `to_read`: how many messages of their inbox want a word."""

    staff: StaffRow
    session: SessionRow
    to_post: int | None = None
    to_read: int = 0


def hashed(token: str) -> str:
    """What the database knows a secret by."""
    return hashlib.sha256(token.encode()).hexdigest()


async def sign_in_link(context: Context, staff: StaffRow) -> SignInLink:
    """A link that signs `staff` in once, within ten minutes."""
    async with context.database.write() as connection:
        made = await _make_link(context, connection, staff.id)
        await audit.note(connection, at=context.clock(), actor=staff.code, action="sign-in link", subject=staff.code)
    return made


async def first_link(context: Context) -> SignInLink | None:
    """A link for the first member of staff; None once there is one."""
    async with context.database.write() as connection:
        return None if await people.anybody(connection) else await _make_link(context, connection, None)


async def _make_link(context: Context, connection: AsyncConnection, staff_id: int | None) -> SignInLink:
    token, now = secrets.token_urlsafe(32), context.clock()
    await sessions.make_link(connection, hashed(token), staff_id, now, now + LINK_LASTS)
    return SignInLink(context.link(f"/login/{token}"), now + LINK_LASTS)


async def whose(context: Context, token: str) -> StaffRow | None:
    """Whom a link would sign in; None for the first one. Uses nothing up. Raises `LinkDead`."""
    async with context.database.read() as connection:
        found = await sessions.find_link(connection, hashed(token), context.clock())
    if found is None:
        raise LinkDead
    return found.staff


async def sign_in(context: Context, token: str, device: str, name: str = "") -> tuple[str, StaffRow]:
    """Use a link up and open a session; returns the session's secret, for the cookie.

    `name` is the first member of staff's. Raises `LinkDead`, `Mistake` when the first one gave no name.
    """
    now, secret = context.clock(), secrets.token_urlsafe(32)
    async with context.database.write() as connection:
        found = await sessions.find_link(connection, hashed(token), now)
        if found is None:
            raise LinkDead
        staff = found.staff or await _first(context, connection, name)
        if not await sessions.use_link(connection, hashed(token), now):
            raise LinkDead
        called = nfc(device)[:DEVICE_LENGTH]
        await sessions.begin(connection, hashed(secret), staff.id, called, now, now + SESSION_LASTS)
        await audit.note(connection, at=now, actor=actor(staff), action="sign in", subject=staff.code)
    return secret, staff


async def _first(context: Context, connection: AsyncConnection, name: str) -> StaffRow:
    """The administrator of a new installation, over the whole commune, which is made if nothing is there yet."""
    called = nfc(name)
    if not called or len(called) > NAME_LENGTH:
        raise Mistake(phrase("mistake.no_staff_name"))
    nodes = await areas.tree(connection)
    root = nodes[0] if nodes else await area_changes.add(
        connection, name=context.settings.commune.name, kind=AreaKind.COMMUNE, parent=None
    )  # fmt: skip
    return await people.add(connection, name=called, role=Role.ADMIN, area_id=root.id)


async def visitor(context: Context, secret: str) -> Visitor | None:
    """Whoever is signed in with this secret. Notes now and then that the session is in use."""
    now = context.clock()
    async with context.database.read() as connection:
        found = await sessions.find(connection, hashed(secret), now)
        if found is None:
            return None
        session, staff = found
        if staff.may(Permission.RECORD):
            to_post = await postings.count(connection, staff.path, now)
            to_read = await question_lists.count(connection, staff.path, Box.OPEN)
        else:
            to_post, to_read = None, 0
    if now - session.seen_at >= SEEN_EVERY:
        await context.writer.submit(sessions.seen, Seen(session.id, now, now + SESSION_LASTS))
    return Visitor(staff, session, to_post, to_read)


async def open_sessions(context: Context, staff: StaffRow) -> list[SessionRow]:
    """Where they are signed in."""
    async with context.database.read() as connection:
        return await sessions.of_staff(connection, staff.id, context.clock())


async def end_session(context: Context, who: StaffRow, session_id: int) -> bool:
    """Sign one of one's own browsers out; False when there is no such session."""
    now = context.clock()
    async with context.database.write() as connection:
        ended = await sessions.end(connection, who.id, session_id, now)
        if ended:
            await audit.note(connection, at=now, actor=who.code, action="sign out", subject=who.code)
    return ended


async def end_other_sessions(context: Context, who: Visitor) -> int:
    """Sign every other browser out; returns how many."""
    now = context.clock()
    async with context.database.write() as connection:
        ended = await sessions.end_others(connection, who.staff.id, who.session.id, now)
        if ended:
            await audit.note(connection, at=now, actor=who.staff.code, action="sign out elsewhere",
                             subject=who.staff.code, sessions=ended)  # fmt: skip
    return ended

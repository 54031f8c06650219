"""Keys of programs that use the API: giving one, ending one, and whether one that was sent opens."""

from collections.abc import Iterable
from datetime import timedelta

from announcements.keys import NAME_LENGTH, digest, fits, new_key, read_prefix, read_token
from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.text import nfc
from announcements.types import KeyScope
from bot.context import Context
from bot.office.notices.announcing import actor
from bot.office.rights import must_manage
from db import audit
from db.access import keys
from db.access.keys import KeyRow
from db.access.people import StaffRow
from db.places import areas

USE_NOTED_EVERY = timedelta(minutes=1)  # a write for every request would cost more than most requests
NOBODYS = digest("")  # compared with when there is no such key, so that both answers take the same time


async def add(
    context: Context, *, name: str, area: str, scopes: Iterable[KeyScope], staff: StaffRow | None = None
) -> tuple[KeyRow, str]:
    """A new key for an area, and the whole of it: it can't be read again. Raises `Mistake`."""
    title, now, made = nfc(name), context.clock(), new_key()
    if not title:
        raise Mistake(phrase("mistake.no_key_name"))
    if len(title) > NAME_LENGTH:
        raise Mistake(phrase("mistake.key_name_long", length=len(title), most=NAME_LENGTH))
    async with context.database.write() as connection:
        place = await areas.find(connection, area)
        must_manage(staff, place.path, place.name)
        row = await keys.add(
            connection, prefix=made.prefix, digest=digest(made.secret), name=title, scopes=scopes, area_id=place.id,
            created_by=staff.id if staff else None, now=now,
        )  # fmt: skip
        await audit.note(connection, at=now, actor=actor(staff), action="key add", subject=row.prefix,
                         area=place.code, scopes=sorted(row.scopes))  # fmt: skip
    return row, made.token


async def end(context: Context, prefix: str, staff: StaffRow | None = None) -> KeyRow:
    """The key opens nothing from now on. Twice is no error."""
    now = context.clock()
    async with context.database.write() as connection:
        row = await keys.find(connection, read_prefix(prefix))
        must_manage(staff, row.path, row.area_name)
        if await keys.end(connection, row.id, now):
            await audit.note(connection, at=now, actor=actor(staff), action="key end", subject=row.prefix)
        return await keys.find(connection, row.prefix)


async def opened_by(context: Context, token: str) -> KeyRow | None:
    """The key that was sent, when it is good: known, not ended, with the right secret. Notes that it was used."""
    sent = read_token(token)
    if sent is None:
        return None
    async with context.database.read() as connection:
        row = await keys.active(connection, sent.prefix)
    if not fits(sent.secret, row.digest if row else NOBODYS) or row is None:
        return None
    now = context.clock()
    if row.last_used_at is None or now - row.last_used_at >= USE_NOTED_EVERY:
        await context.writer.submit(keys.used, (row.id, now))
    return row

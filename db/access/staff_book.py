"""The list of staff for whoever manages them: who, where, until when, and when they last used what we know them by."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from db.access import people
from db.access.people import StaffRow
from db.tables import t


@dataclass(frozen=True, slots=True)
class Line:
    """`last_seen` is the last use of the pages; `channels` where they have a linked account."""

    staff: StaffRow
    last_seen: datetime | None
    channels: tuple[ChannelKind, ...]


async def lines(connection: AsyncConnection, under: str | None, now: datetime) -> list[Line]:
    """Staff of the areas below the path `under` (None: everywhere), those who have ended last."""
    s, a = t.web_session, t.staff_account
    seen = await connection.execute(select(s.c.staff_id, func.max(s.c.seen_at).label("at")).group_by(s.c.staff_id))
    last = {row.staff_id: row.at for row in seen}
    accounts: dict[int, list[ChannelKind]] = {}
    for row in await connection.execute(select(a.c.staff_id, a.c.channel).order_by(a.c.channel)):
        accounts.setdefault(row.staff_id, []).append(row.channel)
    return [
        Line(staff, last.get(staff.id), tuple(accounts.get(staff.id, ())))
        for staff in await people.everybody(connection, now)
        if under is None or staff.path.startswith(under)
    ]

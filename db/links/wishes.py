"""Wishes to be linked, of people without a card: they wait for the word of a leader.

Called by `bot/office/homes/wishes.py` and `bot/conversations/requests.py`.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from db.links import identities
from db.links.identities import IdentityRow, Joined, Link
from db.locks import hold_people
from db.places.areas import below
from db.tables import IdentityState, Via, t

_I = t.identity


async def ask(connection: AsyncConnection, intent: Link) -> int:
    """Store a wish to be linked, for the leader to decide; returns its id. A link that stands is left alone."""
    await hold_people(connection, [(intent.channel, intent.external_id)])
    standing = await identities.of(connection, intent.channel, intent.external_id)
    same = next((row for row in standing if row.household_id == intent.household_id), None)
    return same.id if same is not None else await identities.store(connection, intent, IdentityState.WAITING)


async def decide(
    connection: AsyncConnection, wish_id: int, *, approve: bool, staff_id: int | None, now: datetime
) -> Joined | None:
    """The word of the leader (without `staff_id`: of the operator) on a waiting link; None when it no longer waits
    (answered twice, or overtaken)."""
    waiting = select(_I).where(_I.c.id == wish_id, _I.c.state == IdentityState.WAITING)
    row = (await connection.execute(waiting)).first()
    if row is None:
        return None
    # As everybody who links: first the person, then the rows. Of two leaders who answer at once, one decides.
    await hold_people(connection, [(row.channel, row.external_id)])
    if (await connection.execute(waiting)).first() is None:
        return None
    if approve:
        link = Link(row.channel, row.external_id, row.household_id, Via.LEADER, now, row.name, decided_by=staff_id)
        return (await identities.link(connection, [link]))[0]
    refused = {"state": IdentityState.REFUSED, "decided_at": now, "decided_by": staff_id}
    await connection.execute(update(_I).where(_I.c.id == wish_id).values(refused))
    return Joined()


async def waiting(connection: AsyncConnection, path: str, limit: int) -> list[IdentityRow]:
    """Wishes for households below `path` that nobody has decided, of every channel, the oldest first."""
    rows = await connection.execute(
        identities.rows()
        .where(_I.c.state == IdentityState.WAITING, below(t.area.c.path, [path]), t.household.c.left_at.is_(None))
        .order_by(_I.c.asked_at, _I.c.id)
        .limit(limit)
    )
    return [IdentityRow(*row) for row in rows]


async def has_asked(connection: AsyncConnection, channel: ChannelKind, external_id: str) -> bool:
    """Does a wish of this account wait for the leader's word?"""
    mine = (_I.c.channel == channel, _I.c.external_id == external_id, _I.c.state == IdentityState.WAITING)
    return (await connection.execute(select(_I.c.id).where(*mine).limit(1))).first() is not None

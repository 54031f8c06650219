"""Taking households off accounts and devices, and putting one back that was taken off by mistake."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from db.links import pending
from db.links.identities import Joined, revoked
from db.locks import hold_people
from db.tables import IdentityState, Via, t

_I = t.identity


async def unlink(
    connection: AsyncConnection, channel: ChannelKind, external_id: str, household_id: int, now: datetime
) -> bool:
    """Take one household off an account or device; False when it was not on it."""
    this = (_I.c.channel == channel, _I.c.external_id == external_id, _I.c.household_id == household_id)
    return await _revoke(connection, *this, now=now) > 0


async def take_off(connection: AsyncConnection, household_id: int, identity_id: int, now: datetime) -> bool:
    """This account or device does not stand for the household any more; False when it did not. Its answers stay."""
    return await _revoke(connection, _I.c.id == identity_id, _I.c.household_id == household_id, now=now) > 0


async def unlink_all(connection: AsyncConnection, household_id: int, via: Via, now: datetime) -> int:
    """Take a household off every device and account that `via` linked to it; returns how many."""
    return await _revoke(connection, _I.c.household_id == household_id, _I.c.via == via, now=now)


async def _revoke(connection: AsyncConnection, *which: ColumnElement[bool], now: datetime) -> int:
    gone = await connection.execute(
        update(_I).where(*which, _I.c.state == IdentityState.LINKED).values(revoked(now)).returning(_I.c.id)
    )
    return len(gone.all())


async def put_back(
    connection: AsyncConnection, household_id: int, identity_id: int, now: datetime
) -> Joined | None:  # fmt: skip
    """A link that was taken off stands again, and what was pressed without it counts; None when it can't: it was not
    taken off, or the account has come to stand for another household meanwhile."""
    this = (_I.c.id == identity_id, _I.c.household_id == household_id)
    found = (await connection.execute(select(_I.c.channel, _I.c.external_id).where(*this))).first()
    if found is None:
        return None
    person: tuple[ChannelKind, str] = (found.channel, found.external_id)
    await hold_people(connection, [person])
    other = t.identity.alias("other")
    elsewhere = (
        select(other.c.id)
        .where(other.c.channel == _I.c.channel, other.c.external_id == _I.c.external_id, other.c.id != _I.c.id,
               other.c.state == IdentityState.LINKED)
        .exists()
    )  # fmt: skip
    back = await connection.execute(
        update(_I)
        .where(*this, _I.c.state == IdentityState.REVOKED, or_(_I.c.channel == ChannelKind.BOARD, ~elsewhere))
        .values(state=IdentityState.LINKED, decided_at=now)
        .returning(_I.c.id)
    )
    if back.first() is None:
        return None
    return Joined(tuple((await pending.credit(connection, [person])).get(person, ())))


async def count(connection: AsyncConnection, household_id: int, via: Via) -> int:
    """How many devices and accounts stand for a household because of `via`."""
    mine = (_I.c.household_id == household_id, _I.c.via == via, _I.c.state == IdentityState.LINKED)
    return int((await connection.execute(select(func.count()).where(*mine))).scalar_one())

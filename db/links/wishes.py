"""Wishes to be linked, of people without a card: they wait for the word of a leader.

Called by `bot/office/homes/wishes.py` and `bot/conversations/requests.py`; what was decided is said by
`bot/tidings/wish_answers.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from db.links import identities
from db.links.identities import UNSAID, IdentityRow, Joined, Link
from db.locks import hold_people
from db.places.areas import below
from db.tables import IdentityState, Via, t

WORTH_SAYING = timedelta(days=1)

_I = t.identity
_DECIDED = (IdentityState.LINKED, IdentityState.REFUSED)


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


@dataclass(frozen=True, slots=True)
class ToSay:
    """What somebody is to be told of their wish."""

    id: int
    channel: ChannelKind
    external_id: str
    text: str


async def have_said(connection: AsyncConnection, wish_id: int, text: str, now: datetime) -> None:
    """Have whoever wished it told `text`."""
    await connection.execute(update(_I).where(_I.c.id == wish_id).values(to_say=text, say_at=now))


async def to_say(
    connection: AsyncConnection, kinds: Collection[ChannelKind], now: datetime, most: int
) -> list[ToSay]:  # fmt: skip
    """What people on these channels are to be told now, the oldest first."""
    rows = await connection.execute(
        select(_I.c.id, _I.c.channel, _I.c.external_id, _I.c.to_say)
        .where(_I.c.say_at <= now, _I.c.channel.in_(kinds), _I.c.decided_at > now - WORTH_SAYING)
        .order_by(_I.c.say_at, _I.c.id)
        .limit(most)
    )
    return [ToSay(*row) for row in rows]


async def begin(connection: AsyncConnection, one: ToSay, now: datetime) -> bool:
    """Mark it as said, before it is; False when another process did."""
    mine = await connection.execute(
        update(_I)
        .where(_I.c.id == one.id, _I.c.to_say == one.text, _I.c.say_at <= now)
        .values(UNSAID)
        .returning(_I.c.id)
    )
    return mine.first() is not None


async def again(connection: AsyncConnection, one: ToSay, at: datetime) -> None:
    """What `begin` marked surely was not said: at `at` it is tried again, unless there is something newer to say."""
    still = (_I.c.id == one.id, _I.c.say_at.is_(None), _I.c.state.in_(_DECIDED))
    await connection.execute(update(_I).where(*still).values(to_say=one.text, say_at=at))


async def forget(connection: AsyncConnection, now: datetime) -> int:
    """Drop words with people's names in them that could not be said while they were worth it; returns how many."""
    late = (_I.c.say_at.is_not(None), _I.c.decided_at <= now - WORTH_SAYING)
    return (await connection.execute(update(_I).where(*late).values(UNSAID))).rowcount


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

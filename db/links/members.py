"""Which household an account of a channel answers for: looked up for whole batches of answers."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from db.locks import hold_people
from db.tables import IdentityState, t


@dataclass(frozen=True, slots=True)
class Linked:
    identity_id: int
    household_id: int
    head_name: str
    representative: str
    area_id: int


_LINKED = (
    select(
        t.identity.c.external_id,
        t.identity.c.id,
        t.identity.c.household_id,
        t.household.c.head_name,
        t.household.c.representative,
        t.household.c.area_id,
    )
    .join(t.household, t.household.c.id == t.identity.c.household_id)
    .where(
        t.identity.c.channel == bindparam("channel"),
        t.identity.c.external_id.in_(bindparam("users", expanding=True)),
        t.identity.c.state == IdentityState.LINKED,
    )
)


async def linked(
    connection: AsyncConnection, people: set[tuple[ChannelKind, str]]
) -> dict[tuple[ChannelKind, str], Linked]:
    """The household each (channel, user) stands for, where one does."""
    found: dict[tuple[ChannelKind, str], Linked] = {}
    for channel in {channel for channel, _ in people}:
        users = [user for of, user in people if of is channel]
        rows = (await connection.execute(_LINKED, {"channel": channel, "users": users})).all()
        found.update({(channel, user): Linked(*cells) for user, *cells in rows})
    return found


async def settled(
    connection: AsyncConnection, wanted: set[tuple[ChannelKind, str]]
) -> dict[tuple[ChannelKind, str], Linked]:
    """Like `linked`; who is nobody yet is looked for again once nobody else can be linking them.

    Otherwise a press kept as pending beside a link not committed yet would never be credited.
    """
    people = await linked(connection, wanted)
    strangers = wanted - people.keys()
    if strangers and connection.dialect.name == "postgresql":
        await hold_people(connection, strangers)
        people |= await linked(connection, strangers)
    return people

"""Links between households and the people who answer for them: Telegram users, board devices.

On a chat channel one account stands for one household (a new link takes the place of the old one); on the board a
device may hold several, because a helper looks after neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.text import nfc
from announcements.types import ChannelKind
from db.links import pending
from db.locks import hold_people
from db.tables import IdentityState, Via, t


@dataclass(frozen=True, slots=True)
class IdentityRow:
    id: int
    household_id: int
    household: str
    head_name: str
    area_id: int
    area_name: str
    path: str
    channel: ChannelKind
    external_id: str
    name: str
    state: IdentityState


def _rows() -> Any:
    i, h, area = t.identity, t.household, t.area
    return (
        select(i.c.id, h.c.id, h.c.code, h.c.head_name, area.c.id, area.c.name, area.c.path, i.c.channel,
               i.c.external_id, i.c.name, i.c.state)
        .join(h, h.c.id == i.c.household_id)
        .join(area, area.c.id == h.c.area_id)
    )  # fmt: skip


async def of(connection: AsyncConnection, channel: ChannelKind, external_id: str) -> list[IdentityRow]:
    """The households this account or device stands for, in the order they were linked."""
    rows = await connection.execute(
        _rows()
        .where(
            t.identity.c.channel == channel,
            t.identity.c.external_id == external_id,
            t.identity.c.state == IdentityState.LINKED,
            t.household.c.left_at.is_(None),
        )
        .order_by(t.identity.c.decided_at, t.identity.c.id)
    )
    return [IdentityRow(*row) for row in rows]


async def by_id(connection: AsyncConnection, identity_id: int) -> IdentityRow | None:
    row = (await connection.execute(_rows().where(t.identity.c.id == identity_id))).first()
    return None if row is None else IdentityRow(*row)


@dataclass(frozen=True, slots=True)
class Link:
    """An intent: tie `external_id` to a household, proved by `via`."""

    channel: ChannelKind
    external_id: str
    household_id: int
    via: Via
    now: datetime
    name: str = ""
    decided_by: int | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """`credited` presses had waited for this link and count now."""

    credited: int = 0


async def link(connection: AsyncConnection, intents: Sequence[Link]) -> list[Joined]:
    """Tie accounts to households and credit the presses that waited."""
    return [await _link(connection, intent) for intent in intents]


async def _link(connection: AsyncConnection, intent: Link) -> Joined:
    i = t.identity
    await hold_people(connection, [(intent.channel, intent.external_id)])
    if intent.channel is not ChannelKind.BOARD:
        await connection.execute(
            update(i)
            .where(
                i.c.channel == intent.channel,
                i.c.external_id == intent.external_id,
                i.c.household_id != intent.household_id,
                i.c.state.in_([IdentityState.LINKED, IdentityState.WAITING]),
            )
            .values(state=IdentityState.REVOKED, decided_at=intent.now)
        )
    await _upsert(connection, intent, IdentityState.LINKED)
    return Joined(await pending.credit(connection, intent.channel, intent.external_id))


async def _upsert(connection: AsyncConnection, intent: Link, state: IdentityState) -> int:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    decided = intent.now if state is IdentityState.LINKED else None
    values = {
        "channel": intent.channel,
        "external_id": intent.external_id,
        "household_id": intent.household_id,
        "name": nfc(intent.name)[:120],
        "state": state,
        "via": intent.via,
        "asked_at": intent.now,
        "decided_at": decided,
        "decided_by": intent.decided_by,
    }
    changed = {name: values[name] for name in ("name", "state", "via", "decided_at", "decided_by")}
    identity_id: int = (
        await connection.execute(
            insert(t.identity)
            .values(values)
            .on_conflict_do_update(index_elements=["channel", "external_id", "household_id"], set_=changed)
            .returning(t.identity.c.id)
        )
    ).scalar_one()
    return identity_id


async def ask(connection: AsyncConnection, intent: Link) -> int:
    """Store a wish to be linked, for the leader to decide; returns its id. A link that stands is left alone."""
    standing = await of(connection, intent.channel, intent.external_id)
    same = next((row for row in standing if row.household_id == intent.household_id), None)
    return same.id if same is not None else await _upsert(connection, intent, IdentityState.WAITING)


async def decide(
    connection: AsyncConnection, identity_id: int, *, approve: bool, staff_id: int | None, now: datetime
) -> Joined | None:
    """The word of the leader (without `staff_id`: of the operator) on a waiting link; None when it no longer waits
    (answered twice, or overtaken)."""
    i = t.identity
    waiting = select(i).where(i.c.id == identity_id, i.c.state == IdentityState.WAITING)
    if connection.dialect.name == "postgresql":
        waiting = waiting.with_for_update()  # of two leaders who answer at once, one decides
    row = (await connection.execute(waiting)).first()
    if row is None:
        return None
    if approve:
        return await _link(
            connection,
            Link(row.channel, row.external_id, row.household_id, Via.LEADER, now, row.name, decided_by=staff_id),
        )
    await connection.execute(
        update(i)
        .where(i.c.id == identity_id)
        .values(state=IdentityState.REFUSED, decided_at=now, decided_by=staff_id)
    )  # fmt: skip
    return Joined()


async def unlink(
    connection: AsyncConnection, channel: ChannelKind, external_id: str, household_id: int, now: datetime
) -> bool:
    """Take one household off an account or device; False when it was not on it."""
    i = t.identity
    gone = await connection.execute(
        update(i)
        .where(
            i.c.channel == channel,
            i.c.external_id == external_id,
            i.c.household_id == household_id,
            i.c.state == IdentityState.LINKED,
        )
        .values(state=IdentityState.REVOKED, decided_at=now)
        .returning(i.c.id)
    )
    return gone.first() is not None


async def count(connection: AsyncConnection, household_id: int, via: Via) -> int:
    """How many devices and accounts stand for a household because of `via`."""
    return int((await connection.execute(select(func.count()).where(*_linked(household_id, via)))).scalar_one())


async def unlink_all(connection: AsyncConnection, household_id: int, via: Via, now: datetime) -> int:
    """Take a household off every device and account that `via` linked to it; returns how many."""
    gone = await connection.execute(
        update(t.identity)
        .where(*_linked(household_id, via))
        .values(state=IdentityState.REVOKED, decided_at=now)
        .returning(t.identity.c.id)
    )
    return len(gone.all())


def _linked(household_id: int, via: Via) -> tuple[ColumnElement[bool], ...]:
    i = t.identity
    return i.c.household_id == household_id, i.c.via == via, i.c.state == IdentityState.LINKED

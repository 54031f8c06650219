"""Links between households and the people who answer for them: Telegram users, board devices.

On a chat channel one account stands for one household (a new link takes the place of the old one); on the board a
device may hold several, because a helper looks after neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.text import nfc
from announcements.types import ChannelKind
from db.links import pending
from db.locks import hold_people
from db.tables import IdentityState, Via, t

UNSAID: dict[str, object] = {"to_say": "", "say_at": None}  # nothing of what was decided is told any more


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


def rows() -> Any:
    """What selects `IdentityRow`s."""
    i, h, area = t.identity, t.household, t.area
    return (
        select(i.c.id, h.c.id, h.c.code, h.c.head_name, area.c.id, area.c.name, area.c.path, i.c.channel,
               i.c.external_id, i.c.name, i.c.state)
        .join(h, h.c.id == i.c.household_id)
        .join(area, area.c.id == h.c.area_id)
    )  # fmt: skip


async def of(connection: AsyncConnection, channel: ChannelKind, external_id: str) -> list[IdentityRow]:
    """The households this account or device stands for, in the order they were linked."""
    found = await connection.execute(
        rows()
        .where(
            t.identity.c.channel == channel,
            t.identity.c.external_id == external_id,
            t.identity.c.state == IdentityState.LINKED,
            t.household.c.left_at.is_(None),
        )
        .order_by(t.identity.c.decided_at, t.identity.c.id)
    )
    return [IdentityRow(*row) for row in found]


async def by_id(connection: AsyncConnection, identity_id: int) -> IdentityRow | None:
    row = (await connection.execute(rows().where(t.identity.c.id == identity_id))).first()
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
    """`counted` are the broadcasts of the presses that had waited for this link and count now."""

    counted: tuple[int, ...] = ()

    @property
    def credited(self) -> int:
        return len(self.counted)


async def link(connection: AsyncConnection, intents: Sequence[Link]) -> list[Joined]:
    """Tie accounts to households and credit the presses that waited.

    Everybody is held before any row is, and everything credited at once: else two processes that link many people at
    the same moment would wait for each other in a circle.
    """
    people = [(one.channel, one.external_id) for one in intents]
    await hold_people(connection, people)
    for intent in intents:
        await _link(connection, intent)
    counted = await pending.credit(connection, people)
    return [Joined(tuple(counted.get(person, ()))) for person in people]


async def _link(connection: AsyncConnection, intent: Link) -> None:
    i = t.identity
    if intent.channel is not ChannelKind.BOARD:
        await connection.execute(
            update(i)
            .where(
                i.c.channel == intent.channel,
                i.c.external_id == intent.external_id,
                i.c.household_id != intent.household_id,
                i.c.state.in_([IdentityState.LINKED, IdentityState.WAITING]),
            )
            .values(revoked(intent.now))
        )
    await store(connection, intent, IdentityState.LINKED)


def revoked(now: datetime) -> dict[str, object]:
    """What a row has that stands for its household no more: whoever it was is not told either that it does."""
    return {"state": IdentityState.REVOKED, "decided_at": now, **UNSAID}


async def store(connection: AsyncConnection, intent: Link, state: IdentityState) -> int:
    """One row an account and household, in its latest state; returns its id. The account must be held."""
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
    changed |= UNSAID
    identity_id: int = (
        await connection.execute(
            insert(t.identity)
            .values(values)
            .on_conflict_do_update(index_elements=["channel", "external_id", "household_id"], set_=changed)
            .returning(t.identity.c.id)
        )
    ).scalar_one()
    return identity_id

"""Joining an account of a channel to a household by its card, to a member of staff by their code; leaving again.

What conversations on every channel do alike; how it is said is theirs. Wrong codes (`BAD_CODES`) are theirs to
count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from announcements.types import ChannelKind
from bot.context import Context
from db import audit
from db.access import people
from db.access.people import StaffRow
from db.links import cards, identities, linking, unlinking
from db.links.cards import Shown
from db.links.identities import IdentityRow, Link
from db.links.linking import Choice
from db.tables import Via


@dataclass(frozen=True, slots=True)
class Person:
    """An account of somebody on a channel, and what it calls itself."""

    kind: ChannelKind
    external_id: str
    name: str = ""


class Outcome(StrEnum):
    LINKED = "linked"
    ALREADY = "already"
    WRONG = "wrong"  # no card has this code
    REVOKED = "revoked"
    GONE = "gone"  # the household has left


BAD_CODES = frozenset({Outcome.WRONG, Outcome.REVOKED})


@dataclass(frozen=True, slots=True)
class Joined:
    """`credited` answers had waited for this link and count now."""

    outcome: Outcome
    household: Choice | None = None
    credited: int = 0


async def by_card(context: Context, person: Person, code: str, *, shown: bool = False) -> Joined:
    """Link by the code on a card. `shown`: it was written where others read it, which its leader should know."""
    async with context.database.read() as connection:
        card = await cards.find(connection, code)
    if card is None:
        return Joined(Outcome.WRONG)
    if card.revoked:
        return Joined(Outcome.REVOKED)
    if shown:
        await context.writer.submit(cards.show, Shown(card.code, context.clock()))
    return await to_household(context, person, card.household_id, Via.CARD)


async def to_household(context: Context, person: Person, household_id: int, via: Via) -> Joined:
    """Link to a household that is proved, and count the answers that waited."""
    async with context.database.read() as connection:
        mine = await identities.of(connection, person.kind, person.external_id)
        chosen = await linking.household(connection, household_id)
    if chosen is None:
        return Joined(Outcome.GONE)
    if any(one.household_id == household_id for one in mine):
        return Joined(Outcome.ALREADY, chosen)
    intent = Link(person.kind, person.external_id, household_id, via, context.clock(), person.name)
    joined = await context.writer.submit(identities.link, intent)
    for broadcast_id in joined.counted:
        context.answered(broadcast_id)
    return Joined(Outcome.LINKED, chosen, joined.credited)


async def leave(context: Context, person: Person) -> Sequence[IdentityRow]:
    """Take the account off its households, at the person's own wish; returns which."""
    async with context.database.write() as connection:
        mine = await identities.of(connection, person.kind, person.external_id)
        for one in mine:
            await unlinking.unlink(connection, person.kind, person.external_id, one.household_id, context.clock())
    return mine


async def as_staff(context: Context, person: Person, code: str) -> StaffRow:
    """Tie the account to the member of staff with `code`. Raises `NotFound` for a code that is none, `NotAllowed`."""
    now = context.clock()
    async with context.database.write() as connection:
        staff = await people.find(connection, code, now)
        known = await people.of_account(connection, person.kind, person.external_id, now)
        await people.link_account(connection, staff, person.kind, person.external_id, now)
        if known is None or known.id != staff.id:
            await audit.note(connection, at=now, actor=staff.code, action="link account", subject=staff.code)
    return staff

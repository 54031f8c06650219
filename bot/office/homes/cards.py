"""Households' cards: given out, listed, taken back, replaced."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.permissions import Permission, may
from announcements.phrases import phrase
from bot.context import Context
from bot.office.notices.announcing import actor, must_reach
from db import audit
from db.access.people import StaffRow
from db.links import cards, unlinking
from db.links.cards import CardRow
from db.locks import hold_cards
from db.places import areas
from db.tables import Via


@dataclass(frozen=True, slots=True)
class Taken:
    """A card that is out of use. `changed` is False when it was already; `new` the one in its place, if any.

    `linked` devices and accounts still stand for the household because of a card, `unlinked` no longer do.
    """

    card: CardRow
    changed: bool
    linked: int
    unlinked: int
    new: CardRow | None = None


def link(context: Context, card: CardRow) -> str:
    """What the card's QR code carries."""
    return context.link(f"/h/{card.code}")


async def issue(context: Context, area: str, staff: StaffRow | None = None) -> list[CardRow]:
    """A card for every household of an area that has none; returns the valid cards of all, in the order of a walk."""
    must_keep(staff)
    now = context.clock()
    async with context.database.write() as connection:
        place = await areas.find(connection, area)
        must_reach(staff, place.path, place.name)
        rows = await cards.issue(connection, place.path, now)
        await audit.note(connection, at=now, actor=actor(staff), action="cards", subject=place.code,
                         households=len(rows))  # fmt: skip
    return rows


async def revoke(
    context: Context, wanted: Sequence[str], *, unlink: bool = False, staff: StaffRow | None = None
) -> list[Taken]:
    """Take cards back, each named by its own code or its household's; all of them or, at a `Mistake`, none.

    `unlink` also takes the household off the devices and accounts that a card linked to it.
    """
    async with context.database.write() as connection:
        return [await _take(connection, context, text, unlink=unlink, staff=staff) for text in wanted]


async def reissue(
    context: Context, wanted: Sequence[str], *, unlink: bool = False, staff: StaffRow | None = None
) -> list[Taken]:
    """Replace cards, named as for `revoke`: the old ones open nothing any more, the new ones do."""
    now = context.clock()
    async with context.database.write() as connection:
        replaced = []
        for text in wanted:
            taken = await _take(connection, context, text, unlink=unlink, staff=staff, must_be_last=True)
            new = await cards.issue_one(connection, taken.card.household_id, now)
            await audit.note(connection, at=now, actor=actor(staff), action="card issue", subject=new.household)
            replaced.append(replace(taken, new=new))
    return replaced


def must_keep(staff: StaffRow | None) -> None:
    """Raises `NotAllowed` unless their role keeps households' cards."""
    if staff is not None and not may(staff.role, Permission.KEEP):
        raise NotAllowed(phrase("mistake.may_not_card", staff=staff.name))


async def _take(
    connection: AsyncConnection,
    context: Context,
    text: str,
    *,
    unlink: bool,
    staff: StaffRow | None,
    must_be_last: bool = False,
) -> Taken:
    must_keep(staff)
    now = context.clock()
    await hold_cards(connection)
    card = await cards.named(connection, text)
    if card is None:
        raise NotFound(phrase("mistake.card_unknown", text=text))
    must_reach(staff, card.path, phrase("mistake.household", head=card.head_name))
    if must_be_last and card.revoked and await cards.of_household(connection, card.household_id):
        raise Mistake(phrase("mistake.card_replaced", code=card.code, head=card.head_name, household=card.household))
    changed = bool(card.code) and not card.revoked
    if changed:
        await cards.revoke(connection, [card.household_id], now)
        await audit.note(connection, at=now, actor=actor(staff), action="card revoke", subject=card.household)
    unlinked = await unlinking.unlink_all(connection, card.household_id, Via.CARD, now) if unlink else 0
    if unlinked:
        await audit.note(connection, at=now, actor=actor(staff), action="card unlink", subject=card.household,
                         links=unlinked)  # fmt: skip
    linked = await unlinking.count(connection, card.household_id, Via.CARD)
    return Taken(replace(card, revoked=True), changed, linked, unlinked)

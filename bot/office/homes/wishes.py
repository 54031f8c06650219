"""Wishes to be linked of people without a card: kept, told to the nearest staff, decided by one of them.

Conversations, the page of wishes and the terminal share this. A wish names the head of a household; only when exactly
one household can be meant is it kept, so that nobody finds out who lives where by asking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.permissions import Permission, may
from announcements.phrases import label, phrase
from announcements.text import fold
from bot.context import Context
from bot.office.actors import Actor
from bot.office.homes.joining import Person
from db import audit, tidings
from db.access import people
from db.access.people import StaffRow
from db.links import identities, linking
from db.links import wishes as links
from db.links.identities import IdentityRow, Link
from db.links.linking import Choice
from db.places import directory
from db.tables import Via
from db.tidings import Tiding

MOST_NAMESAKES = 20
ASKS_A_DAY = 5  # of one person
A_DAY = timedelta(days=1)
_TITLES = frozenset({"ong", "ba", "anh", "chi", "co", "chu", "bac", "cu", "em", "di", "thim", "mo", "ho", "nha"})


class TooLate(Mistake):
    """Somebody else has answered the wish, or it was overtaken."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A wish that was answered. `credited` answers had waited for the link."""

    wish: IdentityRow
    place: str
    approved: bool
    credited: int


def bare_name(name: str) -> str:
    """A name as it is compared: without tone marks, and without "ông", "bà", "hộ" in front."""
    words = fold(name).split()
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    return " ".join(words)


async def meant(connection: AsyncConnection, name: str, path: str | None) -> Choice | None:
    """The household whose head or representative is called `name`, where it can be only one.

    In the group's own area (`path`) the given name will do; in the whole commune it must be the full one.
    """
    wanted = bare_name(name)
    found = await directory.search(connection, wanted, under=path, limit=MOST_NAMESAKES)
    fitting = [
        one for one in found.entries if _fits(wanted, (one.head_name, one.representative), short=path is not None)
    ]
    if len(fitting) != 1 or found.total > MOST_NAMESAKES:
        return None
    return await linking.household(connection, fitting[0].id)


def _fits(wanted: str, names: Sequence[str], *, short: bool) -> bool:
    bare = [bare_name(name) for name in names]
    return wanted in bare or (short and any(name.endswith(f" {wanted}") for name in bare))


async def ask(context: Context, person: Person, chosen: Choice) -> IdentityRow | None:
    """Keep the wish and tell the nearest staff who may decide; None when it stands already."""
    now = context.clock()
    wish = Link(person.kind, person.external_id, chosen.household_id, Via.LEADER, now, person.name)
    async with context.database.write() as connection:
        mine = await identities.of(connection, person.kind, person.external_id)
        if any(one.household_id == chosen.household_id for one in mine):
            return None
        identity = await identities.by_id(connection, await links.ask(connection, wish))
    if identity is not None:
        await tell_nearest(context, identity, chosen)
    return identity


async def tell_nearest(context: Context, identity: IdentityRow, chosen: Choice) -> None:
    """Have the staff of the nearest area told in private, on whatever channel they are, that a wish waits."""
    text = phrase("wish.tell", person=called(identity), head=identity.head_name, area=chosen.place,
                  link=context.link("/wishes"))  # fmt: skip
    async with context.database.write() as connection:
        nearest = await _nearest(connection, chosen.path, context)
        told = [Tiding(one.id, _key(identity.id), (text,)) for one in nearest]
        await tidings.put(connection, told, context.clock())
    context.ring()


def _key(wish_id: int) -> str:
    return f"wish:{wish_id}"


async def _nearest(connection: AsyncConnection, path: str, context: Context) -> list[StaffRow]:
    """Staff of the nearest area above `path` who may say who belongs to a household."""
    now = context.clock()
    able = [
        one
        for one in await people.everybody(connection, now)
        if one.active(now) and one.reaches(path) and may(one.role, Permission.RECORD)
    ]
    able.sort(key=lambda one: -len(one.path))
    return list(next((group for _, group in groupby(able, key=lambda one: one.path)), ()))


def called(identity: IdentityRow) -> str:
    """What the person calls themselves, or that they don't."""
    return identity.name or phrase("request.somebody", channel=label(identity.channel))


async def waiting(context: Context, staff: Actor | None, limit: int) -> list[tuple[IdentityRow, str]]:
    """Wishes in the area of `staff` that nobody has decided, the oldest first, each with its place."""
    _must_decide(staff)
    async with context.database.read() as connection:
        found = await links.waiting(connection, staff.path if staff else "", limit)
        homes = await linking.households(connection, {one.household_id for one in found})
    return [(one, homes[one.household_id].place) for one in found]


async def decide(context: Context, staff: StaffRow | None, wish_id: int, *, approve: bool) -> Decided:
    """A member of staff's word on a wish; whoever wished it is told where they did, when the service runs. Raises
    `NotFound`, `NotAllowed`, `TooLate`."""
    _must_decide(staff)
    now = context.clock()
    async with context.database.write() as connection:
        wish = await identities.by_id(connection, wish_id)
        if wish is None or (staff is not None and not staff.reaches(wish.path)):
            raise NotFound(phrase("wish.unknown"))  # nothing is said of wishes of other areas
        household = await linking.household(connection, wish.household_id)
        if household is None:  # it has left, and waits no more
            raise NotFound(phrase("wish.unknown"))
        joined = await links.decide(connection, wish.id, approve=approve, staff_id=staff.id if staff else None, now=now)
        if joined is None:
            raise TooLate(phrase("request.too_late"))
        decided = Decided(wish, household.place, approve, joined.credited)
        await links.have_said(connection, wish.id, _answer(decided), now)
        await tidings.take_back(connection, _key(wish.id))  # refused, they may ask for the same again
        await audit.note(connection, at=now, actor=staff.code if staff else "command",
                         action="link" if approve else "refuse link", subject=wish.household,
                         identity=wish.id)  # fmt: skip
    context.ring()
    for broadcast_id in joined.counted:
        context.answered(broadcast_id)
    return decided


def _answer(decided: Decided) -> str:
    name = "wish.approved" if decided.approved else "wish.refused"
    text = phrase(name, head=decided.wish.head_name, area=decided.place)
    return f"{text}\n{phrase('enrol.credited')}" if decided.credited else text


def _must_decide(staff: Actor | None) -> None:
    if staff is not None and not staff.may(Permission.RECORD):
        raise NotAllowed(phrase("wish.not_yours", name=staff.name))

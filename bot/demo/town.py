"""The sample commune as the service knows it: its roster taken in, chats, cards, staff, and people's accounts linked.

Called by `stage.py` on an empty database. Everything goes in through the same doors as in a real commune.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.roster import HouseholdRow
from announcements.types import AreaKind, ChannelKind, Device, Role
from bot.context import Context
from bot.demo import sample
from bot.demo.wording import say
from bot.office.homes import rosters
from db.access import people
from db.access.people import StaffRow
from db.links import cards, identities
from db.links.cards import CardRow
from db.links.identities import Link
from db.places import areas, chats
from db.places.areas import AreaRow
from db.places.chats import ChatRow
from db.tables import Via

ACCOUNT = "rehearsal"  # the account every chat of the demo is on
LINKED = 0.60  # share of households with a smartphone whose account is linked
TWO_MEMBERS = 0.10  # share of those with a second member in the chat

ROLES = {AreaKind.COMMUNE: Role.SECRETARY, AreaKind.VILLAGE: Role.VILLAGE_HEAD, AreaKind.GROUP: Role.GROUP_LEADER}


@dataclass(frozen=True, slots=True)
class Home:
    """A household, what it holds in hand, and who looks after it. `users` are its linked accounts."""

    household_id: int
    household: str  # its code
    head_name: str
    place: str  # "Tổ 3, Thôn Thu Quế"
    device: Device
    card: str
    chat: str  # the address of its group's chat
    leader: StaffRow
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Town:
    """The commune's staff at the top, its chats by address, its households."""

    secretary: StaffRow
    chats: tuple[str, ...]
    homes: tuple[Home, ...]


async def settle(context: Context, folder: Path, households: int, rng: random.Random) -> Town:
    """Build the commune in the empty database of `context`. `folder` takes its roster file."""
    rows = sample.households(households)
    roster = folder / "danh-sach-ho.csv"
    sample.write_roster(roster, rows)
    await rosters.take_in(context, roster)
    async with context.database.write() as connection:
        tree = await areas.tree(connection)
        opened = await _open_chats(connection, tree)
        staff = {place.id: await _appoint(connection, place, rng) for place in tree}
        issued = await cards.issue(connection, tree[0].path, context.clock())
    homes = _homes(rows, issued, opened, staff, rng)
    links = [
        Link(ChannelKind.REHEARSAL, user, home.household_id, Via.CARD, context.clock(), home.head_name)
        for home in homes
        for user in home.users
    ]
    await context.writer.submit_all(identities.link, links)
    return Town(staff[tree[0].id], tuple(chat.address for chat in opened.values()), tuple(homes))


async def _open_chats(connection: AsyncConnection, tree: Sequence[AreaRow]) -> dict[int, ChatRow]:
    """A chat for each village and group, by area id."""
    names = {place.id: place.name for place in tree}
    opened = {}
    for place in tree:
        if place.kind is AreaKind.COMMUNE or place.parent_id is None:
            continue
        title = place.name
        if place.kind is AreaKind.GROUP:
            title = say("town.chat_of_group", group=place.name, village=names[place.parent_id])
        opened[place.id] = await chats.add(connection, account=ACCOUNT, channel=ChannelKind.REHEARSAL,
                                           address=f"-100{place.id:06}", area_id=place.id, title=title)  # fmt: skip
    return opened


async def _appoint(connection: AsyncConnection, place: AreaRow, rng: random.Random) -> StaffRow:
    return await people.add(connection, name=sample.person(rng), role=ROLES[place.kind], area_id=place.id)


def _homes(
    rows: Sequence[HouseholdRow],
    issued: Sequence[CardRow],
    opened: dict[int, ChatRow],
    staff: dict[int, StaffRow],
    rng: random.Random,
) -> list[Home]:
    devices = {row.code: row.device for row in rows}
    return [
        Home(
            household_id=card.household_id,
            household=card.household,
            head_name=card.head_name,
            place=opened[card.area_id].title,
            device=devices[card.household],
            card=card.code,
            chat=opened[card.area_id].address,
            leader=staff[card.area_id],
            users=_users(card, devices[card.household], rng),
        )
        for card in issued
    ]


def _users(card: CardRow, device: Device, rng: random.Random) -> tuple[str, ...]:
    if device is not Device.SMARTPHONE or rng.random() >= LINKED:
        return ()
    members = 2 if rng.random() < TWO_MEMBERS else 1
    return tuple(f"{card.household}-{member}" for member in range(1, members + 1))

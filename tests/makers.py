"""Builders: every argument optional, so that a test names only what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from announcements.text import search_words
from announcements.types import AreaKind, ChannelKind, DeliveryState, Device, Kind, Urgency
from db import outbox
from db.announcing import notices
from db.announcing.notices import BroadcastRow, NewAnnouncement
from db.answering import questions
from db.answering.questions import Asked
from db.dispatch import deliveries
from db.engine import Database
from db.links import identities
from db.links.identities import Link
from db.outbox import Claim, Claimed, Settlement
from db.places import area_changes, chats
from db.places.areas import AreaRow
from db.tables import Via, Why, t
from scheduler import broadcasts

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # twelve o'clock in the commune


@dataclass(slots=True)
class Commune:
    """The places of `make_commune` by name, and its households' ids by the name of their head."""

    root: AreaRow
    villages: dict[str, AreaRow] = field(default_factory=dict)
    groups: dict[str, AreaRow] = field(default_factory=dict)  # "Thu Quế 1"
    households: dict[str, int] = field(default_factory=dict)


PEOPLE = {
    "Thu Quế 1": ("Bà Lan", "Ông Hải"),
    "Thu Quế 2": ("Ông Bình",),
    "Thống Nhất 1": ("Chị Mai", "Anh Tú"),
    "Thống Nhất 2": ("Cụ Sáu",),
}


async def make_commune(database: Database, *, joined_at: datetime = NOON - timedelta(days=30)) -> Commune:
    """Xã Thử: two villages, four groups, six households."""
    async with database.write() as connection:
        root = await area_changes.add(connection, name="Xã Thử", kind=AreaKind.COMMUNE, parent=None)
        commune = Commune(root)
        for place, people in PEOPLE.items():
            village_name, _, number = place.rpartition(" ")
            village = commune.villages.get(village_name)
            if village is None:
                village = await area_changes.add(
                    connection, name=f"Thôn {village_name}", kind=AreaKind.VILLAGE, parent=root,
                    position=len(commune.villages),
                )  # fmt: skip
                commune.villages[village_name] = village
            group = await area_changes.add(
                connection, name=f"Tổ {number}", kind=AreaKind.GROUP, parent=village, position=int(number)
            )  # fmt: skip
            commune.groups[place] = group
            for head in people:
                row = {"code": f"H-{len(commune.households) + 1:03}", "area_id": group.id, "head_name": head,
                       "representative": head, "address": "", "note": "", "device": Device.SMARTPHONE,
                       "joined_at": joined_at, "words": search_words(head)}  # fmt: skip
                made = await connection.execute(t.household.insert().values(row).returning(t.household.c.id))
                commune.households[head] = made.scalar_one()
    return commune


async def make_chats(
    database: Database, places: Sequence[AreaRow], *, account: str = "telegram",
    channel: ChannelKind = ChannelKind.TELEGRAM, reserve: bool = False,
) -> dict[str, str]:  # fmt: skip
    """A chat for each place; addresses by area code."""
    made = {}
    async with database.write() as connection:
        for place in places:
            address = f"-100{place.id:05}"
            await chats.add(connection, account=account, channel=channel, address=address, area_id=place.id,
                            title=place.name, reserve=reserve)  # fmt: skip
            made[place.code] = address
    return made


async def make_identity(
    database: Database, household_id: int, external_id: str, *, channel: ChannelKind = ChannelKind.TELEGRAM
) -> None:
    """A linked account of a household."""
    async with database.write() as connection:
        await identities.link(connection, [Link(channel, external_id, household_id, Via.CARD, NOON)])


async def make_question(
    database: Database,
    area: AreaRow | None,
    text: str = "Họp ở đâu ạ?",
    *,
    household_id: int | None = None,
    broadcast_id: int | None = None,
    why: Why = Why.QUESTION,
    private: bool = False,
    address: str = "nhom-1",
    account: str = "zalo",
    at: datetime = NOON,
) -> int:
    """Something that somebody wrote through a bot of Zalo and a person has to read; returns its number."""
    async with database.write() as connection:
        number = await connection.scalar(select(func.count()).select_from(t.question)) or 0
        asked = Asked(account, ChannelKind.ZALO_BOT, address, private, "u-1", "Lan Nguyễn", text, why, at,
                      f"m{number}", area.id if area else None, household_id, broadcast_id)  # fmt: skip
        await questions.ask(connection, [asked])
        found = await connection.execute(select(t.question.c.id).where(t.question.c.message_id == f"m{number}"))
    return int(found.scalar_one())


async def make_broadcast(
    database: Database,
    places: Sequence[AreaRow],
    *,
    title: str = "Họp thôn",
    body: str = "Mời bà con dự họp tại nhà văn hóa.",
    kind: Kind = Kind.NOTICE,
    urgency: Urgency = Urgency.NORMAL,
    due_at: datetime = NOON,
    valid_until: datetime | None = None,
    publish: bool = True,
    now: datetime = NOON,
) -> BroadcastRow:
    """An announcement to `places`, fanned out unless `publish` is False."""
    new = NewAnnouncement(
        kind=kind,
        urgency=urgency,
        title=title,
        body=body,
        areas=[place.id for place in places],
        due_at=due_at,
        valid_until=valid_until,
    )
    async with database.write() as connection:
        broadcast_id = await notices.create(connection, new, now)
        if publish:
            await broadcasts.publish(connection, broadcast_id, now)
        return await notices.by_id(connection, broadcast_id)


async def take(
    database: Database, *, account: str = "telegram", lease: str = "here", most: int = 100, now: datetime = NOON
) -> list[Claimed]:
    """Claim what is due, for thirty seconds."""
    async with database.write() as connection:
        intent = Claim(account, lease, now, now + timedelta(seconds=30), most)
        return (await outbox.claim(connection, [intent]))[0]


async def settle(
    database: Database, claimed: Sequence[Claimed], to: DeliveryState = DeliveryState.SENT, *, lease: str = "here",
    now: datetime = NOON, next_at: datetime | None = None, summary_due: datetime | None = None,
) -> list[bool]:  # fmt: skip
    """How these ended, each with its button under message 5."""
    async with database.write() as connection:
        settlements = [
            Settlement(one.id, lease, to, now, next_at=next_at, posted=("5",), button_id="5", summary_due=summary_due)
            for one in claimed
        ]
        return await outbox.settle(connection, settlements)


async def delivery_states(database: Database, broadcast_id: int) -> list[DeliveryState]:
    """Of a broadcast's deliveries, sorted."""
    async with database.read() as connection:
        rows = await deliveries.listing(connection, broadcast_id, list(DeliveryState))
    return sorted(row.state for row in rows)

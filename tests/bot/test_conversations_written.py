"""Written answers on Telegram: in private, and under the bot's messages in groups."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from announcements.types import Role
from bot.channels.telegram.updates import TextUpdate
from db.announcing.notices import BroadcastRow
from db.counting import reach
from db.engine import Database
from db.links import identities
from db.tables import t
from db.writer import Writer
from tests.bot.conversation_doubles import World
from tests.makers import NOON, Commune, make_broadcast, make_chats, make_identity, settle, take

LAN, HAI, STRANGER, LEADER = 101, 102, 109, 110


@pytest.fixture
async def sent(database: Database, commune: Commune) -> BroadcastRow:
    """A notice that is message 5 of every group; Bà Lan and Ông Hải are linked."""
    await make_chats(database, [commune.root, *commune.groups.values()])
    for head, user in (("Bà Lan", LAN), ("Ông Hải", HAI)):
        await make_identity(database, commune.households[head], str(user))
    row = await make_broadcast(database, [commune.villages["Thu Quế"]])
    await settle(database, await take(database))
    return row


@pytest.fixture
def world(database: Database, writer: Writer, sent: BroadcastRow) -> World:
    return World(database, writer, now=NOON + timedelta(minutes=1))


def group(commune: Commune) -> int:
    return -int(f"100{commune.groups['Thu Quế 1'].id:05}")


async def write(world: World, commune: Commune, user: int, text: str, *, under: int | None = 5,
                anonymous: bool = False) -> None:  # fmt: skip
    update = TextUpdate(user, "Lan", group(commune), False, 77, text, under, anonymous)
    await world.bot.handle(update)


async def acknowledged(world: World, row: BroadcastRow) -> int:
    async with world.context.database.read() as connection:
        return (await reach.report(connection, row.id, NOON)).total.acknowledged


async def asked(world: World) -> list[str]:
    async with world.context.database.read() as connection:
        return list((await connection.execute(select(t.question.c.text))).scalars())


async def test_under_the_notice_counts_as_the_button_does(world: World, commune: Commune, sent: BroadcastRow) -> None:
    await write(world, commune, LAN, "đã nhận ạ")
    assert await acknowledged(world, sent) == 1
    assert world.moved == [sent.id]
    assert world.chat.said == []


async def test_under_another_message_it_counts_for_nothing(world: World, commune: Commune, sent: BroadcastRow) -> None:
    for under in (6, None):
        await write(world, commune, LAN, "đã nhận ạ", under=under)
    await write(world, commune, 0, "đã nhận", anonymous=True)
    assert (await acknowledged(world, sent), await asked(world), world.chat.said) == (0, [], [])


async def test_a_question_under_the_notice_waits_for_a_person(world: World, commune: Commune) -> None:
    await write(world, commune, LAN, "mấy giờ họp vậy?")
    assert await asked(world) == ["mấy giờ họp vậy?"]


async def test_a_stranger_is_told_once_how_to_link(world: World, commune: Commune, sent: BroadcastRow) -> None:
    for _ in range(2):
        await write(world, commune, STRANGER, "đã nhận")
    (hint,) = world.to(group(commune))
    assert f"/n/{sent.announcement}" in hint.text
    assert await acknowledged(world, sent) == 0


async def test_a_card_under_the_notice_links(world: World, commune: Commune) -> None:
    async with world.context.database.write() as connection:
        card = {"household_id": commune.households["Ông Bình"], "code": "7K3M9Q", "issued_at": NOON}
        await connection.execute(t.card.insert().values(card))
    await write(world, commune, STRANGER, "LK 7K3M9Q")
    async with world.context.database.read() as connection:
        linked = await identities.of(connection, world.bot._kind, str(STRANGER))
    assert [one.head_name for one in linked] == ["Ông Bình"]
    assert "Bình" not in world.last(group(commune)).text


async def test_in_private_the_household_is_named(world: World, sent: BroadcastRow) -> None:
    await world.text(LAN, "đã nhận")
    assert f"hộ Bà Lan trả lời thông báo {sent.announcement}" in world.last(LAN).text
    await world.text(LAN, "đã rõ")
    assert "đã được ghi nhận trước đó" in world.last(LAN).text
    assert await acknowledged(world, sent) == 1


async def test_what_staff_write_is_no_answer(world: World, commune: Commune, sent: BroadcastRow) -> None:
    await world.staff("Ông Tư", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=LEADER)
    await world.text(LEADER, "họp lúc mấy giờ?")
    assert "/thongbao" in world.last(LEADER).text
    assert await asked(world) == []

"""A chat that moved: told of in any order and more than once, and found under every address it had."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from announcements.types import ChannelKind, Grade
from db.answering import presses
from db.answering.presses import Press, PressVerdict
from db.engine import Database
from db.places import chats
from db.places.chats import ChatRow, Health, Move
from db.tables import t
from tests.makers import NOON, Commune, make_broadcast, make_chats, make_identity, settle, take


@pytest.fixture
async def old(database: Database, commune: Commune) -> str:
    """The address of the chat of Bà Lan's group."""
    return (await make_chats(database, [commune.groups["Thu Quế 1"]]))["thu-que-to-1"]


async def move(database: Database, *moves: tuple[str, str]) -> list[bool]:
    async with database.write() as connection:
        return await chats.move(connection, [Move("telegram", before, after, NOON) for before, after in moves])


async def find(database: Database, address: str) -> ChatRow | None:
    async with database.read() as connection:
        return await chats.by_address(connection, "telegram", address)


async def test_a_moved_chat_keeps_its_place_and_takes_its_new_address(database: Database, old: str) -> None:
    before = await find(database, old)
    assert before is not None
    assert await move(database, (old, "-100new")) == [True]
    after = await find(database, "-100new")
    assert after is not None
    assert (after.id, after.area_id, after.active) == (before.id, before.area_id, True)
    assert await find(database, old) is None


async def test_told_twice_in_one_batch_and_later_it_moves_once(database: Database, old: str) -> None:
    assert await move(database, (old, "-100new"), (old, "-100new")) == [True, False]
    assert await move(database, (old, "-100new")) == [False]
    row = await find(database, "-100new")
    assert row is not None
    assert row.active


async def test_a_chat_already_known_under_its_new_address_takes_over(
    database: Database, commune: Commune, old: str
) -> None:
    async with database.write() as connection:
        fresh = await chats.add(connection, account="telegram", channel=ChannelKind.TELEGRAM, address="-100new",
                                area_id=commune.groups["Thu Quế 1"].id, title="Tổ 1")  # fmt: skip
    assert await move(database, (old, "-100new")) == [True]
    assert await move(database, (old, "-100new")) == [True]
    left = await find(database, old)
    assert left is not None
    assert not left.active
    assert (await find(database, "-100new")) == fresh
    async with database.read() as connection:
        aliases = (await connection.execute(select(t.old_address.c.address, t.old_address.c.chat_id))).all()
    assert [tuple(row) for row in aliases] == [(old, fresh.id)]


async def test_a_move_to_where_it_is_changes_nothing(database: Database, old: str) -> None:
    assert await move(database, (old, old)) == [False]
    row = await find(database, old)
    assert row is not None
    assert row.active


async def test_a_press_is_found_under_every_address_a_chat_had(database: Database, commune: Commune, old: str) -> None:
    await make_identity(database, commune.households["Bà Lan"], "11")
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    await settle(database, await take(database))
    await move(database, (old, "-100new"))
    await move(database, ("-100new", "-100newer"))
    async with database.write() as connection:
        for address in (old, "-100new", "-100newer"):
            press = Press("telegram", ChannelKind.TELEGRAM, address, "11", row.code, Grade.RECEIVED, NOON)
            (result,) = await presses.press(connection, [press])
            assert result.verdict in (PressVerdict.RECORDED, PressVerdict.AGAIN)
        elsewhere = Press("another", ChannelKind.TELEGRAM, old, "11", row.code, Grade.RECEIVED, NOON)
        (result,) = await presses.press(connection, [elsewhere])
        assert result.verdict is PressVerdict.FOREIGN


async def test_a_refusal_marks_a_chat_and_a_success_or_a_move_clears_it(database: Database, old: str) -> None:
    row = await find(database, old)
    assert row is not None
    async with database.write() as connection:
        await chats.note_health(connection, [Health(row.id, "blocked", NOON)])
        lost = await chats.by_address(connection, "telegram", old)
        assert lost is not None
        assert lost.lost_reason == "blocked"
        await chats.note_health(connection, [Health(row.id, "", NOON + timedelta(hours=1))])
        well = await chats.by_address(connection, "telegram", old)
        assert well is not None
        assert well.lost_reason == ""

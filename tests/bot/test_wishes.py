"""People without a card: they say a name, the nearest staff say yes or no, whatever channel each of them is on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from announcements.answers import read_answer
from announcements.channels import ChannelError, Refused, RefusedReason, SlowDown, TryLater
from announcements.hearing import Heard
from announcements.mistakes import NotFound
from announcements.phrases import phrase
from announcements.types import ChannelKind, Role
from bot.channels.ports import ButtonRows
from bot.office.homes import households, wishes
from bot.office.homes.joining import Person
from bot.office.homes.wishes import TooLate, bare_name
from bot.tidings.wish_answers import say_decided
from db.answering import replies
from db.answering.replies import Reply
from db.counting import reach
from db.engine import Database
from db.links import identities
from db.links import wishes as links
from db.tables import t
from scheduler import upkeep
from tests.bot.conftest_board import Village, open_board
from tests.bot.terminal import Terminal
from tests.makers import make_chats, settle, take

ZALO = ChannelKind.ZALO_BOT
SON = Person(ZALO, "u-son", "Sơn")


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(sqlite_database, tmp_path) as village:
        yield village


APPROVED = phrase("wish.approved", head="Bà Lan", area="Tổ 1, Thôn Thu Quế")


@dataclass(slots=True)
class FakeWay:
    """Remembers what it told; `failures` are raised one by one."""

    failures: list[ChannelError] = field(default_factory=list)
    kind: ChannelKind = ZALO
    told: list[tuple[str, str]] = field(default_factory=list)

    async def tell(self, person: str, text: str, rows: ButtonRows) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.told.append((person, text))


async def said(village: Village, way: FakeWay | None = None) -> list[tuple[str, str]]:
    """What people who wished to be linked are told in one step of the service."""
    way = way or FakeWay()
    await say_decided(village.context, [way])
    return way.told


async def ask(village: Village, name: str, place: str | None = "Thu Quế 1") -> int | None:
    """Sơn asks in the group of `place`, or in private; the wish's number."""
    path = village.area(place).path if place else None
    async with village.context.database.read() as connection:
        chosen = await wishes.meant(connection, name, path)
    if chosen is None:
        return None
    identity = await wishes.ask(village.context, SON, chosen)
    return identity.id if identity else None


@pytest.mark.parametrize("name", ["Bà Lan", "ba lan", "hộ bà Lan", "LAN", "Lan"])
async def test_one_household_can_be_meant(village: Village, name: str) -> None:
    assert await ask(village, name) is not None


@pytest.mark.parametrize(
    ("name", "place"), [("Chị Mai", "Thu Quế 1"), ("Ông Không Có", None), ("ông", None), ("%", None)]
)
async def test_nobody_else_can(village: Village, name: str, place: str | None) -> None:
    assert await ask(village, name, place) is None


async def test_a_name_is_compared_without_its_titles() -> None:
    assert bare_name("Hộ ông Nguyễn Văn Hải") == "nguyen van hai"
    assert bare_name("Bà") == "ba"


async def test_the_nearest_staff_are_told_and_decide_on_their_page(village: Village) -> None:
    leader_id = await village.staff(Role.GROUP_LEADER, "Thu Quế 1")
    await village.staff(Role.VILLAGE_HEAD, "Thu Quế")
    number = await ask(village, "Bà Lan")
    async with village.context.database.read() as connection:
        told = (await connection.execute(select(t.tiding.c.staff_id))).scalars().all()
    assert told == [leader_id]
    leader = await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1")
    page = await leader.get("/wishes")
    assert "Sơn" in page.text
    assert "Bà Lan" in page.text
    answered = await leader.post(f"/wishes/{number}", data={"yes": "true"}, follow_redirects=True)
    assert "Đã xác nhận là người của hộ Bà Lan" in answered.text
    assert "Không có ai chờ xác nhận" in answered.text
    async with village.context.database.read() as connection:
        assert [one.head_name for one in await identities.of(connection, ZALO, SON.external_id)] == ["Bà Lan"]
    assert await said(village) == [(SON.external_id, APPROVED)]
    again = await leader.post(f"/wishes/{number}", data={"yes": "true"}, follow_redirects=True)
    assert phrase("request.too_late") in again.text


async def test_a_wish_of_the_next_village_is_none_of_theirs(village: Village) -> None:
    number = await ask(village, "Bà Lan")
    assert number is not None
    foreign: httpx.AsyncClient = await village.sign_in(Role.GROUP_LEADER, "Thống Nhất 1")
    assert "Bà Lan" not in (await foreign.get("/wishes")).text
    assert (await foreign.post(f"/wishes/{number}", data={"yes": "true"})).status_code == 404


async def test_a_refused_wish_links_nobody_and_waits_no_more(village: Village) -> None:
    number = await ask(village, "Bà Lan")
    assert number is not None
    await wishes.decide(village.context, None, number, approve=False)
    assert await wishes.waiting(village.context, None, 10) == []
    with pytest.raises(TooLate):
        await wishes.decide(village.context, None, number, approve=True)
    with pytest.raises(NotFound):
        await wishes.decide(village.context, None, 999, approve=True)


async def test_staff_are_told_again_when_somebody_refused_asks_again(village: Village) -> None:
    leader_id = await village.staff(Role.GROUP_LEADER, "Thu Quế 1")
    first = await ask(village, "Bà Lan")
    assert first is not None
    async with village.context.database.write() as connection:
        await connection.execute(t.tiding.update().values(done_at=village.now))
    village.now += timedelta(minutes=5)
    await ask(village, "Bà Lan")  # while it waits nobody is told twice
    async with village.context.database.read() as connection:
        assert len((await connection.execute(select(t.tiding.c.id))).all()) == 1
    await wishes.decide(village.context, None, first, approve=False)
    await ask(village, "Bà Lan")
    async with village.context.database.read() as connection:
        waiting = select(t.tiding.c.staff_id).where(t.tiding.c.done_at.is_(None))
        assert (await connection.execute(waiting)).scalars().all() == [leader_id]


async def test_what_was_answered_before_the_link_counts_with_it(village: Village) -> None:
    addresses = await make_chats(village.context.database, [village.area("Thu Quế 1")], account="zalo", channel=ZALO)
    notice = await village.announce()
    database, now = village.context.database, village.now
    await settle(database, await take(database, account="zalo", now=now), now=now)
    (address,) = addresses.values()
    heard = Heard("m1", address, SON.external_id, False, "đã nhận")
    said = Reply("zalo", ZALO, heard, read_answer(heard.text), now, addressed=True)
    assert (await village.context.writer.submit(replies.reply, said)).verdict == "stranger"
    number = await ask(village, "Bà Lan")
    assert number is not None
    assert (await wishes.decide(village.context, None, number, approve=True)).credited == 1
    assert village.answered == [notice.broadcast_id]
    async with database.read() as connection:
        assert (await reach.report(connection, notice.broadcast_id, now)).total.acknowledged == 1


async def test_whoever_wished_is_told_once_in_the_same_words_whoever_decided_and_wherever(village: Village) -> None:
    number = await ask(village, "Bà Lan")
    assert number is not None
    await wishes.decide(village.context, None, number, approve=True)  # the terminal
    way = FakeWay([SlowDown(60), Refused(RefusedReason.BLOCKED)])
    assert await said(village, way) == []
    assert await said(village, way) == []  # not yet
    village.later(minutes=1)
    assert await said(village, way) == []  # they don't take messages, and are not asked to for ever
    assert way.failures == []
    assert await said(village) == []


async def test_what_surely_was_not_said_of_a_wish_is_said_later(village: Village) -> None:
    number = await ask(village, "Bà Lan")
    assert number is not None
    await wishes.decide(village.context, None, number, approve=True)
    way = FakeWay([TryLater()])
    assert await said(village, way) == []
    village.later(minutes=1)
    assert await said(village, way) == [(SON.external_id, APPROVED)]
    assert await said(village) == []


async def test_who_asks_again_is_not_told_of_the_earlier_wish_any_more(village: Village) -> None:
    number = await ask(village, "Bà Lan")
    assert number is not None
    await wishes.decide(village.context, None, number, approve=False)
    await ask(village, "Bà Lan")
    assert await said(village) == []
    await wishes.decide(village.context, None, number, approve=True)
    assert await said(village) == [(SON.external_id, APPROVED)]


async def test_who_was_taken_off_meanwhile_is_not_told_that_they_are_linked(village: Village) -> None:
    number = await ask(village, "Bà Lan")
    assert number is not None
    await wishes.decide(village.context, None, number, approve=True)
    await households.revoke_link(village.context, "H-001", number)
    await households.revoke_link(village.context, "H-001", number, back=True)
    assert await said(village) == []


async def test_nor_when_it_was_being_said_and_could_not_be(village: Village) -> None:
    number = await ask(village, "Bà Lan")
    assert number is not None
    await wishes.decide(village.context, None, number, approve=True)
    async with village.context.database.read() as connection:
        (waits,) = await links.to_say(connection, [ZALO], village.now, 10)
    async with village.context.database.write() as connection:
        assert await links.begin(connection, waits, village.now)
    await households.revoke_link(village.context, "H-001", number)
    async with village.context.database.write() as connection:
        await links.again(connection, waits, village.now)
    assert await said(village) == []


async def test_what_could_not_be_said_of_a_wish_within_a_day_is_forgotten(village: Village) -> None:
    number = await ask(village, "Bà Lan")
    assert number is not None
    await wishes.decide(village.context, None, number, approve=True)
    database, decided_at = village.context.database, village.now
    assert await upkeep.forget_wishes(database, decided_at + timedelta(hours=23)) == 0
    assert await upkeep.forget_wishes(database, decided_at + timedelta(hours=24)) == 1
    async with database.read() as connection:
        assert (await connection.execute(select(t.identity.c.to_say, t.identity.c.say_at))).all() == [("", None)]


async def test_nobody_is_linked_to_a_household_that_has_left_since(village: Village) -> None:
    number = await ask(village, "Bà Lan")
    assert number is not None
    await households.leave(village.context, "H-001")
    with pytest.raises(NotFound):
        await wishes.decide(village.context, None, number, approve=True)
    assert await said(village) == []


async def test_nobody_is_told_through_another_channel(village: Village) -> None:
    number = await ask(village, "Bà Lan")
    assert number is not None
    await wishes.decide(village.context, None, number, approve=True)
    assert await said(village, FakeWay(kind=ChannelKind.TELEGRAM)) == []


def test_the_terminal_decides_too(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    assert terminal.json("wish", "list") == []
    assert "Không có ai chờ xác nhận" in terminal.loa("wish", "list").out
    assert "Không có yêu cầu này" in terminal.loa("wish", "approve", 7, status=1).err

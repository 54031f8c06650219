"""Presses that Telegram threw away while nobody listened: reported as lost, to whom it matters, once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from announcements.channels import Unsure
from announcements.drafts import Draft
from announcements.reach import Answer
from announcements.types import ChannelKind, How, Role
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import TelegramChannel
from bot.conversations import outages
from bot.office.notices import announcing
from db.access.people import StaffRow
from db.answering import answers
from db.answering.answers import Record
from db.engine import Database
from db.platforms import accounts
from db.platforms import outages as kept
from db.platforms.inbox import Stored
from db.platforms.outages import OutageRow
from db.writer import Writer
from tests.bot.conversation_doubles import World
from tests.bot.terminal import Terminal
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import server_error
from tests.fakes.telegram_world import User
from tests.makers import Commune, make_chats, settle, take

ACCOUNT = "telegram"


async def ignore(stored: list[Stored]) -> None: ...


class Office:
    """A village head with a notice in the chat of Bà Lan's group, and the account's receiver on Telegram's clock."""

    def __init__(self, telegram: FakeTelegram, world: World, channel: TelegramChannel, commune: Commune) -> None:
        self.telegram, self.world, self.channel, self.commune = telegram, world, channel, commune
        self.head = telegram.user("Trưởng thôn")
        telegram.private(self.head)
        self.restart()

    def restart(self) -> None:
        self.receiver = Receiver(ACCOUNT, self.channel, self.world.context.writer, self.now, ignore)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.telegram.clock.now(), UTC)

    async def announce(self, staff: StaffRow, title: str = "Họp thôn", **more: datetime) -> int:
        self.world.time = self.now()
        row = await announcing.announce(self.world.context, Draft(title, "Tối nay.", **more), to=["thu-que-to-1"],
                                        staff=staff)  # fmt: skip
        database = self.world.context.database
        await settle(database, await take(database, now=self.now()), now=self.now())
        return row.id

    async def tell(self) -> int:
        self.world.time = self.now()
        return await outages.tell(self.world.context, ACCOUNT, ChannelKind.TELEGRAM, self.channel)

    async def outages(self) -> list[OutageRow]:
        async with self.world.context.database.read() as connection:
            return await kept.latest(connection, self.now() - timedelta(days=1))

    def said(self, user: User) -> list[str]:
        return [message.text for message in self.telegram.sent(user.id)]


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as telegram:
        yield telegram


@pytest.fixture
async def office(telegram: FakeTelegram, database: Database, writer: Writer, commune: Commune) -> AsyncIterator[Office]:
    channel = TelegramChannel(telegram.token, telegram.base_url)
    async with database.write() as connection:
        await accounts.register(connection, ACCOUNT, ChannelKind.TELEGRAM)
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    office = Office(telegram, World(database, writer), channel, commune)
    await office.receiver.step(0)
    yield office
    await channel.close()


@pytest.fixture
async def head(office: Office) -> StaffRow:
    group = office.commune.groups["Thu Quế 1"]
    return await office.world.staff("Trưởng thôn", Role.GROUP_LEADER, group, account=office.head.id)


@pytest.mark.parametrize("restarted", [False, True])
async def test_three_minutes_without_a_listener_are_told_to_the_author_of_an_open_notice(
    office: Office, head: StaffRow, caplog: pytest.LogCaptureFixture, restarted: bool
) -> None:
    await office.announce(head)
    lan = office.telegram.user("Lan")
    group = office.telegram.group("Tổ 1", [lan])
    office.telegram.press(lan, group.id, 5, "ack:TB-0000.1")
    if restarted:
        office.restart()
    office.telegram.clock.advance(200)
    with caplog.at_level(logging.WARNING):
        assert await office.receiver.step(0) == 0
    assert len(office.telegram.lost) == 1
    assert "presses of buttons in that time are lost" in caplog.text
    assert await office.tell() == 1
    (said,) = office.said(office.head)
    (outage,) = await office.outages()
    ended = office.world.context.local(outage.ended_at)
    assert f"đến {ended:%H:%M} máy không nhận được bấm nút" in said
    assert "Họp thôn" in said
    assert timedelta(seconds=200) <= outage.ended_at - outage.began_at < timedelta(seconds=230)
    assert await office.tell() == 0


async def test_two_minutes_cost_no_press_and_nobody_is_told(office: Office, head: StaffRow) -> None:
    await office.announce(head)
    lan = office.telegram.user("Lan")
    office.telegram.press(lan, office.telegram.group("Tổ 1", [lan]).id, 5, "ack:TB-0000.1")
    office.telegram.clock.advance(120)
    assert await office.receiver.step(0) == 1
    assert await office.tell() == 0
    assert await office.outages() == []


async def test_a_platform_that_is_away_is_an_outage_as_well(office: Office, head: StaffRow) -> None:
    await office.announce(head)
    office.telegram.fault(server_error(), method="getUpdates", times=3)
    for _ in range(3):
        office.telegram.clock.advance(60)
        with pytest.raises(Unsure):
            await office.receiver.step(0)
    await office.receiver.step(0)
    assert await office.tell() == 1


async def test_the_first_start_and_a_quiet_hour_are_none(office: Office, head: StaffRow) -> None:
    await office.announce(head)
    for _ in range(30):
        office.telegram.clock.advance(120)
        await office.receiver.step(0)
    assert await office.outages() == []


async def test_authors_of_notices_that_are_over_or_answered_by_all_are_left_alone(
    office: Office, head: StaffRow
) -> None:
    await office.announce(head, valid_until=office.now() + timedelta(hours=1))
    answered = await office.announce(head, "Nộp quỹ")
    for name in ("Bà Lan", "Ông Hải"):
        answer = Answer(How.BOARD, office.now(), channel="board")
        record = Record(answered, office.commune.households[name], answer)
        await office.world.context.writer.submit(answers.record, record)
    for _ in range(60):
        office.telegram.clock.advance(120)
        await office.receiver.step(0)
    office.telegram.clock.advance(400)
    await office.receiver.step(0)
    assert await office.outages() != []
    assert await office.tell() == 0


async def test_an_author_who_blocked_the_bot_keeps_nobody_else_from_hearing(office: Office, head: StaffRow) -> None:
    other = office.telegram.user("Phó thôn")
    office.telegram.private(other)
    staff = await office.world.staff("Phó thôn", Role.VILLAGE_HEAD, office.commune.villages["Thu Quế"],
                                     account=other.id)  # fmt: skip
    await office.announce(head)
    await office.announce(staff, "Dọn đường")
    office.telegram.block(office.head)
    office.telegram.clock.advance(200)
    await office.receiver.step(0)
    assert await office.tell() == 1
    assert office.said(office.head) == []
    assert "Dọn đường" in office.said(other)[0]
    assert "Họp thôn" not in office.said(other)[0]


def test_doctor_tells_of_lately_lost_presses_and_calls_them_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)  # the command line's would outlive this test
    terminal = Terminal(tmp_path / "data")
    terminal.loa("migrate")

    async def lose() -> None:
        database = Database(f"sqlite+aiosqlite:///{terminal.folder / 'loa.db'}")
        async with database.write() as connection:
            await accounts.register(connection, ACCOUNT, ChannelKind.TELEGRAM)
            now = datetime.now(UTC)
            await kept.heard(connection, [kept.Heard(ACCOUNT, now, now - timedelta(minutes=7))])
        await database.close()

    asyncio.run(lose())
    findings = terminal.json("doctor", status=1)["findings"]  # 1: there is no roster
    (found,) = [one for one in findings if one["subject"] == f"Tài khoản {ACCOUNT}"]
    assert "không nhận được bấm nút" in found["sentence"]
    assert not found["fault"]

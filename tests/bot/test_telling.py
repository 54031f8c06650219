"""Staff are told in private what concerns them: once, through whatever account reaches them, in nobody's way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape

import pytest

from announcements.channels import Button, ChannelError, Refused, RefusedReason, SlowDown, TryLater, Unsure
from announcements.types import ChannelKind, Role
from bot.channels.registry import Account
from bot.channels.telegram.sender import TelegramChannel
from bot.tidings.telling import Telling, tell_staff
from bot.tidings.ways import AFTER_A_FAULT, ButtonRows, way_of
from db import tidings
from db.access import people
from db.access.people import StaffRow
from db.engine import Database
from db.tables import t
from db.tidings import Tiding
from db.writer import Writer
from scheduler import upkeep
from scheduler.limiter import Limiter
from tests.bot.conversation_doubles import World
from tests.doubles import ScriptedChannel
from tests.fakes.telegram import FakeTelegram
from tests.makers import Commune

TOLD = [[Button("✅ Đã đăng", "dt:p:1")]]


@dataclass(slots=True)
class FakeWay:
    """Remembers what it said; `failures` are raised one by one, by whatever comes next."""

    kind: ChannelKind = ChannelKind.TELEGRAM
    said: list[tuple[str, str, ButtonRows]] = field(default_factory=list)
    failures: list[ChannelError] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def tell(self, person: str, text: str, rows: ButtonRows) -> None:
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.said.append((person, text, rows))

    @property
    def texts(self) -> list[str]:
        return [text for _, text, _ in self.said]


class Office:
    """The leader of Bà Lan's group, whose account is 77, and a way to write to them."""

    def __init__(self, world: World, lead: StaffRow) -> None:
        self.world, self.lead, self.way = world, lead, FakeWay()
        self.restart()

    def restart(self) -> None:
        self.telling = Telling(self.world.context, [self.way])

    async def put(self, text: str | list[str], key: str = "k", **more: object) -> int:
        return await tell_staff(self.world.context, [self.lead.id], text, key=key, **more)  # type: ignore[arg-type]

    async def tell(self) -> list[str]:
        """Whatever waits is told, as far as it can be now; what was said in all."""
        while await self.telling.step():
            await self.telling.settle()
        return self.way.texts


@pytest.fixture
async def office(database: Database, writer: Writer, commune: Commune) -> AsyncIterator[Office]:
    world = World(database, writer)
    lead = await world.staff("Ông Tổ", Role.GROUP_LEADER, commune.groups["Thu Quế 1"], account=77)
    yield Office(world, lead)


async def test_what_is_told_comes_in_order_with_the_buttons_under_the_last(office: Office) -> None:
    assert await office.put(["Nguyên văn", "Xin đăng"], rows=TOLD) == 1
    await office.tell()
    assert office.way.said == [("77", "Nguyên văn", ()), ("77", "Xin đăng", (tuple(TOLD[0]),))]


async def test_the_same_thing_is_told_once_however_often_it_is_asked_for(office: Office) -> None:
    assert [await office.put("Một"), await office.put("Một lần nữa")] == [1, 0]
    await office.tell()
    office.restart()
    assert await office.put("Một") == 0
    assert await office.tell() == ["Một"]


async def test_words_that_were_said_are_not_kept(office: Office, database: Database) -> None:
    await office.put("Chuyện của hộ bà Lan")
    await office.tell()
    async with database.read() as connection:
        row = (await connection.execute(t.tiding.select())).one()
    assert (row.texts, row.buttons) == ([], [])


async def test_after_a_crash_a_message_is_missing_rather_than_there_twice(office: Office) -> None:
    await office.put(["Một", "Hai", "Ba"])
    office.way.gate = asyncio.Event()
    await office.telling.step()
    for _ in range(200):  # until it is marked as said; then the process is killed
        await asyncio.sleep(0.005)
        async with office.world.context.database.read() as connection:
            if (await tidings.waiting(connection, office.world.time, 9))[0].said:
                break
    for task in list(office.telling._telling.values()):
        task.cancel()
    await asyncio.sleep(0)
    office.way.gate = None
    office.restart()
    assert await office.tell() == ["Hai", "Ba"]


async def test_what_surely_did_not_go_out_is_tried_again_later(office: Office) -> None:
    await office.put(["Một", "Hai"])
    office.way.failures = [TryLater("no line")]
    assert await office.tell() == []
    office.world.pass_time(seconds=AFTER_A_FAULT.total_seconds())
    office.way.failures = [SlowDown(3.0)]
    assert await office.tell() == []
    office.world.pass_time(seconds=3)
    assert await office.tell() == ["Một", "Hai"]


async def test_what_may_have_gone_out_is_not_repeated(office: Office) -> None:
    await office.put(["Một", "Hai"])
    office.way.failures = [Unsure()]
    assert await office.tell() == ["Hai"]


async def test_a_second_account_is_tried_where_the_first_is_refused(office: Office) -> None:
    second = FakeWay()
    office.telling.ways = [office.way, second]
    office.way.failures = [Refused(RefusedReason.BLOCKED)]
    await office.put("Một")
    await office.tell()
    assert (office.way.texts, second.texts) == ([], ["Một"])


async def test_who_blocked_every_account_is_left_alone(office: Office) -> None:
    office.way.failures = [Refused(RefusedReason.BLOCKED)]
    await office.put("Một")
    assert await office.tell() == []
    office.world.pass_time(hours=1)
    assert await office.tell() == []


async def test_who_has_no_account_or_no_office_any_more_is_left_out(office: Office, commune: Commune) -> None:
    nobody = await office.world.staff("Bà Không", Role.GROUP_LEADER, commune.groups["Thu Quế 1"])
    assert await tell_staff(office.world.context, [nobody.id, office.lead.id], "Một", key="x") == 2
    async with office.world.context.database.write() as connection:
        await people.end(connection, office.lead.id, office.world.time)
    assert await office.tell() == []


async def test_what_is_too_late_is_not_told(office: Office) -> None:
    await office.put("Họp lúc 19 giờ", until=office.world.time + timedelta(minutes=5))
    office.world.pass_time(minutes=6)
    assert await office.tell() == []
    await office.put("Một", "other")
    office.world.pass_time(days=2)
    assert await office.tell() == []


async def test_one_person_is_told_one_thing_after_the_other(office: Office) -> None:
    for number in range(3):
        await office.put([f"{number} đầu", f"{number} cuối"], f"k{number}")
    assert await office.telling.step() == 1
    await office.telling.settle()
    assert await office.tell() == ["0 đầu", "0 cuối", "1 đầu", "1 cuối", "2 đầu", "2 cuối"]


async def test_a_reason_that_is_taken_back_takes_its_telling_along(office: Office, database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.write() as connection:
            await tidings.put(connection, [Tiding(office.lead.id, "k", ("Một",))], office.world.time)
            raise RuntimeError("the reason failed")
    assert await office.tell() == []


async def test_what_was_told_is_forgotten_after_a_month(office: Office, database: Database) -> None:
    await office.put("Một")
    await office.tell()
    assert await upkeep.forget_tidings(database, office.world.time + timedelta(days=29)) == 0
    assert await upkeep.forget_tidings(database, office.world.time + timedelta(days=31)) == 1


async def test_on_telegram_it_is_plain_text_with_buttons_at_the_account_s_pace(office: Office) -> None:
    async with FakeTelegram() as telegram:
        lead = telegram.user("Ông Tổ")
        telegram.private(lead)
        channel = TelegramChannel(telegram.token, telegram.base_url)
        limiter = Limiter(25)
        way = way_of(Account("telegram", ChannelKind.TELEGRAM, channel), limiter)
        assert way is not None
        await way.tell(str(lead.id), "Nước < 3 m & đang lên", TOLD)
        await channel.close()
        (message,) = telegram.sent(lead.id)
        assert unescape(message.text) == "Nước < 3 m & đang lên"
        assert limiter._next > 0


async def test_a_channel_that_writes_to_nobody_in_private_is_no_way() -> None:
    assert way_of(Account("board", ChannelKind.BOARD, ScriptedChannel()), Limiter(1)) is None


class Plain(ScriptedChannel):
    """A channel that says plain text, to an address that differs from the person's id."""

    def private(self, person: str) -> str:
        return f"user:{person}"

    async def say(self, address: str, text: str) -> None:
        if self.script[address]:
            raise self.script[address].popleft()
        self.edits.append((address, text, None))


async def test_any_channel_that_says_plain_text_is_a_way() -> None:
    channel = Plain()
    limiter = Limiter(1_000)
    counted: list[bool] = []

    async def count() -> None:
        counted.append(True)

    way = way_of(Account("zalo", ChannelKind.REHEARSAL, channel), limiter, count)
    assert way is not None
    await way.tell("5", "Xin đăng", TOLD)
    assert channel.edits == [("user:5", "Xin đăng", None)]
    assert counted == [True]
    channel.will("user:5", SlowDown(9.0))
    with pytest.raises(SlowDown):
        await way.tell("5", "Xin đăng", ())
    assert counted == [True]  # what was refused counts for nothing
    assert limiter.wait("user:5", asyncio.get_running_loop().time()) > 0

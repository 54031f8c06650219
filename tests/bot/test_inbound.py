"""Presses through the whole incoming side on a strict Telegram: answered kindly, counted rightly, whatever comes."""

import random
from collections.abc import AsyncIterator

import pytest

from announcements.rendering import toast
from announcements.types import ChannelKind, Role
from bot.channels.registry import Account
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import TelegramChannel
from bot.conversations import Conversations
from bot.ears.telegram_desk import Desk
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.counting import reach
from db.engine import Database
from db.links import cards
from db.tables import t
from db.writer import Writer
from scheduler.asides import Asides
from scheduler.counters import Counters
from scheduler.limiter import Limiter
from scheduler.reposts import Reposts
from tests.bot.conversation_doubles import World
from tests.bot.telegram_line import group_of, messages_of, send_out
from tests.doubles import StepClock
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_membership import Notice
from tests.fakes.telegram_world import ANONYMOUS_ADMIN_ID, Answer, Chat, Json, Message, Press, Standing, User
from tests.makers import NOON, Commune, make_broadcast, make_identity


class Village:
    """A notice in the group of Bà Lan and Ông Hải, who are linked; Chị Mai is of the next village."""

    def __init__(self, telegram: FakeTelegram, world: World, channel: TelegramChannel, commune: Commune) -> None:
        self.telegram, self.world, self.channel, self.commune = telegram, world, channel, commune
        self.lan, self.hai, self.mai = (telegram.user(name) for name in ("Lan", "Hải", "Mai"))
        context = world.context
        talk = Conversations(context, "telegram", ChannelKind.TELEGRAM, channel)
        self.desk = Desk(context, Account("telegram", ChannelKind.TELEGRAM, channel), channel, talk)
        self.desk.presses.public_name = "loa_thon_bot"
        self.receiver = Receiver("telegram", channel, context.writer, context.clock, self.desk.handle)
        messages, limiter = messages_of(world, channel), Limiter(1_000)
        self.clock = StepClock()
        self.counters = Counters(
            "telegram",
            channel,
            context.database,
            context.writer,
            messages,
            limiter,
            context.clock,
            self.clock.monotonic,
        )
        asides = Asides(
            "telegram", channel, context.database, context.writer, limiter, context.clock, messages.zone,
            self.clock.monotonic,
        )  # fmt: skip
        self.reposts = Reposts(asides, messages)

    async def open(self) -> "Village":
        heads = (("Bà Lan", self.lan), ("Ông Hải", self.hai), ("Chị Mai", self.mai))
        for head, user in heads:
            await make_identity(self.world.context.database, self.commune.households[head], str(user.id))
        place = self.commune.groups["Thu Quế 1"]
        self.group = await group_of(self.telegram, self.world, place, [self.lan, self.hai])
        self.row = await self.notice()
        return self

    async def notice(self) -> BroadcastRow:
        row = await make_broadcast(self.world.context.database, [self.commune.groups["Thu Quế 1"]])
        await send_out(self.world, self.channel, row)
        return row

    @property
    def message(self) -> Message:
        return self.telegram.sent(self.group.id)[0]

    @property
    def data(self) -> str:
        return f"ack:{self.row.code}"

    def press(self, user: User, *, chat: Chat | None = None, data: str = "") -> Press:
        return self.telegram.press(user, (chat or self.group).id, self.message.message_id, data or self.data)

    async def hear(self) -> None:
        """Take in what waits at Telegram, and answer it."""
        while await self.receiver.step(0):
            await self.desk.settle()

    async def pressed(self, user: User, *, chat: Chat | None = None, data: str = "") -> Answer:
        press = self.press(user, chat=chat, data=data)
        await self.hear()
        assert press.answer is not None, "the button keeps spinning"
        return press.answer

    async def acknowledged(self) -> int:
        async with self.world.context.database.read() as connection:
            return (await reach.report(connection, self.row.id, NOON)).total.acknowledged


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as telegram:
        yield telegram


@pytest.fixture
async def village(
    telegram: FakeTelegram, database: Database, writer: Writer, commune: Commune
) -> AsyncIterator[Village]:
    channel = TelegramChannel(telegram.token, telegram.base_url)
    yield await Village(telegram, World(database, writer), channel, commune).open()
    await channel.close()


async def test_a_press_names_the_household_and_a_second_tap_says_it_is_known(village: Village) -> None:
    first, second = village.press(village.lan), village.press(village.lan)
    await village.hear()
    assert first.answer is not None and second.answer is not None
    assert first.answer.text == "Đã ghi nhận hộ Bà Lan. Cảm ơn ông/bà!"
    assert second.answer.text == "Hộ Bà Lan đã được ghi nhận trước đó. Cảm ơn ông/bà!"
    assert await village.acknowledged() == 1


async def test_a_stranger_is_led_to_the_private_chat_and_counted_once_linked(village: Village) -> None:
    guest = village.telegram.user("Bình")
    answer = await village.pressed(guest)
    assert answer.url == "https://t.me/loa_thon_bot?start=lk"
    village.telegram.text(guest, guest.id, "/start lk")
    await village.hear()
    assert "Lần bấm Đã nhận vừa rồi sẽ được tính" in village.telegram.sent(guest.id)[0].text
    async with village.world.context.database.write() as connection:
        issued = await cards.issue(connection, village.commune.groups["Thu Quế 1"].path, NOON)
    code = next(row.code for row in issued if row.head_name == "Ông Hải")
    village.telegram.text(guest, guest.id, f"/start {code}")
    await village.hear()
    assert "Đã tính 1 lần" in village.telegram.sent(guest.id)[-1].text
    assert await village.acknowledged() == 1


@pytest.mark.parametrize(
    "data",
    [
        "ack:TB-0000.1",
        "ack:../../etc",
        "ack:",
        "lk:c:1",
        "tb:s:00000000",
        "ack:{code}:will_come",
        "ACK:{code}",
        "á" * 32,
    ],
)
async def test_forged_data_is_answered_and_records_nothing(village: Village, data: str) -> None:
    answer = await village.pressed(village.lan, data=data.format(code=village.row.code))
    assert answer.text == toast("bad_button")
    assert await village.acknowledged() == 0


async def test_a_notice_cannot_be_acknowledged_from_another_chat(village: Village) -> None:
    away = await group_of(village.telegram, village.world, village.commune.groups["Thống Nhất 1"], [village.lan])
    unknown = village.telegram.group("Nhóm lạ", [village.lan])
    for chat in (away, unknown, village.telegram.private(village.lan)):
        assert (await village.pressed(village.lan, chat=chat)).text.startswith("Nút này không còn dùng được.")
    assert await village.acknowledged() == 0


async def test_the_next_village_is_told_kindly_and_not_counted(village: Village) -> None:
    answer = await village.pressed(village.mai)
    assert answer.text.startswith("Thông báo này không gửi tới hộ Chị Mai")
    assert answer.show_alert
    assert await village.acknowledged() == 0


async def test_a_withdrawn_notice_says_so_to_everybody(village: Village) -> None:
    async with village.world.context.database.write() as connection:
        await notices.withdraw(connection, village.row.announcement_id, None, NOON)
    for user in (village.lan, village.telegram.user("Khách")):
        answer = await village.pressed(user)
        assert answer.text.startswith("Thông báo này đã được thu hồi")
    assert await village.acknowledged() == 0


async def test_a_message_that_is_gone_is_acknowledged_all_the_same(village: Village) -> None:
    village.message.deleted = True
    assert (await village.pressed(village.lan)).text.startswith("Đã ghi nhận hộ Bà Lan.")


async def test_an_answer_that_comes_too_late_changes_nothing(village: Village) -> None:
    press = village.press(village.lan)
    village.telegram.clock.advance(60)
    await village.hear()
    assert press.answer is None
    assert await village.acknowledged() == 1


async def test_everything_told_three_times_in_any_order_counts_once(village: Village) -> None:
    guest = village.telegram.user("Khách")
    updates = [village.press(user).update for user in (village.lan, village.hai, village.mai, guest)]
    told: list[Json | None] = updates * 2
    random.Random(7).shuffle(told)
    for update in told:
        assert update is not None
        village.telegram.replay(update)
    await village.hear()
    assert await village.acknowledged() == 2
    assert len(village.telegram.answers) == 4


async def test_a_subscriber_of_a_channel_presses_in_their_own_name(village: Village) -> None:
    channel = village.telegram.channel("Bảng tin tổ 2")
    place = village.commune.groups["Thu Quế 2"]
    async with village.world.context.database.write() as connection:
        await connection.execute(t.chat.insert().values(
            account="telegram", channel=ChannelKind.TELEGRAM, address=str(channel.id), title="", area_id=place.id,
            active=True, lost_reason=""))  # fmt: skip
    await make_identity(village.world.context.database, village.commune.households["Ông Bình"], str(village.hai.id))
    row = await make_broadcast(village.world.context.database, [place])
    await send_out(village.world, village.channel, row)
    post = village.telegram.sent(channel.id)[0]
    press = village.telegram.tap(village.hai, post, "Đã nhận")
    await village.hear()
    assert press.answer is not None
    assert press.answer.text.startswith("Đã ghi nhận hộ Ông Bình.")
    village.telegram.text(village.hai, channel.id, "/thongbao")
    await village.hear()
    assert len(village.telegram.sent(channel.id)) == 1


async def test_who_hides_behind_the_group_proves_nothing_but_presses_as_a_person(village: Village) -> None:
    place = village.commune.groups["Thu Quế 1"]
    staff = await village.world.staff("Tổ trưởng", Role.GROUP_LEADER, place, account=ANONYMOUS_ADMIN_ID)
    village.group.members[village.hai.id] = Standing.ADMINISTRATOR
    for words in ("/thongbao", f"/start {staff.code}", "/chuanhan", "/baocao"):
        village.telegram.text(village.hai, village.group.id, words, anonymous=True)
    await village.hear()
    assert len(village.telegram.messages) == 1
    assert (await village.pressed(village.hai)).text.startswith("Đã ghi nhận hộ Ông Hải.")


@pytest.mark.parametrize(
    "routes", [[Notice.OLD_CHAT, Notice.NEW_CHAT], [Notice.NEW_CHAT, Notice.OLD_CHAT, Notice.OLD_CHAT], []]
)
async def test_a_group_that_becomes_a_supergroup_gets_its_open_button_anew_and_old_ones_still_count(
    village: Village, routes: list[Notice]
) -> None:
    """Told by its service messages in any order, or by nothing but the edit that fails."""
    new = village.telegram.migrate(village.group.id, routes)
    await village.hear()
    assert (await village.pressed(village.lan)).text.startswith("Đã ghi nhận hộ Bà Lan.")
    village.counters.moved(village.row.id)
    for _ in range(2):
        await village.counters.step()
        await village.reposts.step()
    (anew,) = village.telegram.sent(new.id)
    assert "Telegram vừa đổi nhóm này thành nhóm lớn" in anew.text
    assert f"Mã thông báo: {village.row.announcement}" in anew.text
    assert [button["text"] for button in anew.buttons] == ["✅ Đã nhận (1/2)"]
    press = village.telegram.tap(village.hai, anew, "Đã nhận")
    await village.hear()
    assert press.answer is not None
    assert press.answer.text.startswith("Đã ghi nhận hộ Ông Hải.")
    village.counters.moved(village.row.id)
    village.clock.move(6)
    await village.counters.step()
    assert [button["text"] for button in anew.buttons] == ["✅ Đã nhận (2/2)"]
    refused = [one for one in village.telegram.calls("editMessageReplyMarkup") if one.status != 200]
    assert len(refused) <= 1

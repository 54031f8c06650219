"""A chat without a live count is told once how many have answered: while that is of use, and never twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from announcements.channels import Hears, Limits, Refused, RefusedReason, SlowDown, TryLater, Unsure
from announcements.reach import Answer
from announcements.types import ChannelKind, DeliveryState, How
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.answering import answers
from db.answering.answers import Record
from db.dispatch import deliveries
from db.engine import Database
from db.places import chats
from db.platforms import usage
from db.platforms.usage import Used
from db.tables import t
from db.writer import Writer
from scheduler.asides import Asides
from scheduler.dispatcher import Dispatcher
from scheduler.limiter import Limiter
from scheduler.messages import Messages
from scheduler.summaries import Summaries
from tests.doubles import ScriptedChannel, StepClock
from tests.makers import NOON, Commune, make_broadcast, make_chats

ACCOUNT = "zalo"
PLAIN = Limits(text_length=2_000, per_second=1_000, summary=True, hears=Hears.MENTIONS)
AFTER = timedelta(hours=2)


class Village:
    """Bà Lan's and Ông Bình's groups, a dispatcher and what tells them the counts."""

    def __init__(self, database: Database, writer: Writer, commune: Commune, limits: Limits = PLAIN) -> None:
        self.database, self.writer, self.commune = database, writer, commune
        self.channel, self.clock = ScriptedChannel(limits), StepClock()
        messages = Messages(database, ACCOUNT, ChannelKind.ZALO_BOT, limits, UTC, "http://loa.test{}".format, Path())
        self.limiter = Limiter(limits.per_second)
        self.dispatcher = Dispatcher(ACCOUNT, self.channel, database, writer, messages, self.limiter, "here",
                                     self.clock, self.clock.monotonic, AFTER)  # fmt: skip
        asides = Asides(ACCOUNT, self.channel, database, writer, self.limiter, self.clock, UTC, self.clock.monotonic)
        self.summaries = Summaries(asides, messages, AFTER)

    async def notice(self, *, valid_until: datetime | None = None) -> BroadcastRow:
        """A notice that is in both groups."""
        row = await make_broadcast(self.database, [self.commune.villages["Thu Quế"]], valid_until=valid_until,
                                   now=self.clock())  # fmt: skip
        await self.dispatcher.step(10)
        await self.dispatcher.drain()
        self.channel.sent.clear()
        return row

    async def answer(self, row: BroadcastRow, *heads: str) -> None:
        for head in heads:
            answer = Answer(How.BOARD, NOON, channel="board")
            await self.writer.submit(answers.record, Record(row.id, self.commune.households[head], answer))

    async def look(self, minutes: float = 0) -> int:
        self.clock.move(minutes * 60)
        return await self.summaries.step()

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(address, message.parts[0]) for address, message in self.channel.sent]

    def address(self, place: str) -> str:
        return f"-100{self.commune.groups[place].id:05}"


@pytest.fixture
async def village(database: Database, writer: Writer, commune: Commune) -> Village:
    await make_chats(database, [commune.groups["Thu Quế 1"], commune.groups["Thu Quế 2"]], account=ACCOUNT,
                     channel=ChannelKind.ZALO_BOT)  # fmt: skip
    return Village(database, writer, commune)


async def test_two_hours_after_it_was_sent_each_chat_is_told_its_own_count_once(village: Village) -> None:
    row = await village.notice()
    await village.answer(row, "Bà Lan")
    assert await village.look(119) == 0
    assert await village.look(1) == 2
    assert village.told[0] == (
        village.address("Thu Quế 1"),
        "Đến 7 giờ 00: 1/2 hộ đã nhận tin “Họp thôn”.\n"
        f"Nhà nào chưa báo, mời mở: http://loa.test/n/{row.announcement}\n"
        f"Xin nhấn giữ tin này, chọn Trả lời và ghi: “đã nhận {row.announcement}”.",
    )
    assert "0/1 hộ" in village.told[1][1]
    assert await village.look(60) == 0


async def test_where_everybody_has_answered_nothing_is_said(village: Village) -> None:
    row = await village.notice()
    await village.answer(row, "Bà Lan", "Ông Hải")
    assert await village.look(120) == 1
    assert [address for address, _ in village.told] == [village.address("Thu Quế 2")]


async def test_what_is_over_is_not_counted_out_any_more(village: Village) -> None:
    await village.notice(valid_until=NOON + timedelta(hours=1))
    withdrawn = await village.notice()
    async with village.database.write() as connection:
        await notices.withdraw(connection, withdrawn.announcement_id, None, NOON)
    assert await village.look(120) == 0


async def test_a_service_that_was_off_for_long_does_not_come_with_old_counts(village: Village) -> None:
    await village.notice()
    assert await village.look(181) == 0
    assert await village.look(10) == 0


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (SlowDown(5.0), 1),
        (TryLater("no connection"), 1),
        (Refused(RefusedReason.BLOCKED), 0),
        (Refused(RefusedReason.BAD_CONTENT), 0),
        (Unsure("no answer in time"), 0),
        (RuntimeError("broken"), 0),
    ],
)
async def test_only_what_was_surely_not_told_is_told_later(village: Village, error: Exception, again: int) -> None:
    await village.notice()
    village.channel.will(village.address("Thu Quế 1"), error)
    assert await village.look(120) == 1
    assert await village.look(10.1) == again
    assert await village.look(20) == 0


async def test_an_account_that_is_refused_is_left_alone_for_a_while(village: Village) -> None:
    await village.notice()
    village.channel.will(village.address("Thu Quế 1"), Refused(RefusedReason.QUOTA))
    assert await village.look(120) == 0
    assert village.channel.refused == 1
    assert await village.look(10.1) == 2


async def test_it_is_given_up_after_an_hour(village: Village) -> None:
    await village.notice()
    village.channel.will(village.address("Thu Quế 1"), *[TryLater()] * 20)
    assert await village.look(120) == 1
    for _ in range(12):
        assert await village.look(10.1) == 0
    assert village.channel.refused == 6


async def test_notices_go_first(village: Village) -> None:
    await village.notice()
    village.clock.move(7200)
    await make_broadcast(village.database, [village.commune.groups["Thu Quế 2"]], title="Bão", now=village.clock())
    assert await village.look() == 0
    await village.dispatcher.step(10)
    await village.dispatcher.drain()
    assert await village.look() == 2


async def test_the_pace_of_the_account_is_kept(database: Database, writer: Writer, commune: Commune) -> None:
    await make_chats(database, list(commune.groups.values()), account=ACCOUNT, channel=ChannelKind.ZALO_BOT)
    slow = Village(database, writer, commune, replace(PLAIN, per_second=1))
    await slow.notice()
    await slow.look()
    slow.clock.move(10)
    await slow.dispatcher.step(10)  # the second was held back by the pace
    await slow.dispatcher.drain()
    slow.channel.sent.clear()
    assert await slow.look(121) == 1
    assert await slow.look() == 0
    assert await slow.look(1) == 1


async def test_it_is_counted_and_shown_with_the_delivery(village: Village) -> None:
    row = await village.notice()
    await village.look(120)
    async with village.database.read() as connection:
        listed = await deliveries.listing(connection, row.id, list(DeliveryState))
        used = await usage.of(connection, "2026-11")
        ids = (await connection.execute(t.delivery.select())).all()
    assert [one.as_dict(lambda at: at)["summary_at"] for one in listed] == ["2026-11-23T07:00:00+00:00"] * 2
    assert used == {ACCOUNT: Used(messages=4)}
    assert all(one.summary_id and one.summary_due is None for one in ids)


async def test_a_chat_that_is_not_used_any_more_hears_nothing(village: Village) -> None:
    await village.notice()
    async with village.database.write() as connection:
        chat = await chats.by_address(connection, ACCOUNT, village.address("Thu Quế 1"))
        assert chat is not None
        await chats.change(connection, chat.id, area_id=chat.area_id, title=chat.title, active=False, reserve=False)
    assert await village.look(120) == 1


async def test_without_a_time_for_it_no_chat_is_ever_due(village: Village) -> None:
    village.dispatcher = Dispatcher(ACCOUNT, village.channel, village.database, village.writer,
                                    village.dispatcher.messages, village.limiter, "here", village.clock,
                                    village.clock.monotonic)  # fmt: skip
    await village.notice()
    assert await village.look(120) == 0

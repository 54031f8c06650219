"""A group moves and leaves its buttons behind: those of open notices come anew, few, once, and go on counting."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from announcements.channels import Refused, RefusedReason, SlowDown, TryLater, Unsure
from announcements.reach import Answer
from announcements.types import ChannelKind, How
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.answering import answers
from db.answering.answers import Record
from db.engine import Database
from db.places import chats
from db.places.chats import Move
from db.platforms import usage
from db.platforms.usage import Used
from db.writer import Writer
from scheduler.asides import Asides
from scheduler.counters import Counters
from scheduler.limiter import Limiter
from scheduler.messages import Messages
from scheduler.reposts import Reposts
from tests.doubles import WIDE, ScriptedChannel, StepClock
from tests.makers import NOON, Commune, make_broadcast, make_chats, settle, take

ACCOUNT = "telegram"
NEW = "-100777"


class Group:
    """Bà Lan's group, and what looks after its buttons."""

    def __init__(self, database: Database, writer: Writer, commune: Commune) -> None:
        self.database, self.writer, self.commune = database, writer, commune
        self.channel, self.clock = ScriptedChannel(), StepClock()
        messages = Messages(database, ACCOUNT, ChannelKind.TELEGRAM, WIDE, UTC, "http://loa.test{}".format, Path())
        limiter = Limiter(1_000.0)
        asides = Asides(ACCOUNT, self.channel, database, writer, limiter, self.clock, UTC, self.clock.monotonic)
        self.reposts = Reposts(asides, messages)
        self.counters = Counters(
            ACCOUNT, self.channel, database, writer, messages, limiter, self.clock, self.clock.monotonic
        )

    async def notice(
        self, title: str = "Họp thôn", *, at: datetime = NOON, valid_until: datetime | None = None
    ) -> BroadcastRow:  # fmt: skip
        """A notice that is in the group, its button under message 5."""
        row = await make_broadcast(self.database, [self.commune.groups["Thu Quế 1"]], title=title, due_at=at, now=at,
                                   valid_until=valid_until)  # fmt: skip
        await settle(self.database, await take(self.database, now=at), now=at)
        return row

    async def answer(self, row: BroadcastRow, head: str) -> None:
        answer = Answer(How.BUTTON, NOON, channel="telegram")
        await self.writer.submit(answers.record, Record(row.id, self.commune.households[head], answer))
        self.counters.moved(row.id)

    async def move(self) -> bool:
        old = f"-100{self.commune.groups['Thu Quế 1'].id:05}"
        return await self.writer.submit(chats.move, Move(ACCOUNT, old, NEW, self.clock()))

    @property
    def titles(self) -> list[str]:
        """Of what was posted anew."""
        return [next(line for line in message.parts[0].split("\n") if "📢" in line) for _, message in self.channel.sent]


@pytest.fixture
async def group(database: Database, writer: Writer, commune: Commune) -> Group:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    return Group(database, writer, commune)


async def test_an_open_notice_gets_a_new_button_that_goes_on_counting(group: Group) -> None:
    row = await group.notice("Họp <thôn>")
    await group.answer(row, "Bà Lan")
    assert await group.move()
    assert await group.counters.step() == 0
    assert await group.reposts.step() == 1
    ((address, message),) = group.channel.sent
    assert address == NEW
    assert f"📢 Họp &lt;thôn&gt;\nXem lại tại: http://loa.test/n/{row.announcement}" in message.parts[0]
    assert message.button is not None
    assert (message.button.label, message.button.data) == ("✅ Đã nhận (1/2)", f"ack:{row.code}")
    await group.answer(row, "Ông Hải")
    assert await group.counters.step() == 1
    assert [(to, under, button and button.label) for to, under, button in group.channel.edits] == [
        (NEW, "1", "✅ Đã nhận (2/2)")
    ]


async def test_a_move_told_three_times_posts_once(group: Group) -> None:
    await group.notice()
    assert [await group.move() for _ in range(3)] == [True, False, False]
    assert [await group.reposts.step() for _ in range(3)] == [1, 0, 0]


async def test_notices_that_are_over_come_no_more(group: Group) -> None:
    await group.notice("Cũ", at=NOON - timedelta(days=8))
    await group.notice("Hết hạn", valid_until=NOON + timedelta(hours=1))
    withdrawn = await group.notice("Thu hồi")
    async with group.database.write() as connection:
        await notices.withdraw(connection, withdrawn.announcement_id, None, NOON)
    await group.notice("Còn hạn", valid_until=NOON + timedelta(days=1))
    group.clock.move(7200)
    await group.move()
    assert await group.reposts.step() == 1
    assert group.titles == ["📢 Còn hạn"]


async def test_a_group_is_not_flooded(group: Group) -> None:
    for number in range(8):
        await group.notice(f"Việc {number}")
    await group.move()
    assert await group.reposts.step() == 5
    assert group.titles == [f"📢 Việc {number}" for number in range(3, 8)]


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (SlowDown(1.0), 1),
        (TryLater("no connection"), 1),
        (Refused(RefusedReason.UNAUTHORISED), 1),
        (Refused(RefusedReason.NO_RIGHTS), 0),
        (Unsure("no answer"), 0),
        (RuntimeError("broken"), 0),
    ],
)
async def test_only_what_was_surely_not_posted_is_posted_again(group: Group, error: Exception, again: int) -> None:
    await group.notice()
    await group.move()
    group.channel.will(NEW, error)
    assert await group.reposts.step() == 0
    group.clock.move(60)
    assert await group.reposts.step() == again


async def test_one_that_breaks_takes_none_of_the_others_with_it(group: Group) -> None:
    await group.notice("Họp thôn")
    await group.notice("Thu gom rác")
    await group.move()
    group.channel.will(NEW, RuntimeError("broken"))
    assert await group.reposts.step() == 1
    assert group.titles == ["📢 Thu gom rác"]


async def test_what_is_posted_anew_counts_and_lets_notices_go_first(group: Group) -> None:
    await group.notice()
    await group.move()
    await make_broadcast(group.database, [group.commune.groups["Thu Quế 1"]], title="Bão")
    assert await group.reposts.step() == 0
    await settle(group.database, await take(group.database))
    assert await group.reposts.step() == 1
    async with group.database.read() as connection:
        assert await usage.of(connection, "2026-11") == {ACCOUNT: Used(messages=1)}


async def test_a_notice_taken_back_meanwhile_is_not_posted(group: Group) -> None:
    row = await group.notice()
    await group.move()
    async with group.database.write() as connection:
        await notices.withdraw(connection, row.announcement_id, None, NOON)
    assert await group.reposts.step() == 0

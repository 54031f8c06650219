"""Polling a platform that keeps nothing: what it hands out is stored, whatever fails meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from announcements.channels import Refused, RefusedReason
from announcements.types import ChannelKind
from bot.channels.zalo_bot.receiver import Receiver
from bot.channels.zalo_bot.sender import ZaloBotChannel
from db.engine import Database
from db.platforms import accounts, inbox, outages
from db.platforms.inbox import Stored
from tests.doubles import StepClock, StumblingWriter
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_bot_faults import cut_before, edge, refusal, silent, too_many
from tests.fakes.zalo_bot_world import Person
from tests.makers import NOON

QUICK = (0.01, 0.02)


@dataclass(slots=True)
class Handler:
    """Takes what was stored; `arrived` counts."""

    texts: list[str] = field(default_factory=list)
    fails: int = 0

    async def __call__(self, stored: Sequence[Stored]) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("not now")
        self.texts += [json.loads(one.payload)["message"]["text"] for one in stored]


@dataclass(slots=True)
class Line:
    """A bot that polls, and a person who writes to it."""

    zalo: FakeZaloBot
    channel: ZaloBotChannel
    writer: StumblingWriter
    database: Database
    lan: Person
    handler: Handler = field(default_factory=Handler)

    def receiver(self, channel: ZaloBotChannel | None = None) -> Receiver:
        return Receiver("zalo", channel or self.channel, self.writer, lambda: NOON, self.handler, back_off=QUICK)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Receiver]:
        stop, receiver = asyncio.Event(), self.receiver()
        task = asyncio.create_task(receiver.run(stop))
        try:
            yield receiver
        finally:
            stop.set()
            await asyncio.wait_for(task, 5)

    def says(self, text: str) -> None:
        self.zalo.at(self.lan.id).say(self.lan, text)

    async def hears(self, *texts: str) -> None:
        await self.zalo.wait_for(lambda: self.handler.texts == list(texts), 5)

    async def polled(self) -> None:
        await self.zalo.wait_for(lambda: self.zalo.is_polled, 5)

    async def waiting(self) -> int:
        async with self.database.read() as connection:
            return len(await inbox.waiting(connection, "zalo"))


@pytest.fixture
async def line(sqlite_database: Database) -> AsyncIterator[Line]:
    async with FakeZaloBot() as zalo, StumblingWriter(sqlite_database) as writer:
        channel = ZaloBotChannel(zalo.token, zalo.base_url)
        assert isinstance(writer, StumblingWriter)
        yield Line(zalo, channel, writer, sqlite_database, zalo.person("Lan"))
        await channel.close()


@pytest.mark.parametrize("batches", [False, True])
async def test_what_is_said_is_stored_once_and_handed_on_in_order(line: Line, batches: bool) -> None:
    line.zalo.habits.batches = batches
    async with line.listening():
        await line.polled()
        for text in ("một", "hai", "ba"):
            line.says(text)
        await line.hears("một", "hai", "ba")
        line.zalo.repeat(line.zalo.told[0])
        line.says("bốn")
        await line.hears("một", "hai", "ba", "bốn")
    assert await line.waiting() == 4
    assert line.zalo.lost == []


@pytest.mark.parametrize("status", [200, 408])
async def test_an_idle_poll_is_followed_by_the_next_at_once_and_is_no_fault(
    line: Line, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    line.zalo.habits.idle_status = status
    receiver = line.receiver()
    for _ in range(3):
        await receiver.poll(0)
        assert await receiver.store() == 0
    assert len(line.zalo.calls("getUpdates")) == 3
    assert caplog.records == []


async def test_a_webhook_in_the_way_is_taken_off(line: Line) -> None:
    line.zalo.state.updates.set_webhook("https://elsewhere.example.vn/", "bi-mat-thu")
    async with line.listening():
        await line.polled()
        line.zalo.state.updates.set_webhook("https://elsewhere.example.vn/", "bi-mat-thu")  # and once more
        await line.zalo.wait_for(lambda: len(line.zalo.calls("deleteWebhook")) == 2, 5)
        await line.polled()
        line.says("đã nhận")
        await line.hears("đã nhận")


async def test_a_database_that_is_away_loses_nothing_that_was_handed_out(line: Line) -> None:
    line.writer.fails[inbox.store] = 3
    async with line.listening():
        await line.polled()
        line.says("đã nhận")
        await line.hears("đã nhận")
    assert await line.waiting() == 1


async def test_what_is_held_is_stored_even_when_it_is_time_to_stop(line: Line) -> None:
    line.writer.fails[inbox.store] = 2
    receiver, stop = line.receiver(), asyncio.Event()
    await receiver.poll(0)
    line.says("đã nhận")
    await receiver.poll(0)
    stop.set()
    await receiver.run(stop)
    assert line.handler.texts == ["đã nhận"]


async def test_a_handler_that_fails_leaves_the_update_in_the_inbox(line: Line) -> None:
    line.handler.fails = 1
    async with line.listening():
        await line.polled()
        line.says("một")
        await line.zalo.wait_for(lambda: len(line.zalo.calls("getUpdates")) > 1)
        await line.polled()
        line.says("hai")
        await line.hears("hai")
    assert await line.waiting() == 2


@pytest.mark.parametrize(
    "fault", [edge(502), edge(200, b"not JSON"), refusal(403, "Internal server error"), too_many(1), cut_before()]
)
async def test_a_platform_in_trouble_is_asked_again(line: Line, fault: object) -> None:
    line.zalo.fault(fault, method="getUpdates", times=2)  # type: ignore[arg-type]
    line.zalo.habits.remembers = 60
    async with line.listening():
        await line.zalo.wait_for(lambda: len(line.zalo.calls("getUpdates")) > 2 and line.zalo.is_polled)
        line.says("đã nhận")
        await line.hears("đã nhận")


async def test_a_refused_token_ends_it_and_says_so(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    channel = ZaloBotChannel("4242424242:another-synthetic", line.zalo.base_url)
    receiver = line.receiver(channel)
    await asyncio.wait_for(receiver.run(asyncio.Event()), 5)
    await channel.close()
    assert isinstance(receiver.down, Refused)
    assert receiver.down.reason is RefusedReason.UNAUTHORISED
    assert "Zalo Bot Manager" in caplog.text
    assert "synthetic" not in caplog.text


async def test_a_poll_that_hangs_keeps_nobody_from_stopping(line: Line) -> None:
    line.zalo.fault(silent(), method="getUpdates", times=None)
    async with line.listening():
        await line.zalo.wait_for(lambda: line.zalo.calls("getUpdates"))


async def test_what_comes_while_nobody_polls_is_lost_and_known_to_be(line: Line) -> None:
    line.says("đã nhận")
    assert len(line.zalo.lost) == 1


async def test_a_long_silence_is_kept_and_told_and_costs_nothing_that_is_handed_out(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    async with line.database.write() as connection:
        await accounts.register(connection, "zalo", ChannelKind.ZALO_BOT)
    receiver, now = line.receiver(), StepClock()
    receiver._clock = now
    await receiver.poll(0)
    now.move(600)
    line.says("đã nhận")
    line.writer.fails[outages.heard] = 1
    with pytest.raises(OSError, match="away"):
        await receiver.poll(0)
    assert await receiver.store() == 1
    await receiver.poll(0)
    async with line.database.read() as connection:
        (outage,) = await outages.latest(connection, NOON)
    assert (outage.ended_at - outage.began_at).total_seconds() == 600
    assert "nobody listened for 600 s" in caplog.text

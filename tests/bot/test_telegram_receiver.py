"""The receiver: stored first, forgotten by the platform after, and never stopped by trouble of the moment."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from announcements.channels import Refused, RefusedReason, SlowDown, TryLater
from bot.channels.telegram.errors import OtherPoller
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import LISTENED_TO, TelegramChannel
from bot.channels.telegram.updates import PressUpdate, read_update
from db.engine import Database
from db.platforms import inbox
from db.platforms.inbox import Stored
from db.writer import Apply, R, T, Writer
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import server_error, too_many
from tests.fakes.telegram_world import Chat, User

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
QUICK = (0.01, 0.02, 0.03)


class Handler:
    """Takes what was stored, as the conversations do."""

    def __init__(self) -> None:
        self.stored: list[Stored] = []
        self.arrived = asyncio.Event()

    async def __call__(self, stored: list[Stored]) -> None:
        self.stored += stored
        self.arrived.set()

    @property
    def texts(self) -> list[str]:
        return [json.loads(one.payload)["message"]["text"] for one in self.stored]


class WriterThatFailsOnce(Writer):
    """The disk is full for a moment."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.failed = False

    async def submit_all(self, apply: Apply[T, R], intents: Sequence[T]) -> list[R]:
        if not self.failed:
            self.failed = True
            raise OperationalError("INSERT …", {"payload": "lời của Bà Lan"}, Exception("database or disk is full"))
        return await super().submit_all(apply, intents)


class Script:
    """A channel that does what it is told: an error to raise or a batch to give, the last one for ever.

    `played` is set once the last act has begun.
    """

    def __init__(self, *acts: Exception | list[dict[str, Any]]) -> None:
        self.acts = list(acts)
        self.played = asyncio.Event()

    async def updates(self, offset: int | None, timeout: int) -> list[dict[str, Any]]:
        await asyncio.sleep(0)
        if len(self.acts) == 1:
            self.played.set()
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        if isinstance(act, Exception):
            raise act
        return act


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.state.updates.conflict_delay = 0.0
        yield fake


@pytest.fixture
async def channel(fake: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(fake.token, fake.base_url)
    yield channel
    await channel.close()


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def receiver(channel: TelegramChannel, writer: Writer, handler: Handler) -> Receiver:
    return Receiver("telegram", channel, writer, lambda: NOON, handler)


@pytest.fixture
def lan(fake: FakeTelegram) -> User:
    return fake.user("Lan")


@pytest.fixture
def group(fake: FakeTelegram, lan: User) -> Chat:
    return fake.group("Tổ 1", [lan])


@asynccontextmanager
async def running(receiver: Receiver) -> AsyncIterator[None]:
    """`run` in the background; at the end it is told to stop, and must."""
    stop = asyncio.Event()
    task = asyncio.create_task(receiver.run(stop))
    yield
    stop.set()
    await asyncio.wait_for(task, 2)


def offsets(fake: FakeTelegram) -> list[int | None]:
    given = [call.params.get("offset") for call in fake.calls("getUpdates")]
    return [None if offset is None else int(offset) for offset in given]


async def test_updates_are_stored_as_they_came_and_handed_on(
    fake: FakeTelegram, receiver: Receiver, handler: Handler, database: Database, lan: User, group: Chat
) -> None:
    fake.text(lan, lan.id, "đã nhận 👍")
    press = fake.press(lan, group.id, 1, "a:1")
    assert await receiver.step(0) == 2

    assert read_update(handler.stored[1].payload) == PressUpdate(press.id, lan.id, "Lan", group.id, 1, "a:1")
    assert handler.stored[0].received_at == NOON
    async with database.read() as connection:
        assert await inbox.waiting(connection, "telegram") == handler.stored


async def test_every_kind_of_update_is_asked_for_by_name(fake: FakeTelegram, receiver: Receiver) -> None:
    await receiver.step(0)
    assert fake.calls("getUpdates")[0].params["allowed_updates"] == list(LISTENED_TO)


async def test_the_platform_forgets_only_what_is_committed(
    fake: FakeTelegram, channel: TelegramChannel, handler: Handler, database: Database, lan: User
) -> None:
    told = fake.text(lan, lan.id, "đã nhận")
    assert told is not None
    async with WriterThatFailsOnce(database) as writer:
        receiver = Receiver("telegram", channel, writer, lambda: NOON, handler)
        with pytest.raises(OperationalError):
            await receiver.step(0)
        assert handler.stored == []
        assert await receiver.step(0) == 1
        assert await receiver.step(0) == 0
    assert offsets(fake) == [None, None, told["update_id"] + 1]
    assert handler.texts == ["đã nhận"]


async def test_a_receiver_that_died_before_confirming_gets_them_again_and_hands_none_on_twice(
    fake: FakeTelegram, channel: TelegramChannel, receiver: Receiver, writer: Writer, handler: Handler, lan: User
) -> None:
    fake.text(lan, lan.id, "đã nhận")
    await receiver.step(0)
    assert await Receiver("telegram", channel, writer, lambda: NOON, handler).step(0) == 0
    assert handler.texts == ["đã nhận"]


async def test_an_update_repeated_by_the_platform_is_handed_on_once(
    fake: FakeTelegram, receiver: Receiver, handler: Handler, lan: User
) -> None:
    told = fake.text(lan, lan.id, "đã nhận")
    assert told is not None
    await receiver.step(0)
    fake.replay(told, times=3)
    await receiver.step(0)
    assert handler.texts == ["đã nhận"]


async def test_numbers_that_start_again_lower_after_a_quiet_week_lose_nothing(
    fake: FakeTelegram, receiver: Receiver, handler: Handler, lan: User
) -> None:
    fake.text(lan, lan.id, "một")
    await receiver.step(0)
    await receiver.step(0)
    fake.state.updates.next_id = 7
    fake.text(lan, lan.id, "hai")
    await receiver.step(0)
    assert handler.texts == ["một", "hai"]


async def test_what_no_text_column_takes_is_stored_all_the_same(
    writer: Writer, database: Database, handler: Handler
) -> None:
    odd = {"update_id": 5, "message": {"text": "đã nhận\x00\ud83d"}}
    assert await Receiver("telegram", Script([odd]), writer, lambda: NOON, handler).step(0) == 1
    async with database.read() as connection:
        (stored,) = await inbox.waiting(connection, "telegram")
    assert json.loads(stored.payload) == odd


async def test_running_takes_what_comes_until_it_is_stopped(
    fake: FakeTelegram, receiver: Receiver, handler: Handler, lan: User
) -> None:
    async with running(receiver):
        await fake.wait_for(lambda: fake.calls("getUpdates"))
        fake.text(lan, lan.id, "đã nhận")
        await asyncio.wait_for(handler.arrived.wait(), 5)
    assert handler.texts == ["đã nhận"]
    assert receiver.down is None


async def test_trouble_is_waited_out_longer_each_time_and_forgotten_once_over(
    writer: Writer, handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    trouble = [TryLater("no connection: ClientConnectorError")] * 4
    update = {"update_id": 1, "message": {"text": "đã nhận"}}
    script = Script(*trouble, [update], trouble[0], [])
    async with running(Receiver("telegram", script, writer, lambda: NOON, handler, back_off=QUICK)):
        await asyncio.wait_for(script.played.wait(), 5)
    waits = [record.args[-1] for record in caplog.records if isinstance(record.args, tuple) and len(record.args) == 4]
    assert waits == [0.01, 0.02, 0.03, 0.03, 0.01]
    assert handler.texts == ["đã nhận"]


async def test_a_full_disk_does_not_end_the_loop_and_its_words_stay_out_of_the_log(
    fake: FakeTelegram,
    channel: TelegramChannel,
    handler: Handler,
    sqlite_database: Database,
    lan: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake.text(lan, lan.id, "đã nhận")
    async with (
        WriterThatFailsOnce(sqlite_database) as writer,
        running(Receiver("telegram", channel, writer, lambda: NOON, handler, back_off=QUICK)),
    ):
        await asyncio.wait_for(handler.arrived.wait(), 5)
    assert "OperationalError" in caplog.text
    assert "Lan" not in caplog.text


async def test_a_server_in_trouble_is_asked_again(
    fake: FakeTelegram, channel: TelegramChannel, writer: Writer, handler: Handler, lan: User
) -> None:
    fake.fault(server_error(), method="getUpdates", times=3)
    fake.text(lan, lan.id, "đã nhận")
    async with running(Receiver("telegram", channel, writer, lambda: NOON, handler, back_off=QUICK)):
        await asyncio.wait_for(handler.arrived.wait(), 5)
    assert len(fake.calls("getUpdates", status=502)) == 3


async def test_a_pause_that_is_asked_for_is_kept(fake: FakeTelegram, receiver: Receiver) -> None:
    fake.fault(too_many(7), method="getUpdates")
    with pytest.raises(SlowDown) as caught:
        await receiver.step(0)
    assert caught.value.after == 7.0


async def test_a_second_program_on_the_same_token_is_named_in_the_log(
    fake: FakeTelegram,
    channel: TelegramChannel,
    writer: Writer,
    handler: Handler,
    lan: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running(Receiver("telegram", channel, writer, lambda: NOON, handler, back_off=QUICK)):
        await fake.wait_for(lambda: len(fake.calls("getUpdates")) > 1)  # the first one doesn't stay
        await channel.updates(None, 0)
        await fake.wait_for(lambda: fake.calls("getUpdates", status=409))
        fake.text(lan, lan.id, "đã nhận")
        await asyncio.wait_for(handler.arrived.wait(), 5)
    assert "another program polls with this token" in caplog.text
    assert "Stop the other program" in caplog.text


async def test_a_webhook_in_the_way_is_told_apart(fake: FakeTelegram, receiver: Receiver) -> None:
    fake.state.updates.set_webhook("https://example.org/", "")
    with pytest.raises(OtherPoller) as caught:
        await receiver.step(0)
    assert "webhook" in caught.value.detail


async def test_a_refused_token_ends_it_and_says_so(
    fake: FakeTelegram, writer: Writer, handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    channel = TelegramChannel("424242:another-synthetic-token", fake.base_url)
    receiver = Receiver("telegram", channel, writer, lambda: NOON, handler)
    await asyncio.wait_for(receiver.run(asyncio.Event()), 5)
    await channel.close()
    assert isinstance(receiver.down, Refused)
    assert receiver.down.reason is RefusedReason.UNAUTHORISED
    assert "BotFather" in caplog.text
    assert "synthetic" not in caplog.text


async def test_a_handler_that_fails_loses_nothing_and_stops_nothing(
    fake: FakeTelegram, channel: TelegramChannel, writer: Writer, database: Database, lan: User
) -> None:
    handled = asyncio.Event()

    async def fails_on_the_first(stored: list[Stored]) -> None:
        if "một" in json.loads(stored[0].payload)["message"]["text"]:
            raise RuntimeError("not now")
        handled.set()

    fake.text(lan, lan.id, "một")
    async with running(Receiver("telegram", channel, writer, lambda: NOON, fails_on_the_first, back_off=QUICK)):
        await fake.wait_for(lambda: len(fake.calls("getUpdates")) > 1)
        fake.text(lan, lan.id, "hai")
        await asyncio.wait_for(handled.wait(), 5)
    async with database.read() as connection:
        assert len(await inbox.waiting(connection, "telegram")) == 2

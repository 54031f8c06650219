"""The incoming side of one Telegram bot: its webhook is set, kept and taken off; what is delivered is proved."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from announcements.types import ChannelKind
from bot.channels.accounts import Account
from bot.channels.telegram.sender import LISTENED_TO, TelegramChannel
from bot.channels.telegram.webhook import HEADER, open_event
from bot.channels.webhook import Foreign
from bot.config import App, Settings
from bot.config.accounts import TelegramAccount
from bot.context import Context
from bot.ears.telegram import TelegramEar, telegram_ear
from db.engine import Database
from db.platforms import accounts, inbox, outages
from db.platforms.inbox import RawUpdate
from db.writer import Writer
from tests.fakes.telegram import FakeTelegram
from tests.makers import NOON

HOOK = "https://loa.example.vn/webhooks/telegram/telegram"
SECRET = "bi-mat-thu"


def account(**more: str) -> TelegramAccount:
    return TelegramAccount(name="telegram", channel="telegram", token="1:a", **more)  # type: ignore[arg-type]


@dataclass(slots=True)
class Bench:
    telegram: FakeTelegram
    context: Context
    channel: TelegramChannel
    now: datetime = NOON

    def ear(self, **more: str) -> TelegramEar:
        return telegram_ear(
            self.context, Account("telegram", ChannelKind.TELEGRAM, self.channel, account(**more)), self.channel
        )

    def later(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    def failed(self) -> None:
        """Telegram could not deliver just now."""
        updates = self.telegram.state.updates
        updates.last_webhook_error, updates.last_webhook_error_at = "Connection refused", self.now.timestamp()

    async def stored(self, number: int) -> None:
        """Our pages took an update."""
        await self.context.writer.submit(inbox.store, RawUpdate("telegram", str(number), "{}", self.now, {}))

    async def outages(self) -> list[tuple[datetime, datetime]]:
        async with self.context.database.read() as connection:
            return [(one.began_at, one.ended_at) for one in await outages.latest(connection, NOON)]

    @property
    def hooked_to(self) -> str:
        return self.telegram.state.updates.webhook_url


@pytest.fixture
async def bench(sqlite_database: Database) -> AsyncIterator[Bench]:
    app = App(public_url="https://loa.example.vn")
    async with sqlite_database.write() as connection:
        await accounts.register(connection, "telegram", ChannelKind.TELEGRAM)
    async with FakeTelegram() as telegram, Writer(sqlite_database) as writer:
        channel = TelegramChannel(telegram.token, telegram.base_url)
        made = Bench(telegram, Context(Settings(app=app), sqlite_database, writer, b""), channel)
        made.context.clock = lambda: made.now
        yield made
        await channel.close()


async def test_the_webhook_is_set_at_the_start_and_again_when_it_is_not_ours_any_more(bench: Bench) -> None:
    ear, updates = bench.ear(mode="webhook", webhook_secret=SECRET), bench.telegram.state.updates
    await ear.look()
    assert (bench.hooked_to, updates.webhook_secret) == (HOOK, SECRET)
    assert updates.allowed == set(LISTENED_TO)
    await ear.look()
    assert len(bench.telegram.calls("setWebhook")) == 1
    updates.set_webhook("https://elsewhere.example.vn/", "another-one")
    await ear.look()
    assert bench.hooked_to == HOOK


async def test_an_ear_with_a_webhook_never_polls(bench: Bench) -> None:
    ear, stop = bench.ear(mode="webhook", webhook_secret=SECRET), asyncio.Event()
    listening = asyncio.create_task(ear.listen(stop))
    await ear.look()
    stop.set()
    await listening
    assert bench.telegram.calls("getUpdates") == []


async def test_going_back_to_polling_takes_our_webhook_off(bench: Bench) -> None:
    await bench.ear(mode="webhook", webhook_secret=SECRET).look()
    ear = bench.ear()
    await ear.look()
    await ear.look()
    assert bench.hooked_to == ""
    assert len(bench.telegram.calls("deleteWebhook")) == 1


async def test_the_webhook_of_another_program_is_left_alone(bench: Bench) -> None:
    bench.telegram.state.updates.set_webhook("https://elsewhere.example.vn/bot", "another-one")
    await bench.ear().look()
    assert bench.hooked_to == "https://elsewhere.example.vn/bot"


async def test_a_process_that_was_away_for_longer_than_a_press_lives_has_lost_those_of_that_time(
    bench: Bench,
) -> None:
    await bench.ear(mode="webhook", webhook_secret=SECRET).look()
    began = bench.later(minutes=1)
    await bench.ear(mode="webhook", webhook_secret=SECRET).look()
    bench.later(minutes=5)
    bench.failed()
    bench.later(minutes=5)
    await bench.ear(mode="webhook", webhook_secret=SECRET).look()  # another process
    assert await bench.outages() == [(began, bench.now)]


async def test_a_way_out_that_is_broken_costs_no_press_that_the_webhook_takes(bench: Bench) -> None:
    ear = bench.ear(mode="webhook", webhook_secret=SECRET)
    await ear.look()
    bench.later(minutes=10)
    await ear.look()
    assert await bench.outages() == []


async def test_an_address_nobody_reaches_is_an_outage_however_often_we_reach_telegram(bench: Bench) -> None:
    ear = bench.ear(mode="webhook", webhook_secret=SECRET)
    await ear.look()
    for _ in range(60):
        bench.later(minutes=1)
        bench.failed()
        await ear.look()
    assert await bench.outages() == []  # it is not over
    bench.later(minutes=2)
    await ear.look()
    assert await bench.outages() == [(NOON, bench.now)]


async def test_what_waits_for_an_address_that_took_nothing_since_keeps_the_outage_open(bench: Bench) -> None:
    ear = bench.ear(mode="webhook", webhook_secret=SECRET)
    await ear.look()
    bench.telegram.state.updates.on_arrival = lambda _: None  # nobody reaches our address
    bench.telegram.text(lan := bench.telegram.user("Lan"), lan.id, "đã nhận")
    bench.later(seconds=1)
    bench.failed()
    for _ in range(3):
        bench.later(minutes=2)  # between two attempts of the platform
        await ear.look()
    assert await bench.outages() == []
    bench.later(seconds=30)
    await bench.stored(1)
    bench.later(seconds=30)
    await ear.look()
    assert await bench.outages() == [(NOON, bench.now)]


@pytest.mark.parametrize("taken", [True, False])
async def test_one_delivery_that_failed_is_no_outage_whether_it_was_taken_the_next_time_or_had_been(
    bench: Bench, taken: bool
) -> None:
    ear = bench.ear(mode="webhook", webhook_secret=SECRET)
    await ear.look()
    bench.telegram.state.updates.on_arrival = lambda _: None  # what waits is told by `failed` and `stored` alone
    bench.later(seconds=59)
    bench.failed()
    for number in range(4):
        bench.later(seconds=1)
        if taken:
            await bench.stored(number)
            bench.telegram.text(lan := bench.telegram.user("Lan"), lan.id, "đã nhận")  # on its way at this moment
        await ear.look()
        bench.later(seconds=59)
    assert await bench.outages() == []


def test_what_carries_the_secret_is_an_update() -> None:
    settings = account(mode="webhook", webhook_secret=SECRET)
    body = json.dumps({"update_id": 7, "message": {"text": "Đã nhận"}}).encode()
    event = open_event(settings, {HEADER: SECRET}, body)
    assert (event.key, event.payload["message"]["text"]) == ("7", "Đã nhận")
    assert open_event(settings, {HEADER: SECRET}, b"{}").key == open_event(settings, {HEADER: SECRET}, b"{}").key


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"{}"),
        ({HEADER: ""}, b"{}"),
        ({HEADER: "bi-mật"}, b"{}"),
        ({HEADER: SECRET}, b"[1]"),
        ({HEADER: SECRET}, b"{"),
    ],
)
def test_anything_else_proves_nothing(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Foreign):
        open_event(account(mode="webhook", webhook_secret=SECRET), headers, body)

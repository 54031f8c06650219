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
from db.platforms import accounts, outages
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


async def test_a_process_that_was_away_for_longer_than_a_press_lives_has_lost_some(bench: Bench) -> None:
    await bench.ear(mode="webhook", webhook_secret=SECRET).look()
    bench.now += timedelta(minutes=10)
    await bench.ear(mode="webhook", webhook_secret=SECRET).look()  # another process
    async with bench.context.database.read() as connection:
        (outage,) = await outages.latest(connection, NOON)
    assert (outage.began_at, outage.ended_at) == (NOON, bench.now)


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

"""The incoming side of one bot: names, polls, the webhook; what is in the inbox is handled once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from announcements.channels import TryLater
from bot.channels.zalo_bot.sender import ZaloBotChannel
from bot.channels.zalo_bot.updates import Reader
from bot.config import App, Settings
from bot.config.accounts import ZaloBotAccount
from bot.context import Context
from bot.ears.zalo_bot import ZaloBotEar
from db.engine import Database
from db.platforms import inbox
from db.platforms.inbox import Done, RawUpdate, Stored
from db.writer import Writer
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_bot_faults import cut_before
from tests.makers import NOON

HOOK = "https://loa.example.vn/webhooks/zalo_bot/zalo"


@dataclass(slots=True)
class Listener:
    """A `Handler` that writes down what was said."""

    context: Context
    reader: Reader
    said: list[str] = field(default_factory=list)

    async def handle(self, stored: Sequence[Stored]) -> None:
        for one in stored:
            assert isinstance(one.decoded, dict)
            heard = self.reader.read_heard(one.decoded)
            self.said.append(heard.text if heard else "")
        await self.context.writer.submit_all(inbox.finish, [Done(one.id, NOON) for one in stored])

    async def catch_up(self) -> None:
        async with self.context.database.read() as connection:
            for one in await inbox.waiting(connection, "zalo"):
                self.said.append(f"later: {one.id}")

    async def settle(self) -> None: ...


@dataclass(slots=True)
class Bench:
    zalo: FakeZaloBot
    context: Context
    channel: ZaloBotChannel

    def ear(self, **more: str) -> tuple[ZaloBotEar, Listener]:
        settings = ZaloBotAccount(name="zalo", channel="zalo_bot", token=self.zalo.token, **more)  # type: ignore[arg-type]
        listener = Listener(self.context, Reader(self.zalo.me.id))
        return ZaloBotEar(self.context, settings, self.channel, listener.reader, listener), listener

    @asynccontextmanager
    async def listening(self, ear: ZaloBotEar) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(ear.listen(stop))
        yield
        stop.set()
        await asyncio.wait_for(task, 5)


@pytest.fixture
async def bench(sqlite_database: Database) -> AsyncIterator[Bench]:
    app = App(public_url="https://loa.example.vn")
    async with FakeZaloBot() as zalo, Writer(sqlite_database) as writer:
        channel = ZaloBotChannel(zalo.token, zalo.base_url)
        yield Bench(zalo, Context(Settings(app=app), sqlite_database, writer, b"", clock=lambda: NOON), channel)
        await channel.close()


async def test_a_mention_is_taken_out_once_the_name_is_known_and_what_came_before_waits(bench: Bench) -> None:
    ear, listener = bench.ear()
    lan, group = bench.zalo.person("Lan"), bench.zalo.group("Tổ 1")
    async with bench.listening(ear):
        await bench.zalo.wait_for(lambda: bench.zalo.is_polled)
        bench.zalo.at(group.id).say(lan, "sớm", mentioning=True)
        await bench.zalo.wait_for(lambda: bench.zalo.told and bench.zalo.is_polled)
        assert listener.said == []
        assert await ear.look() == "Bot Loa Thôn"
        await ear.catch_up()
        assert listener.said == ["later: 1"]
        bench.zalo.at(group.id).say(lan, "đã nhận", mentioning=True)
        await bench.zalo.wait_for(lambda: len(listener.said) == 2)
    assert listener.said[1] == "đã nhận"


async def test_the_name_people_see_may_be_another_than_the_accounts(bench: Bench) -> None:
    ear, listener = bench.ear(display_name="Bot Tổ Dân Phố")
    await ear.look()
    assert listener.reader.names == ("Bot Tổ Dân Phố", "Bot Loa Thôn")


async def test_the_webhook_is_set_at_the_start_and_again_when_it_is_not_ours_any_more(bench: Bench) -> None:
    ear, _ = bench.ear(mode="webhook", webhook_secret="bi-mat-thu")
    updates = bench.zalo.state.updates
    async with bench.listening(ear):
        await ear.look()
        assert (updates.webhook.url, updates.webhook.secret) == (HOOK, "bi-mat-thu")
        await ear.look()
        assert len(bench.zalo.calls("setWebhook")) == 1
        updates.set_webhook("https://elsewhere.example.vn/", "another-one")
        await ear.look()
        assert updates.webhook.url == HOOK
    assert updates.webhook.url == HOOK  # what is said meanwhile is told again later
    assert bench.zalo.calls("getUpdates") == []


async def test_a_webhook_that_cannot_be_set_is_a_trouble_of_the_account_and_tried_again(bench: Bench) -> None:
    ear, _ = bench.ear(mode="webhook", webhook_secret="bi-mat-thu")
    await bench.zalo.server.stop()
    with pytest.raises(TryLater):
        await ear.look()


async def test_going_back_to_polling_takes_the_webhook_off(bench: Bench) -> None:
    bench.zalo.state.updates.set_webhook(HOOK, "bi-mat-thu")
    bench.zalo.fault(cut_before(), method="deleteWebhook")
    ear, _ = bench.ear()
    async with bench.listening(ear):
        await bench.zalo.wait_for(lambda: bench.zalo.is_polled)
    assert bench.zalo.state.updates.webhook.url == ""


async def test_what_a_webhook_stored_is_handled_through_the_same_desk(bench: Bench) -> None:
    ear, listener = bench.ear(mode="webhook", webhook_secret="bi-mat-thu")
    await ear.look()
    lan, group = bench.zalo.person("Lan"), bench.zalo.group("Tổ 1")
    update = bench.zalo.at(group.id).say(lan, "đã nhận", mentioning=True)
    payload = {"ok": True, "result": update}
    stored = await bench.context.writer.submit(inbox.store, RawUpdate("zalo", "a1", "{}", NOON, payload))
    assert stored is not None
    await ear.handle([stored])
    assert listener.said == ["đã nhận"]

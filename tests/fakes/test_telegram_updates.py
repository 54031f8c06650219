"""The queue of updates, by polling and by webhook."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_errors import BotApiError
from tests.fakes.telegram_methods import get_webhook_info, set_webhook
from tests.fakes.telegram_params import Call
from tests.fakes.telegram_updates import UpdateQueue
from tests.fakes.telegram_webhook import SECRET_HEADER
from tests.fakes.telegram_world import Clock, Json


def ids(updates: list[Json]) -> list[int]:
    return [update["update_id"] for update in updates]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> UpdateQueue:
    queue = UpdateQueue(clock, first_id=1)
    queue.conflict_delay = 0.0
    return queue


async def test_an_update_stays_until_a_later_offset_confirms_it(queue: UpdateQueue) -> None:
    for text in "abc":
        queue.put("message", {"text": text}, "chat 1")
    assert ids(await queue.poll(0, 2, 0)) == [1, 2]
    assert ids(await queue.poll(0, 100, 0)) == [1, 2, 3]
    assert ids(await queue.poll(3, 100, 0)) == [3]
    assert ids(await queue.poll(4, 100, 0)) == []


async def test_a_negative_offset_keeps_only_the_newest(queue: UpdateQueue) -> None:
    for text in "abc":
        queue.put("message", {"text": text}, "chat 1")
    assert ids(await queue.poll(-1, 100, 0)) == [3]
    assert ids(await queue.poll(0, 100, 0)) == [3]


async def test_a_press_dies_after_150_seconds_and_a_message_lives_for_a_day(queue: UpdateQueue, clock: Clock) -> None:
    queue.put("callback_query", {}, "press 1")
    queue.put("message", {}, "chat 1")
    clock.advance(149)
    assert ids(await queue.poll(0, 100, 0)) == [1, 2]
    clock.advance(2)
    assert ids(await queue.poll(0, 100, 0)) == [2]
    clock.advance(24 * 3600)
    assert await queue.poll(0, 100, 0) == []
    assert ids(queue.lost) == [1, 2]


async def test_kinds_the_bot_doesnt_listen_to_are_never_queued(queue: UpdateQueue) -> None:
    assert queue.put("chat_member", {}, "member 1") is None
    queue.allow(["callback_query"])
    queue.allow(None)
    assert queue.put("message", {}, "chat 1") is None
    queue.allow([])
    assert queue.put("message", {}, "chat 1") is not None


async def test_a_long_poll_ends_with_the_first_update(queue: UpdateQueue) -> None:
    poll = asyncio.create_task(queue.poll(0, 100, 30))
    await asyncio.sleep(0)
    queue.put("message", {}, "chat 1")
    assert ids(await asyncio.wait_for(poll, 1)) == [1]


async def test_a_webhook_ends_the_long_poll_and_refuses_the_next(queue: UpdateQueue) -> None:
    poll = asyncio.create_task(queue.poll(0, 100, 30))
    await asyncio.sleep(0)
    queue.set_webhook("https://loa.example/hook", "")
    with pytest.raises(BotApiError, match="terminated by setWebhook"):
        await poll
    with pytest.raises(BotApiError, match="while webhook is active"):
        await queue.poll(0, 100, 0)


async def test_a_repeated_update_comes_once_more_though_it_was_confirmed(queue: UpdateQueue) -> None:
    update = queue.put("message", {}, "chat 1")
    assert update is not None
    await queue.poll(2, 100, 0)
    queue.repeat(update)
    assert ids(await queue.poll(2, 100, 0)) == [1]
    assert ids(await queue.poll(2, 100, 0)) == []


class Receiver:
    """A bot's webhook: answers with `statuses` in turn, then 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.got: list[Json] = []
        self.secrets: list[str | None] = []
        self.paths: list[str] = []

    async def handle(self, request: web.BaseRequest) -> web.Response:
        self.got.append(await request.json())
        self.secrets.append(request.headers.get(SECRET_HEADER))
        self.paths.append(request.path)
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver()
    runner = web.ServerRunner(web.Server(receiver.handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield receiver, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def hook(fake: FakeTelegram, **params: Any) -> bool:
    return set_webhook(fake.state, Call("setWebhook", {"url": "https://loa.example/hook/t", **params}))


async def test_a_webhook_gets_updates_with_its_secret_until_it_takes_them(receiver: tuple[Receiver, str]) -> None:
    bot, address = receiver
    async with FakeTelegram() as fake:
        lan = fake.user("Lan")
        fake.webhook.forward_to, fake.webhook.speed = address, 100.0
        bot.statuses = [500, 403]
        fake.text(lan, lan.id, "/start")
        hook(fake, secret_token="Bi_mat-1")
        fake.text(lan, lan.id, "chào")
        await fake.wait_for(lambda: not fake.state.updates.waiting())
    assert [update["message"]["text"] for update in bot.got] == ["/start", "/start", "/start", "chào"]
    assert set(bot.secrets) == {"Bi_mat-1"}
    assert set(bot.paths) == {"/hook/t"}


async def test_an_update_the_webhook_never_takes_dies_with_its_life(receiver: tuple[Receiver, str]) -> None:
    bot, address = receiver
    async with FakeTelegram() as fake:
        lan, group = fake.user("Lan"), fake.group("Tổ 1")
        fake.webhook.forward_to, fake.webhook.speed = address, 1000.0
        hook(fake)
        bot.statuses = [500] * 1000
        fake.press(lan, group.id, 1, "a:1")
        await fake.wait_for(lambda: len(bot.got) >= 3)
        info = get_webhook_info(fake.state, Call("getWebhookInfo"))
        assert info["last_error_message"] == "Wrong response from the webhook: 500"
        fake.clock.advance(151)
        await fake.wait_for(lambda: fake.lost)
    assert {update["update_id"] for update in bot.got} == set(ids(fake.lost))


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"url": "http://loa.example"}, "An HTTPS URL must be provided"),
        ({"url": "https://loa.example", "secret_token": "bí mật"}, "unallowed characters"),
    ],
)
async def test_a_bad_webhook_is_refused(params: Json, reason: str) -> None:
    async with FakeTelegram() as fake:
        with pytest.raises(BotApiError, match=reason):
            set_webhook(fake.state, Call("setWebhook", params))

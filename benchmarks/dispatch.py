"""Dispatch: deliveries a second from a durable outbox to a platform, pace limits lifted, against what bots usually do.

Ours claims, sends and settles on SQLite with full synchronisation, through python-telegram-bot over our transport. The
peers send the same text to the same number of chats and keep nothing: python-telegram-bot's own transport with its
`AIORateLimiter` (limits lifted), and aiogram.
"""

import asyncio
import tempfile
from dataclasses import replace
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

from announcements.channels import Message, Posted
from announcements.types import ChannelKind, DeliveryState
from benchmarks import places
from benchmarks.measuring import Sample, as_dict, measured, paired, table, times
from benchmarks.places import ACCOUNT, LEASE, Size
from benchmarks.platform import platform
from bot.channels.telegram.sender import TelegramChannel
from db.counting import reach
from db.engine import Database
from db.writer import Writer
from scheduler.clock import now
from scheduler.dispatcher import Dispatcher
from scheduler.limiter import Limiter
from scheduler.messages import Messages

IN_FLIGHT = 100
TOKEN = "1:benchmark"
TEXT = "📢 <b>Họp thôn</b>\n\nMời bà con dự họp tại nhà văn hóa lúc 19 giờ 30 tối thứ bảy."


def run(*, quick: bool = False) -> dict[str, Any]:
    """Keys: latency and contender; values: `per_second`, `cpu_us` per message, for ours `commits` per message."""
    results: dict[str, Any] = {}
    for latency, count in ((0.0, 300 if quick else 6_000), (0.1, 150 if quick else 3_000)):
        size = Size(4, count, count)
        with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder, platform(latency) as address:
            template = Path(folder) / "template.db"
            places.lay_out(template, size)
            few = count if latency == 0 else max(50, count // 4)  # python-telegram-bot alone would take minutes
            contenders = {
                "ours": partial(ours, template, address, count),
                "ptb": partial(ptb, address, few // 2),
                "aiogram": partial(aiogram, address, count),
            }
            samples = paired(contenders, 1 if quick else 3)
        _show(latency, samples)
        results[f"{latency * 1000:.0f} ms"] = as_dict(samples)
    return results


def _show(latency: float, samples: dict[str, Sample]) -> None:
    names = {
        "ours": "outbox, dispatcher, PTB over aiohttp (durable)",
        "ptb": "PTB with AIORateLimiter (keeps nothing)",
        "aiogram": "aiogram (keeps nothing)",
    }
    table(
        f"Dispatch at {latency * 1000:.0f} ms latency, {IN_FLIGHT} in flight",
        ["", "per second", "CPU µs", "commits/message", "MiB", "x PTB", "x aiogram"],
        [
            [names[name], one.rate, one.cpu_us, one.more.get("commits", 0.0), one.more["rss_mib"],
             times(one, samples["ptb"]), times(one, samples["aiogram"])]
            for name, one in samples.items()
        ],
    )  # fmt: skip


def ours(template: Path, address: str, count: int) -> Sample:
    """From queued to sent and settled."""

    async def go() -> Sample:
        database = Database(places.url_of(places.copy(template, "dispatch")))
        async with database.write() as connection:
            await places.announce(connection)
        channel = _Counting(TOKEN, address, per_second=1e6, per_chat_per_minute=1e6)
        limits = channel.limits = replace(channel.limits, per_chat_per_second=0, concurrency=IN_FLIGHT)
        messages = Messages(database, ACCOUNT, ChannelKind.TELEGRAM, limits, UTC, address.__add__, Path())
        limiter = Limiter(limits.per_second, limits.per_chat_per_minute, limits.per_chat_per_second)
        async with Writer(database) as writer:
            dispatcher = Dispatcher(ACCOUNT, channel, database, writer, messages, limiter, LEASE, now)
            stop = asyncio.Event()
            with measured(count) as sample:
                running = asyncio.create_task(dispatcher.run(stop))
                await channel.posted(count)
                stop.set()
                dispatcher.ring()
                await running  # until the last settlement is committed
            await _prove(database, count)
            sample.more["commits"] = writer.commits / count
        await channel.close()
        await database.close()
        return sample

    return asyncio.run(go())


class _Counting(TelegramChannel):
    """Says when so many messages are out, so that nobody has to ask the database meanwhile."""

    def __init__(self, token: str, base_url: str, **pace: float) -> None:
        super().__init__(token, base_url, **pace)
        self._out = 0
        self._enough = asyncio.Event()
        self._wanted = 0

    async def posted(self, count: int) -> None:
        self._wanted = count
        await self._enough.wait()

    async def send(self, address: str, message: Message) -> Posted:
        posted = await super().send(address, message)
        self._out += 1
        if self._out == self._wanted:
            self._enough.set()
        return posted


async def _prove(database: Database, count: int) -> None:
    async with database.read() as connection:
        sent = (await reach.delivery_counts(connection, 1))[DeliveryState.SENT]
    if sent != count:
        raise AssertionError(f"{sent} of {count} deliveries are settled as sent")


def ptb(address: str, count: int) -> Sample:
    """python-telegram-bot as its documentation sets it up for many messages."""
    from telegram.ext import AIORateLimiter, ExtBot
    from telegram.request import HTTPXRequest

    async def go() -> Sample:
        limiter = AIORateLimiter(overall_max_rate=0, group_max_rate=0)
        request = HTTPXRequest(connection_pool_size=IN_FLIGHT + 8, pool_timeout=60, read_timeout=60)
        bot = ExtBot(TOKEN, base_url=f"{address}/bot", request=request, rate_limiter=limiter)
        await request.initialize()
        with measured(count) as sample:
            await _spread(count, lambda chat: bot.send_message(-chat, TEXT, parse_mode="HTML"))
        await request.shutdown()
        return sample

    return asyncio.run(go())


def aiogram(address: str, count: int) -> Sample:
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    async def go() -> Sample:
        session = AiohttpSession(api=TelegramAPIServer.from_base(address), limit=IN_FLIGHT)
        bot = Bot("1:benchmark", session=session)
        with measured(count) as sample:
            await _spread(count, lambda chat: bot.send_message(-chat, TEXT, parse_mode="HTML"))
        await session.close()
        return sample

    return asyncio.run(go())


async def _spread(count: int, send: Any) -> None:
    """`count` sends by as many workers as there may be in flight."""
    chats = iter(range(1, count + 1))

    async def work() -> None:
        for chat in chats:
            await send(chat)

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))

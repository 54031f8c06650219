"""The composition root: makes the real things, starts them, stops them cleanly.

`loa run` and `loa demo` call `running()`; tests call it with their own settings and channels.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from announcements.channels import Hears
from bot import doorbell
from bot.alone import Alone
from bot.beats import beats
from bot.channels.built_in import built_in
from bot.channels.registry import Account, open_accounts
from bot.config import Settings
from bot.context import Context
from bot.ears.inbound import Inbound
from bot.office.channels import quotas
from bot.opening import opened
from bot.replies.answering import warm_up
from bot.tidings.saying_back import SayingBack
from bot.tidings.telling import Telling
from bot.tidings.ways import way_of
from bot.web import serving
from bot.web.dashboard.watching import Watching
from bot.web.server import create_app
from db.platforms import accounts
from scheduler import upkeep
from scheduler.asides import Asides
from scheduler.counters import Counters
from scheduler.dispatcher import Dispatcher
from scheduler.limiter import Limiter
from scheduler.messages import Messages
from scheduler.reposts import Reposts
from scheduler.summaries import Summaries

log = logging.getLogger(__name__)


class Works(Protocol):
    """Something that goes on until it is told to stop."""

    def run(self, stop: asyncio.Event, /) -> Coroutine[Any, Any, None]: ...


@dataclass(slots=True)
class Running:
    """Everything that runs. `url` is where the web really listens."""

    context: Context
    url: str
    watching: Watching
    dispatchers: list[Dispatcher] = field(default_factory=list)
    counters: list[Counters] = field(default_factory=list)
    reposts: list[Reposts] = field(default_factory=list)
    summaries: list[Summaries] = field(default_factory=list)
    telling: Telling = field(init=False)
    saying_back: SayingBack = field(init=False)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.telling, self.saying_back = Telling(self.context, []), SayingBack(self.context)

    def work(self) -> list[Works]:
        """What is to run until it is told to stop."""
        return [*self.dispatchers, *self.counters, *self.reposts, *self.summaries, self.telling, self.saying_back]

    def ring(self) -> None:
        for dispatcher in self.dispatchers:
            dispatcher.ring()
        self.telling.ring()
        self.saying_back.ring()

    def answered(self, broadcast_id: int) -> None:
        for one in self.counters:
            one.moved(broadcast_id)
        self.watching.moved(broadcast_id)


@asynccontextmanager
async def running(settings: Settings, more: Mapping[str, Account] | None = None) -> AsyncIterator[Running]:
    """The whole service. On leaving, what is in flight is settled. `more` are accounts beside the configured ones."""
    async with opened(settings) as context:
        with Alone(context.database.url):
            lease = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
            if not context.database.is_postgres:
                await upkeep.release_all_but(context.database, context.clock(), lease)
            channels = {**built_in(), **open_accounts(context), **(more or {})}
            async with _serving(context, channels, lease) as everything:
                yield everything


@asynccontextmanager
async def _serving(context: Context, channels: Mapping[str, Account], lease: str) -> AsyncIterator[Running]:
    if any(account.channel.limits.hears is not Hears.NOTHING for account in channels.values()):
        await warm_up()  # before anybody is listened to: beside it a webhook would wait for too long
    web = context.settings.web
    listening = serving.bind(web.host, web.port)
    app = create_app(context)
    server = serving.server(app, web.trusted_proxies)
    running = Running(context, f"http://{web.host}:{listening.getsockname()[1]}", app.state.watching)
    context.ring, context.answered = running.ring, running.answered
    for account in channels.values():
        await _hire(running, account, lease)
    _give_voices(running, channels)
    inbound = Inbound(context, channels)
    context.hear = inbound.hear
    workers = [asyncio.create_task(one.run(running.stop)) for one in (*running.work(), inbound)]
    workers.append(asyncio.create_task(doorbell.listen(context.database, running.ring, running.stop)))
    pages = asyncio.create_task(server.serve(sockets=[listening]), name="web")
    beat = beats(context)
    beat.start()
    try:
        yield running
    finally:
        await beat.stop()
        running.stop.set()
        running.ring()
        for result in await asyncio.gather(*workers, return_exceptions=True):
            if isinstance(result, Exception):
                log.error("a worker had failed: %r", result, extra={"action": "worker_failed"})
        await running.watching.close()  # open pages are never done by themselves
        server.should_exit = True  # the pages go last: an answer is taken as long as it can be kept
        await pages
        for account in channels.values():
            await account.channel.close()


def _give_voices(running: Running, channels: Mapping[str, Account]) -> None:
    """Who is told something in private, or answered later, is so through the accounts that can."""
    context, voices = running.context, {}
    for one in channels.values():
        way = way_of(one, context.limiters[one.name], partial(quotas.spent, context, one.name))
        if way is not None:
            voices[one.name] = way
    running.telling.ways = running.saying_back.ways = list(voices.values())
    running.saying_back.voices = voices


async def _hire(running: Running, account: Account, lease: str) -> None:
    """A dispatcher for an account, and what looks after its buttons where it has some."""
    context, channel = running.context, account.channel
    async with context.database.write() as connection:
        await accounts.register(connection, account.name, account.kind)
    limits = channel.limits
    limiter = Limiter(limits.per_second, limits.per_chat_per_minute, limits.per_chat_per_second)
    context.limiters[account.name] = limiter
    messages = Messages(
        context.database, account.name, account.kind, limits, context.settings.commune.zone, context.link,
        context.settings.uploads, context.settings.commune.name,
    )  # fmt: skip
    after = context.settings.summary.on(limits)
    running.dispatchers.append(
        Dispatcher(account.name, channel, context.database, context.writer, messages, limiter, lease, context.clock,
                   summary_after=after)
    )  # fmt: skip
    asides = Asides(
        account.name, channel, context.database, context.writer, limiter, context.clock, context.settings.commune.zone
    )
    if after is not None:
        running.summaries.append(Summaries(asides, messages, after))
    if limits.edits:
        running.counters.append(
            Counters(account.name, channel, context.database, context.writer, messages, limiter, context.clock)
        )
    if limits.buttons:
        running.reposts.append(Reposts(asides, messages))

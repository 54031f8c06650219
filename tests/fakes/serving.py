"""The HTTP side that fakes of bots' platforms have in common: an address on 127.0.0.1, and connections that break."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from aiohttp import web

from tests.fakes.faults import Fault, Where

HOST = "127.0.0.1"
Outcome = TypeVar("Outcome")


class FakeServer(ABC):
    """Serves between `start` and `stop`. `latency` is added to every answer, in seconds."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.latency = 0.0
        self.port = 0
        self._closing = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    @abstractmethod
    def made(self) -> web.Server:
        """What answers requests."""

    @abstractmethod
    async def let_go(self) -> None:
        """End the polls that wait."""

    @abstractmethod
    def changed(self) -> None:
        """Something happened: whoever waits looks again."""

    async def start(self, port: int = 0) -> None:
        self._runner = web.ServerRunner(self.made(), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Let go of hanging and polling requests, then close."""
        self._closing.set()
        await self.let_go()
        if self._runner is not None:
            await self._runner.cleanup()

    async def play(
        self, request: web.BaseRequest, fault: Fault | None, carry_out: Callable[[], Awaitable[Outcome]],
        respond: Callable[[Outcome], web.Response],
    ) -> web.Response:  # fmt: skip
        """Carry a request out and answer it, as far as `fault` lets that through."""
        if fault is not None and fault.where is Where.CUT_BEFORE:
            return _cut(request)
        await self._pause(self.latency + (fault.seconds if fault is not None else 0.0))
        outcome = await carry_out()
        if fault is None or fault.where not in (Where.CUT_AFTER, Where.SILENT):
            return respond(outcome)
        self.changed()
        if fault.where is Where.SILENT:
            await self._closing.wait()
        return _cut(request)

    async def _pause(self, seconds: float) -> None:
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), seconds)


def _cut(request: web.BaseRequest) -> web.Response:
    """Drop the connection: what is returned has nowhere to go."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()

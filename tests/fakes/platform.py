"""What the fakes of bots' platforms have in common for a test: start and stop, faults to programme, waiting."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.fakes.faults import Fault, Faults, Programmed
from tests.fakes.serving import HOST, FakeServer

LOOK_AGAIN = 0.05  # seconds


class FakePlatform(ABC):
    """Use it by `async with`; on leaving, a request that is not as the platform wants it fails the test."""

    server: FakeServer

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self._changed = asyncio.Event()

    @property
    @abstractmethod
    def violations(self) -> list[str]:
        """What didn't fit the platform's description so far; a test that provokes some clears them."""

    @property
    @abstractmethod
    def faults(self) -> Faults: ...

    async def __aenter__(self) -> Self:
        await self.server.start(self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.server.stop()
        if kind is None and self.violations:
            raise AssertionError("not what the platform describes:\n" + "\n".join(self.violations))

    @property
    def base_url(self) -> str:
        """What stands for the platform's address."""
        return f"http://{HOST}:{self.server.port}"

    @property
    def token(self) -> str:
        return self.server.token

    def fault(
        self,
        fault: Fault,
        *,
        chat_id: int | str | None = None,
        method: str | None = None,
        times: int | None = 1,
        skip: int = 0,
    ) -> Programmed:
        """Let `fault` strike the next `times` requests (None: all) that fit, after `skip` that pass unharmed."""
        programmed = Programmed(fault, chat_id, method, skip, times)
        self.faults.programmed.append(programmed)
        return programmed

    async def wait_for(self, condition: Callable[[], object], timeout: float = 10.0) -> None:
        """Until `condition()` is true: looked at with every request, and now and then for what changes elsewhere.

        Raises `TimeoutError` after `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not condition():
                self._changed.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), LOOK_AGAIN)

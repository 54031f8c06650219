"""The API behind a real port, on an event loop of its own thread: for a library that speaks HTTP and blocks.

`with in_thread(url, folder) as line:` gives a `Line`.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TypeVar

from bot.web import serving
from db.engine import Database
from tests.bot.conftest_api import Service, open_api

T = TypeVar("T")
KEYS = 30  # one alone would ask too often


@dataclass(slots=True)
class Line:
    """`address` ends in `/api`. `keys` take turns, so that the pace allowed to each is never the matter."""

    loop: asyncio.AbstractEventLoop
    service: Service
    address: str
    keys: "cycle[str]"

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work` on the loop of the application."""

        async def go() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(go(), self.loop).result(30)

    def headers(self) -> dict[str, str]:
        """The next key."""
        return {"Authorization": f"Bearer {next(self.keys)}"}


@asynccontextmanager
async def _opened(url: str, folder: Path) -> AsyncIterator[tuple[Service, str, "cycle[str]"]]:
    database = Database(url)
    async with open_api(database, folder) as service:
        listening = serving.bind("127.0.0.1", 0)
        server = serving.server(service.village.app)
        serve = asyncio.create_task(server.serve(sockets=[listening]))
        keys = [await service.key("Xã Thử") for _ in range(KEYS)]
        yield service, f"http://127.0.0.1:{listening.getsockname()[1]}/api", cycle(keys)
        server.should_exit = True
        await serve
    await database.close()


@contextmanager
def in_thread(url: str, folder: Path) -> Iterator[Line]:
    """The commune of `open_api` in the database at `url`, behind a `Line`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="api", daemon=True)
    thread.start()
    stack = AsyncExitStack()
    try:
        opening = asyncio.run_coroutine_threadsafe(stack.enter_async_context(_opened(url, folder)), loop)
        yield Line(loop, *opening.result(60))
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()

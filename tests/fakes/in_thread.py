"""A fake server in a thread of its own, for tests that block: `subprocess.run`, Playwright's synchronous interface.

with in_thread(FakeTelegram) as (telegram, do):
    group = do(lambda: telegram.group("Tổ 1"))
    subprocess.run(["loa", ...])
    assert do(lambda: telegram.sent(group.id))
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, Protocol, TypeVar

FakeT = TypeVar("FakeT", bound=AbstractAsyncContextManager[Any])
ResultT = TypeVar("ResultT")


class Do(Protocol):
    """Runs a function where the fake lives, and gives back its result: fakes are not safe to touch from outside."""

    def __call__(self, act: Callable[[], ResultT], /) -> ResultT: ...


@contextmanager
def in_thread(make: Callable[[], FakeT]) -> Iterator[tuple[FakeT, Do]]:
    """Start what `make` builds on an event loop in a new thread; leave it, with its checks, at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="fake server")
    thread.start()

    async def act_there(act: Callable[[], ResultT]) -> ResultT:
        return act()

    def do(act: Callable[[], ResultT], /) -> ResultT:
        return asyncio.run_coroutine_threadsafe(act_there(act), loop).result(30)

    try:
        fake = do(make)
        asyncio.run_coroutine_threadsafe(fake.__aenter__(), loop).result(30)
        try:
            yield fake, do
        finally:
            asyncio.run_coroutine_threadsafe(fake.__aexit__(None, None, None), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()

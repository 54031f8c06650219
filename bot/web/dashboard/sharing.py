"""One reading for everybody who waits for it: a thousand people on one page must not mean a thousand readings.

Nobody is shown what was read before they asked: whoever comes while a reading is under way shares the next one, with
everybody else who comes meanwhile. Nothing is kept for later.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Shared(Generic[K, V]):
    """`read` is called for one key at a time, and its result, or error, given to all who were waiting for it."""

    def __init__(self, read: Callable[[K], Awaitable[V]]) -> None:
        self._read = read
        self._under_way: dict[K, asyncio.Task[V]] = {}
        self._next: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """What `read` gives for `key`, read after now."""
        task = self._next.get(key)
        if task is None:
            task = asyncio.create_task(self._begin(key, self._under_way.get(key)))
            self._next[key] = task
        return await asyncio.shield(task)  # one who goes away must not take the others' reading along

    async def _begin(self, key: K, before: "asyncio.Task[V] | None") -> V:
        if before is not None:
            await asyncio.wait([before])
        task = self._under_way[key] = self._next.pop(key)
        try:
            return await self._read(key)
        finally:
            if self._under_way.get(key) is task:
                del self._under_way[key]

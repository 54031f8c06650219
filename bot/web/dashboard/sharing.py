"""One reading for everybody who waits for it: a thousand people on one page must not mean a thousand readings.

Whoever comes while a reading is under way shares the next one, with everybody else who comes meanwhile. A reading is
kept for a moment, as long as nothing is known to have changed: `forget` is told of what changes in this process.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Shared(Generic[K, V]):
    """`read` is called for one key at a time, and its result, or error, given to all who were waiting for it.

    `keep` is how long, in seconds, a result may be shown that `forget` was not told of: what other processes change.
    """

    def __init__(self, read: Callable[[K], Awaitable[V]], *, keep: float = 0.0) -> None:
        self._read = read
        self._keep = keep
        self._kept: dict[K, tuple[float, V]] = {}
        self._changes = 0
        self._under_way: dict[K, asyncio.Task[V]] = {}
        self._next: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """What `read` gives for `key`: as it is now, as far as this process knows."""
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < self._keep:
            return kept[1]
        task = self._next.get(key)
        if task is None:
            task = asyncio.create_task(self._begin(key, self._under_way.get(key)))
            self._next[key] = task
        return await asyncio.shield(task)  # one who goes away must not take the others' reading along

    def forget(self) -> None:
        """Something changed: what was read, or is being read, is not shown to whoever asks from now on."""
        self._changes += 1
        self._kept.clear()

    async def _begin(self, key: K, before: "asyncio.Task[V] | None") -> V:
        if before is not None:
            await asyncio.wait([before])
        task = self._under_way[key] = self._next.pop(key)
        try:
            begun, changes = time.monotonic(), self._changes
            found = await self._read(key)
            if self._keep and changes == self._changes:
                self._kept = {one: had for one, had in self._kept.items() if begun - had[0] < self._keep}
                self._kept[key] = begun, found
            return found
        finally:
            if self._under_way.get(key) is task:
                del self._under_way[key]

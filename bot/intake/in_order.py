"""Work for many people at once, and for each of them in the order it came. Used wherever people are talked with."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

LONGEST = 5_000  # pieces of work under way before whoever brings more has to wait


@dataclass(slots=True)
class InOrder:
    """Different people don't wait for each other."""

    _last: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # the newest of each person
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def add(self, person: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` once everything `person` brought before is done. It must not raise."""
        task = asyncio.create_task(self._do(self._last.get(person), work))
        self._last[person] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._leave(person, done))

    async def _do(self, before: "asyncio.Task[None] | None", work: Callable[[], Awaitable[None]]) -> None:
        if before is not None:
            await asyncio.wait([before])
        await work()

    def _leave(self, person: str, done: "asyncio.Task[None]") -> None:
        self._tasks.discard(done)
        if self._last.get(person) is done:
            del self._last[person]

    async def room(self) -> None:
        """Wait while too much is under way."""
        while len(self._tasks) > LONGEST:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What is under way."""
        return list(self._tasks)

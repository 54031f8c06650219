"""The group-committing writer: callers hand in an intent and await its commit; whatever waits is written together.

Used by everything hot: stored updates, acknowledgements, claims, settlements. One commit then serves hundreds of
intents, which is what keeps an ordinary disk from being the limit (docs/decisions.md has the figures).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.engine import Database

log = logging.getLogger(__name__)

AGAIN = (0.02, 0.1, 0.5)  # seconds before a batch that got in another's way is written again
IN_THE_WAY = frozenset({"40001", "40P01"})  # PostgreSQL: serialization failure, deadlock

T = TypeVar("T")
R = TypeVar("R")

# Takes intents of one kind in the order they came, returns one result for each, in the same order.
Apply = Callable[[AsyncConnection, Sequence[T]], Awaitable[Sequence[R]]]


@dataclass(slots=True)
class _Waiting:
    """What one caller handed in: it is committed whole or refused whole."""

    apply: Apply[Any, Any]
    intents: Sequence[Any]
    future: asyncio.Future[list[Any]]


class Writer:
    """One per process and database. Use it as `async with Writer(database) as writer`.

    `linger` is how long, in seconds, fewer than `company` intents wait for more; `most` go into one transaction.
    """

    def __init__(self, database: Database, *, linger: float = 0.003, company: int = 50, most: int = 1_000) -> None:
        self._database = database
        self._linger = linger
        self._company = company
        self._most = most
        self._queue: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self.commits = 0
        self.written = 0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="writer")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        await self.close()

    async def close(self) -> None:
        """Write what is waiting, then stop."""
        self._closing = True
        self._arrived.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def submit(self, apply: Apply[T, R], intent: T) -> R:
        """Have `apply` run on `intent` inside the next commit and return its result after that commit.

        Raises what `apply` raised for this intent alone; its neighbours are not harmed.
        """
        return (await self.submit_all(apply, [intent]))[0]

    async def submit_all(self, apply: Apply[T, R], intents: Sequence[T]) -> list[R]:
        """The same for several intents that stand or fall together; results in their order."""
        if not intents:
            return []
        if self._closing:
            raise RuntimeError("the writer is closed")
        future: asyncio.Future[list[R]] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(apply, intents, future))
        self._arrived.set()
        return await future

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            if not self._queue:
                if self._closing:
                    return
                self._arrived.clear()
                continue
            if self._waiting < self._company and not self._closing:
                await asyncio.sleep(self._linger)
            await self._write(self._next_batch())

    @property
    def _waiting(self) -> int:
        return sum(len(entry.intents) for entry in self._queue)

    def _next_batch(self) -> list[_Waiting]:
        """The first in line, up to `most` intents: what one statement can carry is limited."""
        taken, intents = 0, 0
        while taken < len(self._queue) and (not taken or intents + len(self._queue[taken].intents) <= self._most):
            intents += len(self._queue[taken].intents)
            taken += 1
        batch, self._queue = self._queue[:taken], self._queue[taken:]
        return batch

    async def _write(self, batch: list[_Waiting], attempt: int = 0) -> None:
        try:
            await self._commit(batch)
        except Exception as error:
            if _passing(error) and attempt < len(AGAIN):
                log.warning("a batch of %d got in another's way; trying again", len(batch),
                            extra={"action": "writer_again"})  # fmt: skip
                await asyncio.sleep(AGAIN[attempt])
                await self._write(batch, attempt + 1)
            elif len(batch) == 1 or _passing(error):
                for entry in batch:
                    _fail(entry, error)
            else:
                await self._split(batch, error)

    async def _split(self, batch: list[_Waiting], error: Exception) -> None:
        """One bad intent must not take its neighbours along: halve until it is alone."""
        log.warning("a batch of %d was refused (%s); writing it in parts", len(batch), type(error).__name__,
                    extra={"action": "writer_split"})  # fmt: skip
        middle = len(batch) // 2
        await self._write(batch[:middle])
        await self._write(batch[middle:])

    async def _commit(self, batch: list[_Waiting]) -> None:
        kinds: dict[Apply[Any, Any], list[_Waiting]] = {}
        for entry in batch:
            kinds.setdefault(entry.apply, []).append(entry)
        answers: list[tuple[_Waiting, list[Any]]] = []
        async with self._database.write() as connection:
            for apply, entries in kinds.items():
                results = iter(await apply(connection, [intent for entry in entries for intent in entry.intents]))
                answers.extend((entry, [next(results) for _ in entry.intents]) for entry in entries)
        self.commits += 1
        for entry, own in answers:
            self.written += len(own)
            if not entry.future.done():
                entry.future.set_result(own)


def _passing(error: Exception) -> bool:
    """Would the same go through a moment later? Two processes waited for each other, or one was kept waiting."""
    if not isinstance(error, DBAPIError):
        return False
    return getattr(error.orig, "sqlstate", None) in IN_THE_WAY or "database is locked" in str(error.orig)


def _fail(entry: _Waiting, error: Exception) -> None:
    if not entry.future.done():
        entry.future.set_exception(error)

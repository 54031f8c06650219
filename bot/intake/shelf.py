"""The stored updates of one account: each in one pair of hands, finished once, and taken up again when left lying.

Used by the desks: `bot/ears/telegram_desk.py` and `bot/replies/desk.py`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.context import Context
from bot.intake.in_hand import InHand
from db.platforms import inbox
from db.platforms.inbox import Done, Stored

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Shelf:
    """What is on it was committed to the inbox before."""

    context: Context
    account: str
    in_hand: InHand = field(default_factory=InHand)
    _finishing: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self, stored: Sequence[Stored]) -> list[Stored]:
        """Those of `stored` that nobody has; from now on they are the caller's."""
        return self.in_hand.take(stored)

    async def finish(self, handled: Sequence[Stored], error: str = "") -> None:
        """Mark as handled. Where that fails they wait for the next look at the inbox."""
        now = self.context.clock()
        try:
            await self.context.writer.submit_all(inbox.finish, [Done(one.id, now, error) for one in handled])
        except Exception as failure:
            log.error("%d updates could not be marked as handled (%s)", len(handled), type(failure).__name__,
                      extra={"action": "finish_failed"})  # fmt: skip
        for one in handled:
            self.in_hand.let_go(one.id)

    def finish_soon(self, handled: Sequence[Stored]) -> None:
        """The same, and nobody waits for it."""
        if handled:
            self._meanwhile(self.finish(handled))

    def _meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def catch_up(self, handle: Callable[[Sequence[Stored]], Awaitable[None]]) -> None:
        """Have handled what is stored and not handled: left by an earlier process, or by a fault of the database."""
        seen = 0
        with self.in_hand.looking():
            while left := await self._left(seen):
                seen = left[-1].id
                await handle(left)

    async def _left(self, after: int) -> list[Stored]:
        async with self.context.database.read() as connection:
            return await inbox.waiting(connection, self.account, after=after)

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What is under way."""
        return list(self._finishing)

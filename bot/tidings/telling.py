"""Telling members of staff something in private: kept by `tell_staff`, said by `Telling` in the service.

A help, never a duty: whoever can't be written to is left out, and no notice waits for it. A message goes out at most
once, also when the process is killed; what surely did not go out is tried again for a while.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from announcements.channels import Button
from bot.context import Context
from bot.tidings.ways import Way, tell_first
from db import tidings
from db.tidings import Tiding, Waiting

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0  # seconds, when nothing rings
AT_ONCE = 8  # people written to at the same time


async def tell_staff(
    context: Context,
    staff_ids: Collection[int],
    text: str | Sequence[str],
    *,
    key: str,
    rows: Sequence[Sequence[Button]] = (),
    until: datetime | None = None,
) -> int:
    """Have these people told, each once for a `key`; returns to how many that was new.

    Plain text; several texts are several messages, and the buttons stand under the last. Whoever writes something
    down in the same breath calls `db.tidings.put` in that transaction instead.
    """
    texts = (text,) if isinstance(text, str) else tuple(text)
    buttons = tuple(tuple(row) for row in rows)
    made = [Tiding(staff_id, key, texts, buttons, until) for staff_id in sorted(set(staff_ids))]
    async with context.database.write() as connection:
        new = await tidings.put(connection, made, context.clock())
    if new:
        context.ring()
    return new


@dataclass(slots=True)
class Telling:
    """One per service. `ring()` wakes it."""

    context: Context
    ways: Sequence[Way]
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _telling: dict[int, asyncio.Task[None]] = field(default_factory=dict)  # by the person who is told

    def ring(self) -> None:
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Tell until `stop`; whoever is being written to then gets the whole message."""
        while not stop.is_set():
            self._wake.clear()
            try:
                await self.step()
            except Exception:  # the database may be away for a moment
                log.exception("telling staff failed; trying again", extra={"action": "telling_failed"})
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY)
        await self.settle()

    async def step(self) -> int:
        """Begin to tell what waits, as far as there is room, one thing at a time to each person; returns how many."""
        room = AT_ONCE - len(self._telling)
        if room <= 0:
            return 0
        async with self.context.database.read() as connection:
            found = await tidings.waiting(connection, self.context.clock(), room, list(self._telling))
        for one in found:
            task = asyncio.create_task(self._tell(one), name=f"tiding {one.id}")
            self._telling[one.staff_id] = task
            task.add_done_callback(partial(self._done, one.staff_id))
        return len(found)

    def _done(self, staff_id: int, _task: asyncio.Task[None]) -> None:
        del self._telling[staff_id]
        self._wake.set()

    async def settle(self) -> None:
        """Wait for those under way."""
        while self._telling:
            await asyncio.wait(list(self._telling.values()))

    async def _tell(self, tiding: Waiting) -> None:
        try:
            await self._say_all(tiding)
        except Exception:
            log.exception("a member of staff could not be told", extra={"action": "telling_failed"})

    async def _say_all(self, tiding: Waiting) -> None:
        database = self.context.database
        said = tiding.said
        while said < len(tiding.texts):
            async with database.write() as connection:
                mine = await tidings.begin(connection, tiding.id, said, self.context.clock())
            if not mine:
                break
            wait = await self._say(tiding, said)
            if wait is not None:
                async with database.write() as connection:
                    await tidings.again(connection, tiding.id, said, self.context.clock() + wait)
                return
            said += 1
        async with database.write() as connection:
            await tidings.finish(connection, tiding.id, said, self.context.clock())

    async def _say(self, tiding: Waiting, place: int) -> timedelta | None:
        """Say one message; a wait when surely nobody was told and they may be later."""
        rows = tiding.rows if place == len(tiding.texts) - 1 else ()
        return await tell_first(await self._ways_to(tiding.staff_id), tiding.texts[place], rows)

    async def _ways_to(self, staff_id: int) -> list[tuple[Way, str]]:
        async with self.context.database.read() as connection:
            known = await tidings.addresses(connection, staff_id, self.context.clock())
        return [(way, one.external_id) for one in known for way in self.ways if way.kind is one.channel]

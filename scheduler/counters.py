"""The live count on buttons: one edit per message every five seconds at most, below sends, ending on the last number.

One per account. What is out of date is read from the tables, so nothing is forgotten by a restart; a note of which
broadcasts moved keeps the looks few.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from announcements.channels import Channel, ChannelError, Refused, SlowDown
from db import counts
from db.counts import Stale
from db.engine import Database
from db.writer import Writer
from scheduler.limiter import Limiter
from scheduler.messages import Messages

log = logging.getLogger(__name__)

PER_MESSAGE = 5.0  # seconds between two edits of one message
LOOK = 0.5  # seconds between looks while something moves
SWEEP = 30.0  # seconds between looks at everything: other processes record answers too
AT_ONCE = 10  # edits in flight
MOST = 200  # edits begun in one look
SEEN = 2_000  # messages looked at for that
SENDS_FIRST = 5.0  # per minute and chat, kept free for sends


@dataclass(slots=True)
class Counters:
    """`moved(broadcast_id)` says that households answered."""

    account: str
    channel: Channel
    database: Database
    writer: Writer
    messages: Messages
    limiter: Limiter
    monotonic: Callable[[], float] = time.monotonic
    _moved: set[int] = field(default_factory=set)
    _edited: dict[int, float] = field(default_factory=dict)
    _unwilling: set[int] = field(default_factory=set)  # messages the platform won't have edited
    _swept: float = float("-inf")

    def moved(self, broadcast_id: int) -> None:
        self._moved.add(broadcast_id)

    async def run(self, stop: asyncio.Event) -> None:
        """Step until `stop`."""
        while not stop.is_set():
            try:
                await self.step()
            except Exception:
                log.exception("the live counters of %s failed; trying again", self.account,
                              extra={"action": "counters_failed"})  # fmt: skip
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK)

    async def step(self) -> int:
        """One look: edit what is out of date and may be edited now; returns how many edits were made."""
        now = self.monotonic()
        sweeping = now - self._swept >= SWEEP
        if not sweeping and not self._moved:
            return 0
        asked, self._moved = self._moved, set()  # what moves from here on is for the next look
        try:
            stale = await self._look(None if sweeping else sorted(asked))
        except BaseException:
            self._moved |= asked
            raise
        if sweeping:
            self._swept = now
            self._edited = {delivery: at for delivery, at in self._edited.items() if at > now - PER_MESSAGE}
        self._moved |= {one.broadcast_id for one in stale if one.delivery_id not in self._unwilling}
        if len(stale) == SEEN:
            self._moved |= asked
        gate = asyncio.Semaphore(AT_ONCE)
        ready = self._ready(stale, now)
        done = await asyncio.gather(*(self._edit(one, gate) for one in ready))
        shown = [(one.delivery_id, one.count) for one, fine in zip(ready, done, strict=True) if fine]
        await self.writer.submit_all(counts.shown, shown)
        return len(shown)

    async def _look(self, broadcasts: list[int] | None) -> list[Stale]:
        async with self.database.read() as connection:
            return await counts.stale(connection, self.account, broadcasts, SEEN)

    def _ready(self, stale: list[Stale], now: float) -> list[Stale]:
        """Those to edit in this look, the longest unedited first: busy chats must not crowd out the others."""
        ready = [one for one in stale if self._may(one, now)]
        return sorted(ready, key=lambda one: self._edited.get(one.delivery_id, float("-inf")))[:MOST]

    def _may(self, one: Stale, now: float) -> bool:
        if one.delivery_id in self._unwilling or one.sends_wait:
            return False
        return now - self._edited.get(one.delivery_id, float("-inf")) >= PER_MESSAGE

    async def _edit(self, one: Stale, gate: asyncio.Semaphore) -> bool:
        async with gate:
            now = self.monotonic()
            if self.limiter.spare(one.address, now) < SENDS_FIRST or self.limiter.take(one.address, now) > 0.0:
                return False
            self._edited[one.delivery_id] = now
            try:
                words = await self.messages.words(one.broadcast_id)
                button = self.messages.button(words, one.count, one.households, one.state)
                await self.channel.edit_button(one.address, one.button_id, button)
            except SlowDown as error:
                self.limiter.obey(one.address, error, self.monotonic())
                return False
            except Refused:
                self._unwilling.add(one.delivery_id)
                return False
            except ChannelError:
                return False
            except Exception:  # one message that breaks the adapter must not hold up the others
                log.exception("a button of %s could not be rewritten", self.account, extra={"action": "edit_broke"})
                return False
            return True

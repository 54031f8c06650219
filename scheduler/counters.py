"""The live count on buttons: one edit per message every five seconds at most, below sends, ending on the last number.

One per account. What is out of date is read from the tables, so nothing is forgotten by a restart; a note of which
broadcasts moved keeps the looks few.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from announcements.backoff import ACCOUNT_REST
from announcements.channels import ACCOUNT_IS_DOWN, CHAT_IS_LOST, Channel, ChannelError, Moved, Refused, SlowDown
from db.dispatch import counts
from db.dispatch.counts import Stale
from db.engine import Database
from db.places import chats
from db.writer import Writer
from scheduler.clock import Clock, now
from scheduler.limiter import Limiter
from scheduler.looks import look_on
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
    clock: Clock = now
    monotonic: Callable[[], float] = time.monotonic
    _moved: set[int] = field(default_factory=set)
    _edited: dict[int, float] = field(default_factory=dict)
    _swept: float = float("-inf")

    def moved(self, broadcast_id: int) -> None:
        self._moved.add(broadcast_id)

    async def run(self, stop: asyncio.Event) -> None:
        """Step until `stop`."""
        await look_on(self.step, LOOK, stop, f"counting on the buttons of {self.account}")

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
        self._moved |= {one.broadcast_id for one in stale}
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
        if one.sends_wait:
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
            except ChannelError as error:
                await self._take_to_heart(one, error)
                return False
            except Exception:  # one message that breaks the adapter must not hold up the others
                log.exception("a button of %s could not be rewritten", self.account, extra={"action": "edit_broke"})
                return False
            return True

    async def _take_to_heart(self, one: Stale, error: ChannelError) -> None:
        """What a failed edit says beyond itself, so that nothing is tried for ever that can't succeed."""
        match error:
            case SlowDown():
                self.limiter.obey(one.address, error, self.monotonic())
            case Moved(new_address=address):
                await self.writer.submit(chats.move, chats.Move(self.account, one.address, address, self.clock()))
            case Refused(reason=reason) if reason in CHAT_IS_LOST:
                await self.writer.submit(chats.note_health, chats.Health(one.chat_id, reason.value, self.clock()))
            case Refused(reason=reason) if reason in ACCOUNT_IS_DOWN:
                self.limiter.pause(ACCOUNT_REST, self.monotonic())
            case Refused():
                await self.writer.submit(counts.drop, one.delivery_id)

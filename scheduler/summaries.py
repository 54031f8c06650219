"""The count in chats whose messages can't be edited: one short message, once, some time after a notice came there.

One per account whose chats are told so. What is due stands in the tables (`db/dispatch/summaries.py`), so a restart
forgets nothing; notices go first.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from announcements.channels import (
    ACCOUNT_IS_DOWN,
    CHAT_IS_LOST,
    Channel,
    ChannelError,
    Message,
    Moved,
    Refused,
    SlowDown,
    TryLater,
)
from announcements.quotas import period_of
from db import outbox
from db.dispatch import summaries
from db.dispatch.summaries import Again, Due, Placed, Take
from db.engine import Database
from db.places import chats
from db.writer import Writer
from scheduler.clock import Clock
from scheduler.limiter import Limiter
from scheduler.messages import Messages

log = logging.getLogger(__name__)

LOOK = 10.0  # seconds between looks
AT_ONCE = 20  # taken in one look
PATIENCE = timedelta(minutes=10)  # before what surely was not posted is tried again


@dataclass(slots=True)
class Summaries:
    """`after` is how long after a notice its chat is told."""

    account: str
    channel: Channel
    database: Database
    writer: Writer
    messages: Messages
    limiter: Limiter
    clock: Clock
    after: timedelta
    monotonic: Callable[[], float] = time.monotonic

    async def run(self, stop: asyncio.Event) -> None:
        """Step until `stop`."""
        while not stop.is_set():
            try:
                await self.step()
            except Exception:  # the database may be away for a moment
                log.exception("counts of %s could not be told; trying again", self.account,
                              extra={"action": "summaries_failed"})  # fmt: skip
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK)

    async def step(self) -> int:
        """One look: tell what it is time for and pace allows, unless notices wait; returns how many were told."""
        now = self.clock()
        async with self.database.read() as connection:
            waiting = await outbox.next_at(connection, self.account)
        room = min(AT_ONCE, self.limiter.free(self.monotonic()))
        if room == 0 or (waiting is not None and waiting <= now):
            return 0
        due = await self.writer.submit(summaries.take, Take(self.account, now, room))
        return sum([await self._tell(one) for one in due])

    async def _tell(self, one: Due) -> bool:
        wait = self.limiter.take(one.address, self.monotonic())
        if wait > 0.0:
            await self._later(one, timedelta(seconds=wait))
            return False
        text = self.messages.summary(one.title, one.announcement, one.received, one.households, self.clock())
        try:
            posted = await self.channel.send(one.address, Message((text,)))
        except ChannelError as error:
            await self._take_to_heart(one, error)
            return False
        except Exception:  # nobody knows whether it is there: it is not told again
            log.exception("telling a count broke", extra={"action": "summary_broke"})
            return False
        period = period_of(self.clock(), self.messages.zone)
        await self.writer.submit(summaries.placed, Placed(one.delivery_id, posted.button_id, self.account, period))
        return True

    async def _later(self, one: Due, wait: timedelta) -> None:
        """It is told after `wait`, unless that is too late."""
        at = self.clock() + wait
        if at <= one.sent_at + self.after + summaries.LATE:
            await self.writer.submit(summaries.again, Again(one.delivery_id, at))

    async def _take_to_heart(self, one: Due, error: ChannelError) -> None:
        """What was surely not posted is tried again; what was refused or is in doubt is not."""
        log.info("a count could not be told: %s", type(error).__name__, extra={"action": "summary_failed"})
        match error:
            case SlowDown(after=pause):
                self.limiter.obey(one.address, error, self.monotonic())
                await self._later(one, timedelta(seconds=pause))
            case Moved(new_address=address):
                await self.writer.submit(chats.move, chats.Move(self.account, one.address, address, self.clock()))
                await self._later(one, timedelta())
            case TryLater():
                await self._later(one, PATIENCE)
            case Refused(reason=reason) if reason in ACCOUNT_IS_DOWN:
                await self._later(one, PATIENCE)
            case Refused(reason=reason) if reason in CHAT_IS_LOST:
                await self.writer.submit(chats.note_health, chats.Health(one.chat_id, reason.value, self.clock()))

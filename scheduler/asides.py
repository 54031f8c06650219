"""What an account says beside notices: taken out of the tables before it is said, once, at the account's pace.

The part that the buttons posted anew (`scheduler/reposts.py`) and the counts (`scheduler/summaries.py`) have in common.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import TypeVar

from announcements.backoff import ACCOUNT_REST
from announcements.channels import (
    ACCOUNT_IS_DOWN,
    CHAT_IS_LOST,
    Channel,
    ChannelError,
    Message,
    Moved,
    Posted,
    Refused,
    SlowDown,
    TryLater,
)
from announcements.quotas import period_of
from db import outbox
from db.engine import Database
from db.places import chats
from db.platforms import usage
from db.platforms.usage import Spent
from db.writer import Writer
from scheduler.clock import Clock
from scheduler.limiter import Limiter

log = logging.getLogger(__name__)

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Later:
    """It was surely not said, and may be after `wait`; None: as long as is usual for its kind."""

    wait: timedelta | None = None


@dataclass(slots=True)
class Asides:
    """Of one account. `zone` is where its months are counted."""

    account: str
    channel: Channel
    database: Database
    writer: Writer
    limiter: Limiter
    clock: Clock
    zone: tzinfo
    monotonic: Callable[[], float] = time.monotonic

    async def room(self, most: int) -> int:
        """How many may be taken now, of `most`: none while notices wait."""
        async with self.database.read() as connection:
            waiting = await outbox.next_at(connection, self.account)
        if waiting is not None and waiting <= self.clock():
            return 0
        return min(most, self.limiter.free(self.monotonic()))

    async def each(self, taken: Iterable[One], say: Callable[[One], Awaitable[bool]]) -> int:
        """Say one after the other; returns how many were said. One that breaks takes none of the others with it: they
        are taken out already, and nobody else will say them."""
        said = 0
        for one in taken:
            try:
                said += await say(one)
            except Exception:
                log.exception("something beside the notices of %s broke", self.account, extra={"action": "aside_broke"})
        return said

    async def say(self, chat_id: int, address: str, message: Message) -> Posted | Later | None:
        """Say and count it. None where it is not to be said again: it was refused, or nobody knows."""
        wait = self.limiter.take(address, self.monotonic(), message.pieces)
        if wait > 0.0:
            return Later(timedelta(seconds=wait))
        try:
            posted = await self.channel.send(address, message)
        except ChannelError as error:
            log.info("something beside notices was not said: %s", type(error).__name__, extra={"action": "unsaid"})
            return await self._take_to_heart(chat_id, address, error)
        period = period_of(self.clock(), self.zone)
        await self.writer.submit(usage.spend, Spent(self.account, period, messages=len(posted.message_ids)))
        return posted

    async def _take_to_heart(self, chat_id: int, address: str, error: ChannelError) -> Later | None:
        """What an error says beyond this one message, and whether it may be tried again."""
        match error:
            case SlowDown(after=pause):
                self.limiter.obey(address, error, self.monotonic())
                return Later(timedelta(seconds=pause))
            case Moved(new_address=new):
                await self.writer.submit(chats.move, chats.Move(self.account, address, new, self.clock()))
                return Later(timedelta())
            case TryLater():
                return Later()
            case Refused(reason=reason) if reason in ACCOUNT_IS_DOWN:
                self.limiter.pause(ACCOUNT_REST, self.monotonic())
                return Later()
            case Refused(reason=reason) if reason in CHAT_IS_LOST:
                await self.writer.submit(chats.note_health, chats.Health(chat_id, reason.value, self.clock()))
        return None

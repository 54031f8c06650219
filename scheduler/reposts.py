"""Buttons posted anew where a group moved and left them behind: a short message with the notice's title and button.

One per account that has buttons. What is wanted stands in the tables (`db/dispatch/lost_buttons.py`), so a restart
forgets nothing; the live count goes on under the new message.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from announcements.channels import Channel, ChannelError, Message, Moved, SlowDown, TryLater
from db.dispatch import lost_buttons
from db.dispatch.lost_buttons import Placed, Take, Wanted
from db.places import chats
from db.writer import Writer
from scheduler.clock import Clock
from scheduler.limiter import Limiter
from scheduler.messages import Messages

log = logging.getLogger(__name__)

LOOK = 10.0  # seconds between looks
AT_ONCE = 20  # taken in one look


@dataclass(slots=True)
class Reposts:
    account: str
    channel: Channel
    writer: Writer
    messages: Messages
    limiter: Limiter
    clock: Clock
    monotonic: Callable[[], float] = time.monotonic

    async def run(self, stop: asyncio.Event) -> None:
        """Step until `stop`."""
        while not stop.is_set():
            try:
                await self.step()
            except Exception:  # the database may be away for a moment
                log.exception("buttons of %s could not be posted anew; trying again", self.account,
                              extra={"action": "reposts_failed"})  # fmt: skip
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK)

    async def step(self) -> int:
        """One look: post what is wanted and may go now; returns how many were posted."""
        wanted = await self.writer.submit(lost_buttons.take, Take(self.account, AT_ONCE))
        return sum([await self._post(one) for one in wanted])

    async def _post(self, one: Wanted) -> bool:
        now = self.monotonic()
        if self.limiter.take(one.address, now) > 0.0:
            await self.writer.submit(lost_buttons.give_back, one.delivery_id)
            return False
        words = await self.messages.words(one.broadcast_id)
        button = self.messages.button(words, one.received, one.households)
        text = self.messages.moved(one.title, one.announcement)
        try:
            posted = await self.channel.send(one.address, Message((text,), button))
        except ChannelError as error:
            await self._take_to_heart(one, error)
            return False
        await self.writer.submit(lost_buttons.placed, Placed(one.delivery_id, posted.button_id, one.received))
        return True

    async def _take_to_heart(self, one: Wanted, error: ChannelError) -> None:
        """What was surely not posted is tried again; what was refused or is in doubt is not."""
        log.info("a button could not be posted anew: %s", type(error).__name__, extra={"action": "repost_failed"})
        if isinstance(error, SlowDown):
            self.limiter.obey(one.address, error, self.monotonic())
        if isinstance(error, Moved):
            await self.writer.submit(chats.move, chats.Move(self.account, one.address, error.new_address, self.clock()))
        if isinstance(error, SlowDown | TryLater | Moved):
            await self.writer.submit(lost_buttons.give_back, one.delivery_id)

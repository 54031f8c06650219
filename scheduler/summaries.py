"""The count in chats whose messages can't be edited: one short message, once, some time after a notice came there.

One per account whose chats are told so. What is due stands in the tables (`db/dispatch/summaries.py`), so a restart
forgets nothing; notices go first.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from announcements.channels import Message, Posted
from db.dispatch import summaries
from db.dispatch.summaries import Again, Due, Placed, Take
from scheduler.asides import Asides, Later
from scheduler.looks import look_on
from scheduler.messages import Messages

LOOK = 10.0  # seconds between looks
AT_ONCE = 20  # taken in one look
PATIENCE = timedelta(minutes=10)  # before what surely was not posted is tried again


@dataclass(slots=True)
class Summaries:
    """`after` is how long after a notice its chat is told."""

    asides: Asides
    messages: Messages
    after: timedelta

    async def run(self, stop: asyncio.Event) -> None:
        """Step until `stop`."""
        await look_on(self.step, LOOK, stop, f"telling the counts of {self.asides.account}")

    async def step(self) -> int:
        """One look: tell what it is time for and pace allows, unless notices wait; returns how many were told."""
        room = await self.asides.room(AT_ONCE)
        if room == 0:
            return 0
        due = await self.asides.writer.submit(summaries.take, Take(self.asides.account, self.asides.clock(), room))
        return await self.asides.each(due, self._tell)

    async def _tell(self, one: Due) -> bool:
        now = self.asides.clock()
        text = self.messages.summary(one.title, one.announcement, one.received, one.households, now)
        match await self.asides.say(one.chat_id, one.address, Message((text,))):
            case Posted(button_id=message_id):
                await self.asides.writer.submit(summaries.placed, Placed(one.delivery_id, message_id))
                return True
            case Later(wait=wait):
                await self._later(one, PATIENCE if wait is None else wait)
        return False

    async def _later(self, one: Due, wait: timedelta) -> None:
        """It is told after `wait`, unless that is too late."""
        at = self.asides.clock() + wait
        if at <= one.sent_at + self.after + summaries.LATE:
            await self.asides.writer.submit(summaries.again, Again(one.delivery_id, at))

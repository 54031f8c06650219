"""Buttons posted anew where a group moved and left them behind: a short message with the notice's title and button.

One per account that has buttons. What is wanted stands in the tables (`db/dispatch/lost_buttons.py`), so a restart
forgets nothing; the live count goes on under the new message.
"""

import asyncio
from dataclasses import dataclass

from announcements.channels import Message, Posted
from db.dispatch import lost_buttons
from db.dispatch.lost_buttons import Placed, Take, Wanted
from scheduler.asides import Asides, Later
from scheduler.looks import look_on
from scheduler.messages import Messages

LOOK = 10.0  # seconds between looks
AT_ONCE = 20  # taken in one look


@dataclass(slots=True)
class Reposts:
    asides: Asides
    messages: Messages

    async def run(self, stop: asyncio.Event) -> None:
        """Step until `stop`."""
        await look_on(self.step, LOOK, stop, f"posting buttons of {self.asides.account} anew")

    async def step(self) -> int:
        """One look: post what is wanted and may go now; returns how many were posted."""
        room = await self.asides.room(AT_ONCE)
        if room == 0:
            return 0
        wanted = await self.asides.writer.submit(lost_buttons.take, Take(self.asides.account, room))
        return await self.asides.each(wanted, self._post)

    async def _post(self, one: Wanted) -> bool:
        words = await self.messages.words(one.broadcast_id)
        button = self.messages.button(words, one.received, one.households)
        text = self.messages.moved(one.title, one.announcement)
        match await self.asides.say(one.chat_id, one.address, Message((text,), button)):
            case Posted(button_id=button_id):
                placed = Placed(one.delivery_id, button_id, one.received)
                await self.asides.writer.submit(lost_buttons.placed, placed)
                return True
            case Later():
                await self.asides.writer.submit(lost_buttons.give_back, one.delivery_id)
        return False

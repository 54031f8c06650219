"""The incoming side of one account: stored updates are sorted into presses, recorded in the background, and words.

Receivers store raw updates before the platform may forget them and hand them over here; after a restart or a fault,
what was stored but not handled is taken up again. Made by `bot/ears/telegram.py` for each account.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from announcements.codes import PressData, read_press_data
from announcements.types import Grade
from bot.channels.accounts import Account
from bot.channels.telegram.sender import TelegramChannel
from bot.channels.telegram.updates import PressUpdate, Update, read_update, update_of
from bot.context import Context
from bot.conversations import Conversations
from bot.ears.press_line import Pending, PressLine
from bot.intake.in_order import InOrder
from bot.intake.shelf import Shelf
from db.answering.presses import Press, Pressed, PressVerdict
from db.platforms.inbox import Stored

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Desk:
    """`presses` is its line of presses; words of one person are talked about in their order."""

    context: Context
    account: Account
    channel: TelegramChannel
    conversations: Conversations
    talks: InOrder = field(default_factory=InOrder)
    shelf: Shelf = field(init=False)
    presses: PressLine = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.context, self.account.name)
        self.presses = PressLine(self.context, self.channel, self.shelf.in_hand)

    async def handle(self, stored: Sequence[Stored]) -> None:
        """Put the presses of `stored` in line to be recorded, the rest behind what the same person said before."""
        pressed: list[Pending] = []
        nothing: list[Stored] = []  # to be done about these
        for one in self.shelf.take(stored):
            update = update_of(one.decoded) if one.decoded is not None else read_update(one.payload)
            data = read_press_data(update.data) if isinstance(update, PressUpdate) else None
            if isinstance(update, PressUpdate) and data is not None:
                pressed.append(Pending(update, self._press(one, update, data)))
            elif update is None:
                nothing.append(one)
            elif isinstance(update, PressUpdate) and update.chat_id != update.user_id:
                nothing.append(one)  # our buttons in groups are acknowledgements only: this data is not ours
                self.presses.reply(update, Pressed(PressVerdict.FOREIGN))
            else:
                person = str(getattr(update, "user_id", "") or getattr(update, "chat_id", ""))
                self.talks.add(person, partial(self._talk, one, update))
        self.shelf.finish_soon(nothing)
        await self.talks.room()
        await self.presses.add(pressed)

    def _press(self, one: Stored, update: PressUpdate, data: PressData) -> Press:
        return Press(
            account=self.account.name,
            channel=self.account.kind,
            address=str(update.chat_id),
            external_id=str(update.user_id),
            broadcast=data.broadcast,
            grade=data.grade or Grade.RECEIVED,
            at=one.received_at,
            inbox_id=one.id,
        )

    async def _talk(self, one: Stored, update: Update) -> None:
        error = ""
        try:
            await self.conversations.handle(update)
        except Exception as failure:
            error = type(failure).__name__
            log.exception("an update could not be handled", extra={"action": "update_failed"})
        await self.shelf.finish([one], error)

    async def catch_up(self) -> None:
        """Handle what is stored and not handled: left by an earlier process, or by a fault of the database."""
        await self.shelf.catch_up(self.handle)

    async def settle(self) -> None:
        """Wait until everything taken in is handled and answered."""
        while tasks := [*self.talks.tasks, *self.shelf.tasks, *self.presses.tasks]:
            await asyncio.wait(tasks)

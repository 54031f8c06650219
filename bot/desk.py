"""The incoming side of one account: stored updates are sorted into presses, recorded in the background, and words.

Receivers store raw updates before the platform may forget them and hand them over here; after a restart or a fault,
what was stored but not handled is taken up again. Made by `bot/channels/telegram/ear.py` for each account.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from announcements.codes import PressData, read_press_data
from announcements.types import Grade
from bot.channels.accounts import Account
from bot.channels.telegram.sender import TelegramChannel
from bot.channels.telegram.updates import PressUpdate, Update, read_update, update_of
from bot.context import Context
from bot.conversations import Conversations
from bot.in_hand import InHand
from bot.press_line import Pending, PressLine
from db import inbox
from db.inbox import Done, Stored
from db.presses import Press, Pressed, PressVerdict

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Desk:
    """`presses` is its line of presses; words of one person are talked about in their order."""

    context: Context
    account: Account
    channel: TelegramChannel
    conversations: Conversations
    in_hand: InHand = field(default_factory=InHand)
    presses: PressLine = field(init=False)
    _lines: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # the last task of each person, in order
    _finishing: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.presses = PressLine(self.context, self.channel, self.in_hand)

    async def handle(self, stored: Sequence[Stored]) -> None:
        """Put the presses of `stored` in line to be recorded, the rest behind what the same person said before."""
        pressed: list[Pending] = []
        nothing: list[Stored] = []  # to be done about these
        for one in self.in_hand.take(stored):
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
                self._queue(one, update)
        if nothing:
            self._meanwhile(self._finish(nothing))
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

    def _queue(self, one: Stored, update: Update) -> None:
        """Updates of one person are talked about in their order; different people don't wait for each other."""
        person = str(getattr(update, "user_id", "") or getattr(update, "chat_id", ""))
        before = self._lines.get(person)
        task = asyncio.create_task(self._talk(before, one, update))
        self._lines[person] = task
        task.add_done_callback(lambda done: self._leave(person, done))

    def _leave(self, person: str, done: "asyncio.Task[None]") -> None:
        if self._lines.get(person) is done:
            del self._lines[person]

    async def _talk(self, before: "asyncio.Task[None] | None", one: Stored, update: Update) -> None:
        if before is not None:
            await asyncio.wait([before])
        error = ""
        try:
            await self.conversations.handle(update)
        except Exception as failure:
            error = type(failure).__name__
            log.exception("an update could not be handled", extra={"action": "update_failed"})
        await self._finish([one], error)

    async def _finish(self, handled: Sequence[Stored], error: str = "") -> None:
        """Mark as handled. Where that fails they wait for the next look at the inbox."""
        now = self.context.clock()
        try:
            await self.context.writer.submit_all(inbox.finish, [Done(one.id, now, error) for one in handled])
        except Exception as failure:
            log.error("%d updates could not be marked as handled (%s)", len(handled), type(failure).__name__,
                      extra={"action": "finish_failed"})  # fmt: skip
        for one in handled:
            self.in_hand.let_go(one.id)

    def _meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def catch_up(self) -> None:
        """Handle what is stored and not handled: left by an earlier process, or by a fault of the database."""
        seen = 0
        with self.in_hand.looking():
            while left := await self._left(seen):
                seen = left[-1].id
                await self.handle(left)

    async def _left(self, after: int) -> list[Stored]:
        async with self.context.database.read() as connection:
            return await inbox.waiting(connection, self.account.name, after=after)

    async def settle(self) -> None:
        """Wait until everything taken in is handled and answered."""
        while tasks := [*self._lines.values(), *self._finishing, *self.presses.tasks]:
            await asyncio.wait(tasks)

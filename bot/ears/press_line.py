"""The presses of one account, recorded in the background in the order they came, as many to a commit as there are.

`bot/ears/telegram_desk.py` puts stored presses in line and goes on; the receiver stores the next batch meanwhile, in
the same commits. What is in line is in the inbox, too, so that a crash loses none of it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from announcements.channels import ChannelError
from announcements.rendering import toast
from bot.channels.telegram.updates import PressUpdate
from bot.context import Context
from bot.intake.in_hand import InHand
from bot.intake.patience import is_away, submit_patiently
from db.answering import presses
from db.answering.presses import Press, Pressed, PressVerdict

log = logging.getLogger(__name__)

LINK = "lk"  # the payload of /start that opens linking
AT_ONCE = 500  # presses in one transaction
LONGEST = 5_000  # presses in line before the receiver has to wait
TOASTS = 100  # answers in flight: each is a connection


class Answering(Protocol):
    """What the line needs of a channel."""

    async def answer(
        self, callback_query_id: str, text: str | None = None, url: str | None = None, alert: bool = False
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Pending:
    """A stored press: how to answer it, and what to record."""

    update: PressUpdate
    press: Press


@dataclass(slots=True)
class PressLine:
    """`public_name` is the bot's, once it is known: strangers are led to it."""

    context: Context
    channel: Answering
    in_hand: InHand
    public_name: str = ""
    _line: deque[Pending] = field(default_factory=deque)
    _recording: asyncio.Task[None] | None = None
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _toasts: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TOASTS))
    _answers: set[asyncio.Task[None]] = field(default_factory=set)

    async def add(self, pressed: Sequence[Pending]) -> None:
        """Put presses in line; returns at once unless the line is at its longest."""
        self._line.extend(pressed)
        if self._line and self._recording is None:
            self._recording = asyncio.create_task(self._record_all(), name="record presses")
        while len(self._line) > LONGEST:
            self._moved.clear()
            await self._moved.wait()

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What is still going on: recording, and toasts under way."""
        return [*([self._recording] if self._recording else []), *self._answers]

    async def _record_all(self) -> None:
        try:
            while self._line:
                some = [self._line.popleft() for _ in range(min(AT_ONCE, len(self._line)))]
                self._moved.set()
                await self._record(some)
        finally:
            self._recording = None

    async def _record(self, some: Sequence[Pending]) -> None:
        """Record `some` together. What can't be recorded now stays in the inbox for the next look at it."""
        try:
            results = await submit_patiently(self.context.writer, presses.press, [one.press for one in some])
        except Exception as error:
            if len(some) > 1 and not is_away(error):  # one bad press must not take the others along
                middle = len(some) // 2
                await self._record(some[:middle])
                await self._record(some[middle:])
                return
            log.error("%d presses could not be recorded (%s); they are kept for the next look", len(some),
                      type(error).__name__, extra={"action": "press_failed"})  # fmt: skip
        else:
            self._report(some, results)
        for one in some:
            if one.press.inbox_id is not None:
                self.in_hand.let_go(one.press.inbox_id)

    def _report(self, some: Sequence[Pending], results: Sequence[Pressed]) -> None:
        for broadcast_id in {result.broadcast_id for result in results if result.verdict is PressVerdict.RECORDED}:
            self.context.answered(broadcast_id)
        for one, result in zip(some, results, strict=True):
            self.reply(one.update, result)

    def reply(self, update: PressUpdate, result: Pressed) -> None:
        """Answer in the background: nobody waits for a toast."""
        task = asyncio.create_task(self._answer(update, result))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, update: PressUpdate, result: Pressed) -> None:
        async with self._toasts:
            with suppress(ChannelError):  # the press is recorded; its toast is a courtesy
                if result.verdict is PressVerdict.STRANGER and self.public_name:
                    await self.channel.answer(update.query_id, url=f"https://t.me/{self.public_name}?start={LINK}")
                else:
                    await self.channel.answer(update.query_id, text=words_for(result), alert=result.verdict in ALERTS)


ALERTS = frozenset({PressVerdict.NOT_IN_AUDIENCE, PressVerdict.WITHDRAWN, PressVerdict.STRANGER})


def words_for(result: Pressed) -> str:
    """The toast for a press."""
    match result.verdict:
        case PressVerdict.RECORDED:
            return toast("acknowledged", head=result.head_name)
        case PressVerdict.AGAIN:
            return toast("already", head=result.head_name)
        case PressVerdict.STRANGER:
            return toast("stranger")
        case PressVerdict.NOT_IN_AUDIENCE:
            return toast("not_in_audience", head=result.head_name)
        case PressVerdict.WITHDRAWN:
            return toast("withdrawn")
        case PressVerdict.FOREIGN:
            return toast("bad_button")

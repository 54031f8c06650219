"""Saying answers of staff where it was asked: kept by `bot/office/inbox/questions.py`, said by `SayingBack` in the
service, as is what became of wishes (`wish_answers`).

An answer is marked before it is said, so that it goes out at most once, also when the process is killed; what surely
did not go out is tried again for a day. What nobody can be sure of is shown to staff, who look, and say it themselves.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from announcements.channels import ChannelError, SlowDown, TryLater
from bot.context import Context
from bot.office.inbox.answering import said
from bot.tidings.ways import AFTER_A_FAULT, Pace, Way
from bot.tidings.wish_answers import say_decided
from db.answering import deciding
from db.answering.deciding import ToSay

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0  # seconds, when nothing rings
AT_ONCE = 50


class Voice(Protocol):
    """An account that writes plain text; those of `bot/tidings/ways.py` are such."""

    pace: Pace

    async def say(self, address: str, text: str) -> None:
        """Raises `ChannelError`s only."""
        ...


@dataclass(slots=True)
class SayingBack:
    """One per service; `voices` by account, `ways` to write in private. `ring()` wakes it."""

    context: Context
    voices: Mapping[str, Voice] = field(default_factory=dict)
    ways: Sequence[Way] = ()
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Say until `stop`; what is being said is said to its end."""
        while not stop.is_set():
            self._wake.clear()
            try:
                await self.step()
            except Exception:  # the database may be away for a moment
                log.exception("saying answers failed; trying again", extra={"action": "saying_failed"})
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY)

    async def step(self) -> int:
        """Say what waits; returns how much that was."""
        return await self._say_answers() + await say_decided(self.context, self.ways)

    async def _say_answers(self) -> int:
        """Each account in its own line."""
        if not self.voices:
            return 0
        async with self.context.database.read() as connection:
            found = await deciding.to_say(connection, list(self.voices), self.context.clock(), AT_ONCE)
        lines: dict[str, list[ToSay]] = defaultdict(list)
        for one in found:
            lines[one.account].append(one)
        await asyncio.gather(*(self._line(self.voices[account], line) for account, line in lines.items()))
        return len(found)

    async def _line(self, voice: Voice, line: Sequence[ToSay]) -> None:
        for one in line:
            try:
                await self._say(voice, one)
            except Exception:
                log.exception("an answer could not be said", extra={"action": "saying_failed"})

    async def _say(self, voice: Voice, one: ToSay) -> None:
        database, clock = self.context.database, self.context.clock
        await voice.pace.turn(one.address)
        async with database.write() as connection:
            if not await deciding.begin(connection, one, clock()):
                return
        try:
            await voice.say(one.address, said(one.text, one.answer))
        except (SlowDown, TryLater) as error:
            wait = timedelta(seconds=error.after) if error.after is not None else AFTER_A_FAULT
            async with database.write() as connection:
                await deciding.again(connection, one, clock() + wait)
        except ChannelError as error:
            log.info("an answer was not said: %s", type(error).__name__, extra={"action": "answer_unsaid"})
        else:
            async with database.write() as connection:
                await deciding.said(connection, one, clock())

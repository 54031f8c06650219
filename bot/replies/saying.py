"""Answering people in words: a courtesy, at the account's own pace, never in the way of a notice for long.

Made for each account that hears; what the platform took counts against its plan. What is said here is lost when the
platform is away; what was recorded is not.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

from announcements.channels import ChannelError, SlowDown, TryLater
from bot.channels.ports import KnowsNames, Says
from bot.context import Context
from bot.office.channels.quotas import spent

log = logging.getLogger(__name__)

PATIENCE = 60.0  # seconds an answer waits for its turn: later it would surprise
MOST_WAITING = 200  # answers of one account
TRIES = 2
LONGEST_PAUSE = 5.0  # seconds between two tries


@dataclass(slots=True)
class Speaker:
    """One account's voice."""

    context: Context
    account: str
    replier: Says
    _waiting: int = 0

    async def name_of(self, person: str) -> str:
        """What a person calls themselves, where the channel can be asked; "" where it can't, or doesn't know."""
        if not isinstance(self.replier, KnowsNames) or not await self._turn(person):
            return ""
        try:
            return await self.replier.name_of(person)
        except ChannelError as error:
            log.info("a name could not be asked for: %s", type(error).__name__, extra={"action": "name_unknown"})
            return ""

    async def say(self, address: str, text: str) -> bool:
        """Write to a person or group; True when the platform took it. Never raises."""
        if self._waiting >= MOST_WAITING:
            return False
        self._waiting += 1
        try:
            return await self._turn(address) and await self._try(address, text)
        finally:
            self._waiting -= 1

    async def _turn(self, address: str) -> bool:
        limiter = self.context.limiters.get(self.account)
        if limiter is None:
            return True
        until = time.monotonic() + PATIENCE
        while wait := limiter.take(address, time.monotonic()):
            if time.monotonic() + wait > until:
                return False
            await asyncio.sleep(wait)
        return True

    async def _try(self, address: str, text: str) -> bool:
        for attempt in range(1, TRIES + 1):
            try:
                await self.replier.say(address, text)
            except (SlowDown, TryLater) as error:  # surely not said
                self._obey(address, error)
                pause = error.after if error.after is not None else 1.0
                if attempt == TRIES or pause > LONGEST_PAUSE:
                    break
                await asyncio.sleep(pause)
            except ChannelError as error:
                log.info("an answer could not be given: %s", type(error).__name__, extra={"action": "answer_lost"})
                return False
            else:
                await spent(self.context, self.account)
                return True
        log.info("an answer could not be given: the platform is busy", extra={"action": "answer_lost"})
        return False

    def _obey(self, address: str, error: ChannelError) -> None:
        limiter = self.context.limiters.get(self.account)
        if limiter is not None and isinstance(error, SlowDown):
            limiter.obey(address, error, time.monotonic())

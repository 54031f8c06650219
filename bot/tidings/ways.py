"""The ways to write to a person in private: an account whose channel can, at the pace the account has.

`bot/tidings/telling.py` asks `way_of` for each account; nothing here asks which channel it is.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from announcements.channels import ChannelError, Moved, Refused, SlowDown, TryLater
from announcements.types import ChannelKind
from bot.channels.accounts import Account
from bot.channels.ports import Asks, ButtonRows, SaysInPrivate
from scheduler.limiter import Limiter

log = logging.getLogger(__name__)

AFTER_A_FAULT = timedelta(seconds=30)


class Way(Protocol):
    """One account, for one person at a time."""

    kind: ChannelKind

    async def tell(self, person: str, text: str, rows: ButtonRows) -> None:
        """Write `text` to the platform's id of a person. Raises `ChannelError`s only."""
        ...


async def _not_counted() -> None: ...


@dataclass(slots=True)
class Pace:
    """Waits for the account's turn: notices and what staff are told share its allowance. `taken` counts a message that
    the platform took."""

    limiter: Limiter
    taken: Callable[[], Awaitable[None]] = _not_counted

    async def turn(self, address: str) -> None:
        while True:
            wait = self.limiter.take(address, time.monotonic())
            if wait <= 0.0:
                return
            await asyncio.sleep(wait)

    def obey(self, address: str, error: SlowDown) -> None:
        self.limiter.obey(address, error, time.monotonic())


@dataclass(slots=True)
class ButtonWay:
    """Text with buttons under it."""

    kind: ChannelKind
    channel: Asks
    pace: Pace

    async def tell(self, person: str, text: str, rows: ButtonRows) -> None:
        await self.pace.turn(person)
        await self.say(person, text, rows)

    async def say(self, address: str, text: str, rows: ButtonRows = ()) -> None:
        """Write to a person or a group, when it is their turn. Raises `ChannelError`s only."""
        try:
            await self.channel.ask(address, text, rows)
        except SlowDown as error:
            self.pace.obey(address, error)
            raise
        await self.pace.taken()


@dataclass(slots=True)
class PlainWay:
    """Text alone."""

    kind: ChannelKind
    channel: SaysInPrivate
    pace: Pace

    async def tell(self, person: str, text: str, rows: ButtonRows) -> None:
        address = self.channel.private(person)
        await self.pace.turn(address)
        await self.say(address, text)

    async def say(self, address: str, text: str) -> None:
        """Write to a person's conversation or a group, when it is their turn. Raises `ChannelError`s only."""
        try:
            await self.channel.say(address, text)
        except SlowDown as error:
            self.pace.obey(address, error)
            raise
        await self.pace.taken()


async def tell_first(ways: Sequence[tuple[Way, str]], text: str, rows: ButtonRows = ()) -> timedelta | None:
    """Say one message through the first account that takes it, each with the person's id there; a wait when surely
    none did and one may later."""
    wait: timedelta | None = None
    for way, person in ways:
        try:
            await way.tell(person, text, rows)
            return None
        except (SlowDown, TryLater) as error:
            wait = timedelta(seconds=error.after) if error.after is not None else AFTER_A_FAULT
        except ChannelError as error:
            log.info("somebody was not told: %s", type(error).__name__, extra={"action": "untold"})
            if not isinstance(error, Refused | Moved):  # it may have been said
                return None
    return wait


def way_of(
    account: Account, limiter: Limiter, taken: Callable[[], Awaitable[None]] = _not_counted
) -> ButtonWay | PlainWay | None:
    """How this account writes in private; None for one that can't."""
    if isinstance(account.channel, Asks):
        return ButtonWay(account.kind, account.channel, Pace(limiter, taken))
    if isinstance(account.channel, SaysInPrivate):
        return PlainWay(account.kind, account.channel, Pace(limiter, taken))
    return None

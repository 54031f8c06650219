"""The ways to write to a member of staff in private: an account whose channel can, at the pace the account has.

`bot/tidings/telling.py` asks `way_of` for each account; nothing here asks which channel it is.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from announcements.channels import ChannelError, SlowDown
from announcements.types import ChannelKind
from bot.channels.accounts import Account
from bot.channels.ports import Asks, ButtonRows, SaysInPrivate
from scheduler.limiter import Limiter


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


@dataclass(frozen=True, slots=True)
class Ways:
    """All of them: for whoever knows a person and their channel, not the account."""

    ways: Sequence[Way]

    async def write_to(self, kind: ChannelKind, person: str, text: str) -> bool:
        """Write to a person through the first account of `kind` that is let; True when the platform took it."""
        for way in self.ways:
            if way.kind is kind:
                with suppress(ChannelError):
                    await way.tell(person, text, ())
                    return True
        return False


def way_of(
    account: Account, limiter: Limiter, taken: Callable[[], Awaitable[None]] = _not_counted
) -> ButtonWay | PlainWay | None:
    """How this account writes in private; None for one that can't."""
    if isinstance(account.channel, Asks):
        return ButtonWay(account.kind, account.channel, Pace(limiter, taken))
    if isinstance(account.channel, SaysInPrivate):
        return PlainWay(account.kind, account.channel, Pace(limiter, taken))
    return None

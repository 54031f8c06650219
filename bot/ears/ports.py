"""The Ear port: the incoming side of one account.

`bot/ears/opening.py` makes an ear for each account that hears, `bot/ears/inbound.py` runs them.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from db.platforms.inbox import Stored


class Handler(Protocol):
    """Acts upon what came in, from the inbox on."""

    async def handle(self, stored: Sequence[Stored]) -> None:
        """Act upon updates that are in the inbox. Returns quickly: it queues."""
        ...

    async def catch_up(self) -> None:
        """Handle what was stored and not handled, by whichever process; tell people of what was lost."""
        ...

    async def settle(self) -> None:
        """Wait until everything taken in is handled and answered."""
        ...


class Ear(Handler, Protocol):
    """One account that hears. Whatever comes in is committed to the inbox before it is acted upon.

    `look_sooner` is set when the account's health should be looked at before it is time.
    """

    look_sooner: asyncio.Event

    @property
    def account(self) -> str:
        """The account's name."""
        ...

    async def listen(self, stop: asyncio.Event) -> None:
        """Take in what comes until `stop`, or until the platform refuses the account as a whole."""
        ...

    async def look(self) -> str:
        """Prove that the account works; its public name, without a mark such as "@". Raises a `ChannelError`."""
        ...

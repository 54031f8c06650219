"""The incoming side of an account that people answer in words: stored updates become wishes and replies.

Receivers and webhooks store raw updates before they answer the platform, and hand them over here. Nothing is lost and
nothing handled twice; what one person says is handled in its order, and whatever is recorded at one moment shares a
commit. Made by the ear of each such account.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from announcements.hearing import Heard
from bot.channels.accounts import Account
from bot.channels.ports import Says
from bot.context import Context
from bot.intake.in_order import InOrder
from bot.intake.shelf import Shelf
from bot.replies.answering import Answering
from bot.replies.officers import Officers
from bot.replies.saying import Speaker
from db.platforms.inbox import Stored

log = logging.getLogger(__name__)

ReadHeard = Callable[[Mapping[str, Any]], Heard | None]
"""What a raw update says; None for what no person said. May not raise."""


@dataclass(slots=True)
class HearingDesk:
    """`replier` answers; `read_heard` is the adapter's."""

    context: Context
    account: Account
    replier: Says
    read_heard: ReadHeard
    speaker: Speaker = field(init=False)
    answering: Answering = field(init=False)
    officers: Officers = field(init=False)
    _shelf: Shelf = field(init=False)
    _talks: InOrder = field(default_factory=InOrder)

    def __post_init__(self) -> None:
        self.speaker = Speaker(self.context, self.account.name, self.replier)
        hears = self.account.channel.limits.hears
        self.answering = Answering(self.context, self.account.name, self.account.kind, hears, self.speaker)
        self.officers = Officers(self.context, self.account.kind, self.speaker)
        self._shelf = Shelf(self.context, self.account.name)

    async def handle(self, stored: Sequence[Stored]) -> None:
        """Act upon updates that are in the inbox. Returns at once unless too much is under way."""
        nothing: list[Stored] = []  # to be done about these
        for one in self._shelf.take(stored):
            heard = self._read(one)
            if heard is None:
                nothing.append(one)
            else:
                self._talks.add(heard.person, partial(self._hear, one, heard))
        self._shelf.finish_soon(nothing)
        await self._talks.room()

    def _read(self, one: Stored) -> Heard | None:
        try:
            payload = one.decoded if one.decoded is not None else json.loads(one.payload)
            return self.read_heard(payload) if isinstance(payload, Mapping) else None
        except (ValueError, RecursionError):
            return None

    async def _hear(self, one: Stored, heard: Heard) -> None:
        """Where it fails it waits in the inbox: for the database, or for a version that understands it."""
        try:
            if heard.readable and (await self.answering.wish(heard) or await self.officers.take(heard)):
                await self._shelf.finish([one])
            else:
                await self.answering.reply(heard, one.received_at, one.id)
                self._shelf.in_hand.let_go(one.id)
        except Exception:
            log.exception("a message could not be handled; it is kept for the next look",
                          extra={"action": "reply_failed"})  # fmt: skip
            self._shelf.in_hand.let_go(one.id)

    async def catch_up(self) -> None:
        """Handle what is stored and not handled: left by an earlier process, or by a fault of the database."""
        await self._shelf.catch_up(self.handle)

    async def settle(self) -> None:
        """Wait until everything taken in is handled and answered."""
        while tasks := [*self._talks.tasks, *self._shelf.tasks]:
            await asyncio.wait(tasks)

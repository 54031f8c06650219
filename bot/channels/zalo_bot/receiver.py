"""The receiver of one bot: polls, and stores every update before it asks for the next.

Run by `ear`. The platform keeps nothing: what it has handed out is gone, and what comes while nobody polls is lost. So
an update that can't be stored is held until it can, and polls follow each other without a pause.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from announcements.channels import Refused
from bot.channels.polling import BACK_OFF, LONG_POLL, Polling, unless
from bot.channels.silence import Silence
from bot.channels.zalo_bot.updates import key_of
from db.platforms import inbox
from db.platforms.inbox import RawUpdate, Stored
from db.writer import Writer
from scheduler.clock import Clock

log = logging.getLogger(__name__)

LAST_TRIES = 3  # to store what is held when stopping

REFUSED = (
    "%s: Zalo refuses the token, receiving has stopped. Reset it in Zalo Bot Manager and put it into the configuration."
)
LOST = "%s: nobody listened for %.0f s; what people answered in that time is lost"

OnStored = Callable[[Sequence[Stored]], Awaitable[None]]


class Polled(Protocol):
    """What the receiver needs of a channel: see `ZaloBotChannel`."""

    async def updates(self, timeout: int) -> Sequence[dict[str, Any]]: ...

    async def poll_from_now_on(self) -> None: ...


class Receiver:
    """`on_stored` gets each update once, after its commit, and must return quickly: it queues."""

    def __init__(
        self,
        account: str,
        channel: Polled,
        writer: Writer,
        clock: Clock,
        on_stored: OnStored,
        *,
        back_off: Sequence[float] = BACK_OFF,
    ) -> None:
        self._account = account
        self._channel = channel
        self._writer = writer
        self._clock = clock
        self._on_stored = on_stored
        self._held: list[RawUpdate] = []  # handed out by the platform, and not stored yet
        self._silence = Silence(account, writer)
        self._ready = False
        self._polling = Polling(account, log, REFUSED, back_off=back_off)

    @property
    def down(self) -> Refused | None:
        """Why the platform refuses the account as a whole; then `run` has ended."""
        return self._polling.down

    async def poll(self, timeout: int = LONG_POLL) -> None:
        """Hold what comes next. A webhook that somebody has set is taken off first: it would take the updates."""
        if not self._ready:
            await self._channel.poll_from_now_on()
            self._ready = True
        try:
            updates = await self._channel.updates(timeout)
        except Refused:
            self._ready = False
            raise
        now = self._clock()
        for one in updates:
            text = json.dumps(one, separators=(",", ":"))  # ASCII: half an emoji or a NUL fits into no text column
            self._held.append(RawUpdate(self._account, key_of(one, text.encode()), text, now, one))
        await self._note_heard(now)

    async def _note_heard(self, now: datetime) -> None:
        """A restart costs what is said meanwhile, and so does every silence; long ones are kept and told."""
        outage = await self._silence.ends(now)
        if outage is not None:
            lost = (outage.ended_at - outage.began_at).total_seconds()
            log.warning(LOST, self._account, lost, extra={"action": "answers_lost"})

    async def store(self) -> int:
        """Store what is held and hand it on; returns how many updates were new."""
        if not self._held:
            return 0
        stored = await self._writer.submit_all(inbox.store, self._held)
        self._held = []
        fresh = [one for one in stored if one is not None]
        if fresh:
            await self._on_stored(fresh)
        return len(fresh)

    async def run(self, stop: asyncio.Event) -> None:
        """Poll and store until `stop`, or until the account is `down`."""

        async def turn() -> None:
            if not self._held:
                await unless(stop, self.poll())
            await self.store()

        await self._polling.run(turn, stop)
        await self._store_at_last()

    async def _store_at_last(self) -> None:
        for _ in range(LAST_TRIES):
            try:
                await self.store()
                return
            except Exception as error:
                await asyncio.sleep(self._polling.take_to_heart(error))

"""The receiver of one account: takes updates from Telegram, stores them, and only then lets Telegram forget them.

Run by the composition root beside the sender and independent of it: a press lives 150 seconds in Telegram's queue, so
nothing may keep this loop waiting. Handling is somebody else's (`on_stored`), from the database on.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from announcements.channels import Refused
from bot.channels.polling import BACK_OFF, LONG_POLL, Polling, unless
from bot.channels.silence import Silence
from bot.channels.telegram.errors import OtherPoller
from db.platforms import inbox
from db.platforms.inbox import RawUpdate, Stored
from db.writer import Writer
from scheduler.clock import Clock

log = logging.getLogger(__name__)

REFUSED = (
    "%s: Telegram refuses the token, receiving has stopped. "
    "Ask @BotFather for the present one and put it into the configuration."
)
CONFLICT = (
    "%s: somebody else takes this bot's updates (%s). "
    "Stop the other program, or take its webhook off with deleteWebhook; trying again in %g s."
)
LOST = "%s: nothing was received for %.0f s; presses of buttons in that time are lost"

OnStored = Callable[[list[Stored]], Awaitable[None]]


class Polled(Protocol):
    """What the receiver needs of a channel: see `TelegramChannel.updates`."""

    async def updates(self, offset: int | None, timeout: int) -> list[dict[str, Any]]: ...


class Receiver:
    """`on_stored` gets each update once, after its commit, and must return quickly: it queues.

    `on_outage` is told that a silence has cost presses. `back_off` holds the seconds to wait after the first, second …
    failure in a row.
    """

    def __init__(
        self,
        account: str,
        channel: Polled,
        writer: Writer,
        clock: Clock,
        on_stored: OnStored,
        *,
        back_off: Sequence[float] = BACK_OFF,
        on_outage: Callable[[], None] = lambda: None,
    ) -> None:
        self._account = account
        self._channel = channel
        self._writer = writer
        self._clock = clock
        self._on_stored = on_stored
        self._on_outage = on_outage
        self._offset: int | None = None
        self._silence = Silence(account, writer)
        self._polling = Polling(account, log, REFUSED, {OtherPoller: CONFLICT}, back_off)

    @property
    def down(self) -> Refused | None:
        """Why the platform refuses the account as a whole; then `run` has ended."""
        return self._polling.down

    async def step(self, timeout: int = LONG_POLL) -> int:
        """One poll of up to `timeout` seconds; returns how many updates were new. Raises what went wrong, and then the
        platform still has the batch."""
        updates = await self._channel.updates(self._offset, timeout)
        fresh = await self._take(updates)
        await self._note_heard()
        return fresh

    async def _take(self, updates: list[dict[str, Any]]) -> int:
        if not updates:
            # All below the offset is forgotten by now. Kept any longer it would do harm: after a quiet week the
            # platform's numbers start again anywhere, and an offset above them would throw new updates away.
            self._offset = None
            return 0
        now = self._clock()
        intents = [RawUpdate(self._account, str(one["update_id"]), _text(one), now, one) for one in updates]
        stored = await self._writer.submit_all(inbox.store, intents)
        self._offset = max(int(one["update_id"]) for one in updates) + 1
        fresh = [one for one in stored if one is not None]
        if fresh:
            await self._on_stored(fresh)
        return len(fresh)

    async def _note_heard(self) -> None:
        """Keep when the account last heard: a gap of over 150 seconds has cost presses, also one over a restart."""
        outage = await self._silence.ends(self._clock())
        if outage is not None:
            lost = (outage.ended_at - outage.began_at).total_seconds()
            log.warning(LOST, self._account, lost, extra={"action": "presses_lost"})
            self._on_outage()

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`, or until the account is `down`. Cancelling a poll loses nothing: it comes again."""

        async def turn() -> None:
            # The first answer after a silence comes at once, with nothing in it if need be: then we know that we hear.
            at_once = self._silence.heard_at is None or self._polling.failures
            await unless(stop, self.step(0 if at_once else LONG_POLL))

        await self._polling.run(turn, stop)


_COMPACT = json.JSONEncoder(separators=(",", ":")).encode


def _text(update: dict[str, Any]) -> str:
    """The update as ASCII JSON: half an emoji or a NUL, which people can send, would not go into a text column."""
    return _COMPACT(update)

"""The receiver of one account: takes updates from Telegram, stores them, and only then lets Telegram forget them.

Run by the composition root beside the sender and independent of it: a press lives 150 seconds in Telegram's queue, so
nothing may keep this loop waiting. Handling is somebody else's (`on_stored`), from the database on.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from announcements.channels import ACCOUNT_IS_DOWN, ChannelError, Refused, SlowDown
from bot.channels.silence import Silence
from bot.channels.telegram.errors import OtherPoller
from db import inbox
from db.inbox import RawUpdate, Stored
from db.writer import Writer
from scheduler.clock import Clock

log = logging.getLogger(__name__)

BACK_OFF = (1.0, 2.0, 5.0, 10.0, 30.0)
LONG_POLL = 25  # seconds; the platform allows 50

REFUSED = (
    "%s: Telegram refuses the token, receiving has stopped. "
    "Ask @BotFather for the present one and put it into the configuration."
)
CONFLICT = (
    "%s: somebody else takes this bot's updates (%s). "
    "Stop the other program, or take its webhook off with deleteWebhook; trying again in %g s."
)
SLOWED = "%s: told to wait %g s before the next poll"
FAILED = "%s: no updates for the moment (%s: %s); trying again in %g s"
LOST = "%s: nothing was received for %.0f s; presses of buttons in that time are lost"
NOT_STORED = "%s: updates could not be stored or handed on (%s); trying again in %g s"

OnStored = Callable[[list[Stored]], Awaitable[None]]


class Polled(Protocol):
    """What the receiver needs of a channel: see `TelegramChannel.updates`."""

    async def updates(self, offset: int | None, timeout: int) -> list[dict[str, Any]]: ...


class Receiver:
    """`on_stored` gets each update once, after its commit, and must return quickly: it queues.

    `on_outage` is told that a silence has cost presses. `down` is set when the platform refused the account as a whole;
    then `run` has ended. `back_off` holds the seconds to wait after the first, second … failure in a row.
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
        self.down: Refused | None = None
        self._account = account
        self._channel = channel
        self._writer = writer
        self._clock = clock
        self._on_stored = on_stored
        self._back_off = back_off
        self._on_outage = on_outage
        self._offset: int | None = None
        self._failures = 0
        self._silence = Silence(account, writer)

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
        while not stop.is_set() and self.down is None:
            try:
                await self._step_unless(stop)
            except Exception as error:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._take_to_heart(error))
            else:
                if self._failures:
                    log.info("%s: receiving again", self._account, extra={"action": "poll_recovered"})
                self._failures = 0

    async def _step_unless(self, stop: asyncio.Event) -> None:
        # The first answer after a silence comes at once, with nothing in it if need be: then we know that we hear.
        timeout = 0 if self._silence.heard_at is None or self._failures else LONG_POLL
        step = asyncio.create_task(self.step(timeout), name=f"poll {self._account}")
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((step, stopping), return_when=asyncio.FIRST_COMPLETED)
            if step.done():
                step.result()
        finally:
            step.cancel()
            stopping.cancel()
            await asyncio.gather(step, stopping, return_exceptions=True)

    def _take_to_heart(self, error: Exception) -> float:
        """Log what went wrong, in words without anybody's text, and return the seconds to wait."""
        wait = self._back_off[min(self._failures, len(self._back_off) - 1)]
        self._failures += 1
        match error:
            case Refused(reason=reason) if reason in ACCOUNT_IS_DOWN:
                self.down = error
                wait = 0.0
                log.error(REFUSED, self._account, extra={"action": "poll_refused"})
            case OtherPoller(detail=detail):
                log.warning(CONFLICT, self._account, detail, wait, extra={"action": "poll_conflict"})
            case SlowDown(after=after):
                wait = after
                log.warning(SLOWED, self._account, wait, extra={"action": "poll_slowed"})
            case ChannelError(detail=detail):
                kind = type(error).__name__
                log.warning(FAILED, self._account, kind, detail, wait, extra={"action": "poll_failed"})
            case _:
                # Only the kind: a database error quotes what it couldn't store.
                log.error(NOT_STORED, self._account, type(error).__name__, wait, extra={"action": "store_failed"})
        return wait


_COMPACT = json.JSONEncoder(separators=(",", ":")).encode


def _text(update: dict[str, Any]) -> str:
    """The update as ASCII JSON: half an emoji or a NUL, which people can send, would not go into a text column."""
    return _COMPACT(update)

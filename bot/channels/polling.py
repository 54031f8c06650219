"""Polling without an end: how a receiver goes on after faults, and how it stops. Shared by all that poll."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from announcements.channels import ACCOUNT_IS_DOWN, ChannelError, Refused, SlowDown

BACK_OFF = (1.0, 2.0, 5.0, 10.0, 30.0)
LONG_POLL = 25  # seconds

SLOWED = "%s: told to wait %g s before the next poll"
FAILED = "%s: no updates for the moment (%s: %s); trying again in %g s"
NOT_STORED = "%s: updates could not be stored or handed on (%s); trying again in %g s"


@dataclass(slots=True)
class Polling:
    """Takes one `turn` after the other. `down` is set when the platform refused the account as a whole.

    `refused` is logged then, with the account's name. `known` are faults of one platform, with what is logged: account,
    detail, and the seconds to wait, taken from `back_off` for the first, second … failure in a row.
    """

    account: str
    log: logging.Logger
    refused: str
    known: Mapping[type[ChannelError], str] = field(default_factory=dict)
    back_off: Sequence[float] = BACK_OFF
    down: Refused | None = None
    failures: int = 0

    async def run(self, turn: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
        """Until `stop`, or until the account is `down`."""
        while not stop.is_set() and self.down is None:
            try:
                await turn()
            except Exception as error:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self.take_to_heart(error))
            else:
                if self.failures:
                    self.log.info("%s: receiving again", self.account, extra={"action": "poll_recovered"})
                self.failures = 0

    def take_to_heart(self, error: Exception) -> float:
        """Log what went wrong, in words without anybody's text, and return the seconds to wait."""
        wait = self.back_off[min(self.failures, len(self.back_off) - 1)]
        self.failures += 1
        known = next((said for kind, said in self.known.items() if isinstance(error, kind)), "")
        match error:
            case Refused(reason=reason) if reason in ACCOUNT_IS_DOWN:
                self.down = error
                wait = 0.0
                self.log.error(self.refused, self.account, extra={"action": "poll_refused"})
            case ChannelError(detail=detail) if known:
                self.log.warning(known, self.account, detail, wait, extra={"action": "poll_conflict"})
            case SlowDown(after=after):
                wait = after
                self.log.warning(SLOWED, self.account, wait, extra={"action": "poll_slowed"})
            case ChannelError(detail=detail):
                kind = type(error).__name__
                self.log.warning(FAILED, self.account, kind, detail, wait, extra={"action": "poll_failed"})
            case _:
                # Only the kind: a database error quotes what it couldn't store.
                self.log.error(NOT_STORED, self.account, type(error).__name__, wait, extra={"action": "store_failed"})
        return wait


async def unless(stop: asyncio.Event, poll: Coroutine[Any, Any, object]) -> None:
    """`poll`, broken off when it is time to stop."""
    task, stopping = asyncio.create_task(poll), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        task.cancel()
        stopping.cancel()
        await asyncio.gather(task, stopping, return_exceptions=True)

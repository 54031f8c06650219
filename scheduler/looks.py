"""Looking again and again whether there is something to do: the loop around one step."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

log = logging.getLogger(__name__)


async def look_on(step: Callable[[], Awaitable[object]], seconds: float, stop: asyncio.Event, what: str) -> None:
    """Take `step` every so many seconds until `stop`. One that fails is logged as `what` did, and the next comes all
    the same: the database may be away for a moment."""
    while not stop.is_set():
        try:
            await step()
        except Exception:
            log.exception("%s failed; trying again", what, extra={"action": "look_failed"})
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)

"""Writing down what became of deliveries: through the group-committing writer, again when the database is away."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from db import outbox
from db.outbox import Settlement
from db.writer import Apply, Writer

log = logging.getLogger(__name__)

SETTLE_AGAIN = (0.5, 2.0, 5.0, 10.0)  # seconds between attempts to write an outcome; together less than a lease


@dataclass(frozen=True, slots=True)
class Records:
    """Of the dispatcher of one account."""

    account: str
    writer: Writer

    async def settle(self, settlement: Settlement) -> None:
        """What we know must not be lost to a moment without a database: nobody else knows it."""
        for pause in (*SETTLE_AGAIN, None):
            try:
                if not await self.writer.submit(outbox.settle, settlement):
                    log.warning("delivery %d was no longer ours to settle", settlement.id,
                                extra={"action": "lease_lost"})  # fmt: skip
                return
            except Exception as error:
                if pause is None:
                    raise
                log.warning("settling delivery %d failed (%s); trying again", settlement.id, type(error).__name__,
                            extra={"action": "settle_again"})  # fmt: skip
                await asyncio.sleep(pause)

    async def note(self, apply: Apply[Any, Any], intent: object) -> None:
        """Write down something that would be learnt again: it never stands in a delivery's way."""
        try:
            await self.writer.submit(apply, intent)
        except Exception:
            log.exception("a note of %s was lost", self.account, extra={"action": "note_lost"})

"""When an account last heard, kept across restarts: a silence that is too long has cost what people did meanwhile.

Used by the receivers that poll, and by Telegram's webhook. The table decides what is too long
(`db/platforms/outages.py`).
"""

from datetime import datetime, timedelta

from db.platforms import outages
from db.platforms.outages import OutageRow
from db.writer import Writer

NOTE_EVERY = timedelta(seconds=20)


class Silence:
    """One for each account. `heard_at` is when the platform last answered this process."""

    def __init__(self, account: str, writer: Writer) -> None:
        self.heard_at: datetime | None = None
        self._account = account
        self._writer = writer
        self._noted_at: datetime | None = None  # when that was last written down

    async def ends(self, now: datetime, failed_at: datetime | None = None) -> OutageRow | None:
        """The platform answered at `now`; the outage that ended so, where it was one, also one over a restart. Where
        the platform says when it last failed to tell us something, nothing since then was lost."""
        outage, before = None, self.heard_at
        quick = before is not None and now - before <= outages.PRESSES_LIVE
        if not (quick and self._noted_at is not None and now - self._noted_at < NOTE_EVERY):
            outage = await self._writer.submit(outages.heard, outages.Heard(self._account, now, before, failed_at))
            self._noted_at = now
        self.heard_at = now
        return outage

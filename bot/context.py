"""What pages, conversations and commands share: settings, database, writer, clock. Made by `bot/app.py`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.config import Settings
from db.engine import Database
from db.platforms.inbox import Stored
from db.writer import Writer
from scheduler.clock import Clock, now
from scheduler.limiter import Limiter


def _nobody_listens() -> None: ...


async def _nobody_hears(account: str, stored: Sequence[Stored]) -> None: ...


@dataclass(slots=True)
class Context:
    """`secret` signs cookies. `ring` says there is new work to send; `answered` that households' counts moved; `hear`
    hands stored updates to their account's ear, where that is in this process: otherwise it finds them in the inbox.
    `limiters` keep the pace of each account whose dispatcher is in this process."""

    settings: Settings
    database: Database
    writer: Writer
    secret: bytes
    clock: Clock = now
    ring: Callable[[], None] = _nobody_listens
    hear: Callable[[str, Sequence[Stored]], Awaitable[None]] = _nobody_hears
    answered: Callable[[int], None] = field(default=lambda broadcast_id: None)
    limiters: dict[str, Limiter] = field(default_factory=dict)

    def local(self, moment: datetime) -> datetime:
        """The same moment as a clock in the commune shows it."""
        return moment.astimezone(self.settings.commune.zone)

    def link(self, path: str) -> str:
        """The public address of a page, as links and QR codes carry it."""
        return f"{self.settings.app.public_url}{path}"

"""Small stand-ins: a channel whose outcomes a test writes down, a clock it moves, a writer that stumbles."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from announcements.channels import Button, Limits, Message, Posted, Profile
from db.engine import Database
from db.writer import Writer
from tests.makers import NOON

WIDE = Limits(text_length=4096, per_second=1_000, concurrency=30, html=True, buttons=True, edits=True)


@dataclass(slots=True)
class ScriptedChannel:
    """Posts everything, except where `script` has something else in store for an address."""

    limits: Limits = WIDE
    script: dict[str, deque[Exception]] = field(default_factory=lambda: defaultdict(deque))
    sent: list[tuple[str, Message]] = field(default_factory=list)
    edits: list[tuple[str, str, Button | None]] = field(default_factory=list)
    edit_script: deque[Exception] = field(default_factory=deque)
    gate: asyncio.Event | None = None  # sends wait for it
    sending: int = 0  # have begun
    refused: int = 0  # have ended as the script says
    well: Exception | None = None  # what a look at the account ends with; None: it works

    def will(self, address: str, *errors: Exception) -> None:
        """The next sends to `address` end so."""
        self.script[address].extend(errors)

    async def send(self, address: str, message: Message) -> Posted:
        self.sending += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.script[address]:
            self.refused += 1
            raise self.script[address].popleft()
        self.sent.append((address, message))
        number = str(len(self.sent))
        return Posted((*message.done, number), number)

    async def edit_button(self, address: str, message_id: str, button: Button | None) -> None:
        if self.edit_script:
            raise self.edit_script.popleft()
        self.edits.append((address, message_id, button))

    async def health(self) -> Profile:
        if self.well is not None:
            raise self.well
        return Profile("@kich_ban")

    async def look(self, address: str) -> str:
        return ""

    async def close(self) -> None: ...

    @property
    def addresses(self) -> list[str]:
        return [address for address, _ in self.sent]


@dataclass(slots=True)
class StepClock:
    """A clock that stands still until it is moved; also counts seconds for the limiter."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class StumblingWriter(Writer):
    """A writer whose database is away for the next intents of the kinds it is told."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.fails: dict[Any, int] = {}

    async def submit_all(self, apply: Any, intents: Sequence[Any]) -> list[Any]:
        if self.fails.get(apply, 0) > 0:
            self.fails[apply] -= 1
            raise OSError("away")
        return await super().submit_all(apply, intents)

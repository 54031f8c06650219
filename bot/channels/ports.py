"""What a channel may be able to do beside posting notices: write to people, ask them, know their names.

Whoever needs one of these asks the channel for it (`isinstance`), and never which channel it is.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from announcements.channels import Button

ButtonRows = Sequence[Sequence[Button]]


class Says(Protocol):
    """Writes plain text where it was spoken to. Raises `ChannelError`s only."""

    async def say(self, address: str, text: str) -> object:
        """Write `text` to a group or to a person's own conversation."""
        ...


@runtime_checkable
class SaysInPrivate(Says, Protocol):
    """Also finds a person's own conversation, of whom it knows the id."""

    def private(self, person: str) -> str:
        """The address of the conversation with one person, which may differ from the person's id."""
        ...


@runtime_checkable
class Asks(Protocol):
    """Puts buttons under what it writes. Raises `ChannelError`s only."""

    async def ask(self, address: str, text: str, rows: ButtonRows) -> object: ...


@runtime_checkable
class KnowsNames(Protocol):
    """Can be asked what a person calls themselves, where what they write does not say it."""

    async def name_of(self, person: str) -> str:
        """The name, or "". Raises `ChannelError`s only."""
        ...

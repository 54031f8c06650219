"""What answers in words need of a channel."""

from typing import Protocol, runtime_checkable


class Replier(Protocol):
    """Whatever can answer in plain words."""

    async def say(self, address: str, text: str) -> None:
        """Write `text` to a chat or person. Raises `ChannelError`s only."""
        ...


@runtime_checkable
class KnowsNames(Protocol):
    """A channel that can be asked what a person calls themselves, where what they write does not say it."""

    async def name_of(self, person: str) -> str:
        """The name, or "". Raises `ChannelError`s only."""
        ...

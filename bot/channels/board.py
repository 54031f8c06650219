"""The board as a channel: a notice is posted there by being published, so a delivery to it is done at once."""

from announcements.channels import Button, Limits, Message, Posted, Profile
from announcements.phrases import label
from announcements.types import ChannelKind


class BoardChannel:
    """The embedded default channel: needs no account and no network."""

    limits = Limits(text_length=1_000_000, per_second=100_000, concurrency=200)

    async def send(self, address: str, message: Message) -> Posted:
        return Posted(message_ids=(), button_id=address)  # no platform takes a message

    async def edit_button(self, address: str, message_id: str, button: Button | None) -> None:
        """Pages count by themselves."""

    async def health(self) -> Profile:
        return Profile(label(ChannelKind.BOARD).lower())

    async def look(self, address: str) -> str:
        return ""

    async def close(self) -> None: ...

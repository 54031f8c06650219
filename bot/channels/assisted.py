"""Posting by hand: what is sent here is handed to a person, who posts it in a chat no account of ours can write to.

The dispatcher's success is `handed`; `bot/office/channels/posting.py` is where people find the text and say that they
posted it.
"""

from announcements.channels import PLAIN_TEXT, Button, Limits, Message, Posted, Profile
from announcements.phrases import label
from announcements.types import ChannelKind

# As long as any chat takes; what is longer comes in parts, each to be posted by itself.
BY_HAND = Limits(text_length=PLAIN_TEXT.text_length, per_second=100_000, concurrency=200, by_hand=True)


class AssistedChannel:
    """The account `assisted`: needs no token and no network. Every chat has a leader, found by its area."""

    limits = BY_HAND

    async def send(self, address: str, message: Message) -> Posted:
        return Posted(message_ids=(), button_id="")

    async def edit_button(self, address: str, message_id: str, button: Button | None) -> None:
        """What people posted is theirs."""

    async def health(self) -> Profile:
        return Profile(label(ChannelKind.ASSISTED).lower())

    async def look(self, address: str) -> str:
        return ""

    async def close(self) -> None: ...

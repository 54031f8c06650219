"""One bot of the Zalo Bot Platform as a `Channel`: plain text and pictures into groups it was added to.

Made by `bot/channels/registry.py` for each account. The platform has no buttons, no edits and no uploads; pictures go
by their public address. Pace is the dispatcher's business. Every method raises `ChannelError`s only.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from announcements.channels import (
    Button,
    Channel,
    File,
    Hears,
    Limits,
    Message,
    Posted,
    Profile,
    Refused,
    RefusedReason,
)
from announcements.phrases import phrase
from announcements.splitting import split_text
from announcements.text import nfc, nfc_block
from bot.channels.pieces import post_pieces
from bot.channels.zalo_bot.client import ZaloBotClient
from bot.channels.zalo_bot.errors import PAUSES_OF_POLLS

# zalo-api §2: 2,000 characters a message, counted as the platform counts everything else, in UTF-16 units. No pace is
# published: what an account's settings say is a guess on the safe side.
LIMITS = Limits(
    text_length=2_000,
    per_second=2.0,
    per_chat_per_minute=10.0,
    per_chat_per_second=1.0,
    concurrency=4,
    picture_links=True,
    summary=True,
    hears=Hears.MENTIONS,
)


class ZaloBotChannel(Channel):
    """One bot token at `base_url`. `per_second` and `per_chat_per_minute` are the pace the dispatcher keeps to."""

    def __init__(
        self, token: str, base_url: str, *, per_second: float = 2.0, per_chat_per_minute: float = 10.0
    ) -> None:
        self.limits = replace(LIMITS, per_second=per_second, per_chat_per_minute=per_chat_per_minute)
        self.api = ZaloBotClient(token, base_url)
        # A poll that waits is in nobody's way, nor is its pause.
        self._polling = ZaloBotClient(token, base_url, pauses=PAUSES_OF_POLLS)

    async def send(self, address: str, message: Message) -> Posted:
        """Post what of `message` isn't `done` yet. An error's `done` holds all ids posted so far, earlier ones too."""

        async def post(piece: File | str, last: bool) -> str:
            return await (self._picture(address, piece) if isinstance(piece, File) else self._text(address, piece))

        posted = await post_pieces(message, post)
        return Posted(posted, posted[-1])

    async def _text(self, address: str, text: str) -> str:
        return await self.api.post("sendMessage", {"chat_id": address, "text": text})

    async def _picture(self, address: str, file: File) -> str:
        if not file.link:
            raise Refused(RefusedReason.BAD_CONTENT, "the platform takes pictures by their public address only")
        return await self.api.post("sendPhoto", {"chat_id": address, "photo": file.link})

    async def edit_button(self, address: str, message_id: str, button: Button | None) -> None:
        """There are none to rewrite."""

    async def say(self, address: str, text: str) -> None:
        """Write to a person or group, in as many messages as it takes."""
        for part in split_text(nfc_block(text), self.limits.text_length):
            await self._text(address, part)

    def private(self, person: str) -> str:
        """A person's own conversation goes by their id."""
        return person

    async def health(self) -> Profile:
        """The bot's name; a bot that may not join groups is said so."""
        me = await self.api.me()
        caution = phrase("checkup.zalo_bot_no_groups") if me.get("can_join_groups") is False else ""
        return Profile(nfc(str(me.get("account_name") or me.get("id") or "")), caution)

    async def look(self, address: str) -> str:
        """The platform tells nothing about chats; that the bot is typing there is the least it can be asked to say."""
        await self.api.call("sendChatAction", {"chat_id": address, "action": "typing"})
        return ""

    async def close(self) -> None:
        await self.api.close()
        await self._polling.close()

    async def poll_from_now_on(self) -> None:
        """Take off a webhook: polls get nothing while there is one."""
        await self.api.delete_webhook()

    async def updates(self, timeout: int) -> Sequence[dict[str, Any]]:
        """What came next, usually one update; waits up to `timeout` seconds. What is handed out is gone."""
        return await self._polling.updates(timeout)

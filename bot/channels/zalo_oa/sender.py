"""One Zalo Official Account as a `Channel`: posting into its groups, and writing to people who wrote to it.

Made by `bot/channels/registry.py` for each account. Pace is the dispatcher's business. Every method raises
`ChannelError`s only.
"""

import json
from dataclasses import replace
from functools import partial
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
    Unsure,
)
from announcements.phrases import phrase
from announcements.splitting import split_text
from announcements.text import nfc, nfc_block
from bot.channels.pieces import Uploads, post_pieces
from bot.channels.zalo_oa.addresses import person_in, private
from bot.channels.zalo_oa.attachments import LARGEST_FILE, Attachments
from bot.channels.zalo_oa.client import OaClient
from bot.channels.zalo_oa.groups import Groups
from bot.channels.zalo_oa.history import History
from bot.channels.zalo_oa.mentions import neutral
from bot.channels.zalo_oa.tokens import TokenKeeper

GROUP, PERSON = "/v3.0/oa/group/message", "/v3.0/oa/message/cs"
PROFILE = "/v3.0/oa/user/detail"
LONGEST_NAME = 60  # characters

# zalo-api: 2,000 characters one-to-one, and the same is safe in groups; no buttons, no edits in groups.
LIMITS = Limits(
    text_length=2_000,
    per_second=100 / 60,
    concurrency=8,
    files=True,
    largest_file=LARGEST_FILE,
    summary=True,
    hears=Hears.EVERYTHING,
)


class ZaloOaChannel(Channel):
    """The account `oa_id` at `base_url`; `per_minute` calls is the pace the dispatcher keeps to. `hears`: its events
    come to us."""

    def __init__(
        self, tokens: TokenKeeper, base_url: str, oa_id: str, *, per_minute: float = 100.0, hears: bool = True
    ) -> None:
        heard = LIMITS.hears if hears else Hears.NOTHING
        self.limits = replace(LIMITS, per_second=per_minute / 60, hears=heard)
        self._tokens = tokens
        self._oa_id = oa_id
        self._client = OaClient(base_url, tokens)
        self._attachments = Attachments(self._client)
        self.groups = Groups(self._client)
        self.history = History(self._client)

    async def send(self, address: str, message: Message) -> Posted:
        """Post what of `message` isn't `done` yet. An error's `done` holds all ids posted so far, earlier ones too."""
        uploads = Uploads()

        async def post(piece: File | str, last: bool) -> str:
            if isinstance(piece, str):
                return await self._text(address, piece)
            return uploads.note(piece, await self._attachments.post(piece, partial(self._attached, address)))

        posted = await post_pieces(message, post)
        return Posted(posted, posted[-1], uploads.names, uploads.count)

    async def _text(self, address: str, text: str) -> str:
        return await self._message(address, {"text": neutral(text)})

    async def _attached(self, address: str, attachment: dict[str, Any]) -> str:
        return await self._message(address, {"attachment": attachment})

    async def _message(self, address: str, message: dict[str, Any]) -> str:
        person = person_in(address)
        path, recipient = (GROUP, {"group_id": address}) if person is None else (PERSON, {"user_id": person})
        answer = await self._client.post(path, {"recipient": recipient, "message": message})
        message_id = answer.get("message_id")
        if isinstance(message_id, bool) or not isinstance(message_id, str | int) or message_id == "":
            raise Unsure("an answer without a message id")
        return str(message_id)

    async def say(self, address: str, text: str) -> None:
        """Write into a group, or to a person who wrote lately: outside their window it is `Refused`."""
        for part in split_text(nfc_block(text), self.limits.text_length):
            await self._text(address, part)

    def private(self, person: str) -> str:
        """The address of the conversation with one person."""
        return private(person)

    async def name_of(self, person: str) -> str:
        """What somebody who follows the account, or wrote to it, calls themselves; events don't say it."""
        profile = await self._client.get(PROFILE, data=json.dumps({"user_id": person}))
        name = profile.get("display_name")
        return nfc(name)[:LONGEST_NAME] if isinstance(name, str) else ""

    async def edit_button(self, address: str, message_id: str, button: Button | None) -> None:
        """There are none."""

    async def health(self) -> Profile:
        """The account's id; asks for one of its groups."""
        await self.groups.first()
        deaf = self.limits.hears is Hears.NOTHING
        return Profile(f"OA {self._oa_id}", phrase("zalo_oa.no_events") if deaf else "")

    async def look(self, address: str) -> str:
        """The group's name; whether it is this account's and in force."""
        if person_in(address) is not None:
            return ""
        group = await self.groups.one(address)
        if not group.is_enabled:
            refused = Refused(RefusedReason.NO_RIGHTS, f"the group is {group.status}")
            refused.sentence = phrase("zalo_error.group_disabled")
            raise refused
        return group.name

    async def close(self) -> None:
        await self._client.close()
        await self._tokens.close()

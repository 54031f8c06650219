"""One Telegram bot as a `Channel`: posting notices, rewriting their button, and the small things conversations say.

Made by `bot/channels/registry.py` for each account. Pace is the dispatcher's business: nothing in here waits for its
turn, so that an answer to a press never stands behind notices. Every method raises `ChannelError`s only.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import urlencode

from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat, LinkPreviewOptions
from telegram.constants import ChatMemberStatus, ParseMode
from telegram.error import BadRequest

from announcements.channels import (
    Button,
    Channel,
    File,
    Message,
    Posted,
    Profile,
    Refused,
    RefusedReason,
    Unsure,
)
from bot.channels.pieces import Uploads, post_pieces
from bot.channels.telegram.attachments import Attachments
from bot.channels.telegram.errors import NOT_MODIFIED, QUERY_IS_OVER, channel_errors, says
from bot.channels.telegram.keyboards import Keyboard, Rows, inline, markup, one_button
from bot.channels.telegram.limits import LIMITS
from bot.channels.telegram.request import TelegramRequest
from bot.channels.telegram.webhook import Deliveries

# Named one by one: without the list the platform keeps whatever was asked for last, maybe by another program.
LISTENED_TO = ("message", "channel_post", "callback_query", "my_chat_member")
LARGEST_BATCH = 100
POLL_GRACE = 10.0  # seconds an empty answer may come late
LONGEST_ANSWER = 200  # characters
LARGEST_DOWNLOAD = 20_000_000  # bytes, telegram-api §3

_PLAIN_LINKS = LinkPreviewOptions(is_disabled=True)
_PLAIN_JSON = _PLAIN_LINKS.to_json()
# The library writes a token into its debug log and into exceptions. It gets none: `TelegramRequest` has it.
_NO_TOKEN = "0:kept-by-the-request"  # noqa: S105
GONE = frozenset({ChatMemberStatus.LEFT, ChatMemberStatus.BANNED})


class TelegramChannel(Channel):
    """One bot token at `base_url`. `per_second` and `per_chat_per_minute` are the pace the dispatcher keeps to."""

    def __init__(
        self, token: str, base_url: str, *, per_second: float = 25.0, per_chat_per_minute: float = 20.0
    ) -> None:
        self.limits = replace(LIMITS, per_second=per_second, per_chat_per_minute=per_chat_per_minute)
        self._calls = TelegramRequest(token, base_url)
        self._polling = TelegramRequest(token, base_url)
        self._bot = Bot(
            _NO_TOKEN,
            base_url=lambda _: "",
            base_file_url=lambda _: "",
            request=self._calls,
            get_updates_request=self._polling,
        )
        self._attachments = Attachments(self._bot)
        self._bot_id: int | None = None

    async def send(self, address: str, message: Message) -> Posted:
        """Post what of `message` isn't `done` yet. An error's `done` holds all ids posted so far, earlier ones too."""
        uploads = Uploads()

        async def post(piece: File | str, last: bool) -> str:
            with channel_errors():
                return await self._post(address, piece, message.button if last else None, uploads)

        posted = await post_pieces(message, post)
        return Posted(posted, posted[-1], uploads.names, uploads.count)

    async def _post(self, address: str, piece: File | str, button: Button | None, uploads: Uploads) -> str:
        """Post one piece and return its message id; what becomes of a file goes into `uploads`."""
        if isinstance(piece, File):
            under = inline([[button]]) if button is not None else None
            return uploads.note(piece, await self._attachments.post(address, piece, under))
        # By hand, not by `send_message`: making objects of our constants and of the whole answer takes longer than
        # sending, and a notice goes out thousands of times.
        fields = {"chat_id": address, "text": piece, "parse_mode": ParseMode.HTML, "link_preview_options": _PLAIN_JSON}
        if button is not None:
            fields["reply_markup"] = one_button(button)
        sent = await self._calls.call("sendMessage", fields)
        if not isinstance(sent, dict) or "message_id" not in sent:
            raise Unsure("an answer without a message id")
        return str(sent["message_id"])

    async def edit_button(self, address: str, message_id: str, button: Button | None) -> None:
        """Rewrite the button (None takes it off); an equal one is a success. A message that is gone or closed to
        editing is `Refused` as BAD_CONTENT: stop editing it, the chat may be well."""
        under = inline([[button]]) if button is not None else None
        with channel_errors():
            try:
                await self._bot.edit_message_reply_markup(address, int(message_id), reply_markup=under)
            except BadRequest as exc:
                if not says(exc, NOT_MODIFIED):
                    raise

    async def health(self) -> Profile:
        """The bot's name, as in "@loa_thon_bot"."""
        with channel_errors():
            me = await self._bot.get_me()
        return Profile(f"@{me.username}")

    async def look(self, address: str) -> str:
        """The group's title; asks who we are there."""
        with channel_errors():
            chat = await self._bot.get_chat(address)
            if self._bot_id is None:
                self._bot_id = (await self._bot.get_me()).id
            member = await self._bot.get_chat_member(address, self._bot_id)
        if member.status in GONE:
            raise Refused(RefusedReason.BLOCKED)
        muted = getattr(member, "can_send_messages", True) is False
        closed = chat.permissions is not None and chat.permissions.can_send_messages is False
        if muted or (closed and member.status == ChatMemberStatus.MEMBER):
            raise Refused(RefusedReason.NO_RIGHTS)
        return chat.title or ""

    async def close(self) -> None:
        await self._calls.shutdown()
        await self._polling.shutdown()

    async def updates(self, offset: int | None, timeout: int) -> list[dict[str, Any]]:
        """The next batch of updates as they came, oldest first; waits up to `timeout` seconds (at most 50) for one.

        `offset` confirms every update below it: the platform forgets those.
        """
        query = {"timeout": timeout, "limit": LARGEST_BATCH, "allowed_updates": json.dumps(LISTENED_TO)}
        if offset is not None:
            query["offset"] = offset
        with channel_errors():
            batch = await self._polling.post(f"/getUpdates?{urlencode(query)}", read_timeout=timeout + POLL_GRACE)
        return batch if isinstance(batch, list) else []

    async def deliveries(self) -> Deliveries:
        """What becomes of updates for which a webhook is set."""
        with channel_errors():
            info = await self._bot.get_webhook_info()
            return Deliveries(info.url, info.pending_update_count, info.last_error_date)

    async def set_webhook(self, url: str, secret: str) -> None:
        """Deliveries go to `url` and carry `secret`; there are no more polls."""
        with channel_errors():
            await self._bot.set_webhook(url, secret_token=secret, allowed_updates=LISTENED_TO)

    async def delete_webhook(self) -> None:
        """Polls work from now on; what waited for delivery is told to them."""
        with channel_errors():
            await self._bot.delete_webhook()

    async def answer(
        self, callback_query_id: str, text: str | None = None, url: str | None = None, alert: bool = False
    ) -> None:
        """End the spinner on a pressed button, with a passing `text` (`alert`: one to be closed) or by opening `url`,
        a t.me link to this bot. Too late is no error: the press itself was stored long before."""
        text = text[:LONGEST_ANSWER] if text is not None else None
        with channel_errors():
            try:
                await self._bot.answer_callback_query(callback_query_id, text, url=url, show_alert=alert)
            except BadRequest as exc:
                if not says(exc, *QUERY_IS_OVER):
                    raise

    async def say(self, user_id: int, text: str, keyboard: Keyboard | None = None) -> str:
        """Write to a person (or chat) in HTML; returns the message id."""
        with channel_errors():
            sent = await self._bot.send_message(
                user_id,
                text,
                parse_mode=ParseMode.HTML,
                link_preview_options=_PLAIN_LINKS,
                reply_markup=markup(keyboard),
            )
        return str(sent.message_id)

    async def ask(self, address: str, text: str, rows: Sequence[Sequence[Button]]) -> None:
        """Write plain text to a person or group, with buttons under it where there are any."""
        await self.say(int(address), escape(text, quote=False), rows or None)

    def profile(self, person: str) -> str:
        """An address that opens this person's profile in the app; "" for what is no id of a person."""
        return f"tg://user?id={person}" if person.isdigit() else ""

    async def redraw(self, user_id: int, message_id: str | int, text: str, keyboard: Rows | None = None) -> None:
        """Rewrite an earlier message of ours in HTML; without `keyboard` its buttons go. Unchanged is a success."""
        with channel_errors():
            try:
                await self._bot.edit_message_text(
                    text,
                    user_id,
                    int(message_id),
                    parse_mode=ParseMode.HTML,
                    link_preview_options=_PLAIN_LINKS,
                    reply_markup=inline(keyboard) if keyboard else None,
                )
            except BadRequest as exc:
                if not says(exc, NOT_MODIFIED):
                    raise

    async def send_photo_bytes(self, user_id: int, png: bytes, caption: str = "") -> str:
        """Send a picture made on the spot, with an HTML caption of at most 1024 characters; returns the message id."""
        with channel_errors():
            sent = await self._bot.send_photo(
                user_id, png, caption=caption or None, filename="image.png", parse_mode=ParseMode.HTML
            )
        return str(sent.message_id)

    async def offer_commands(self, commands: Sequence[tuple[str, str]], user_id: int | None = None) -> None:
        """Put commands (name, description) into the menu of one person, or of all private chats that have no other."""
        scope = BotCommandScopeAllPrivateChats() if user_id is None else BotCommandScopeChat(user_id)
        with channel_errors():
            await self._bot.set_my_commands([BotCommand(*one) for one in commands], scope=scope)

    async def fetch(self, remote_id: str) -> bytes:
        """A file that somebody sent to this bot. One of over `LARGEST_DOWNLOAD` is `Refused`."""
        with channel_errors():
            file = await self._calls.post(f"/getFile?{urlencode({'file_id': remote_id})}")
            path = file.get("file_path") if isinstance(file, dict) else None
            if not isinstance(path, str):
                raise Refused(RefusedReason.BAD_CONTENT, "the file can't be fetched")
            return await self._calls.fetch(path, LARGEST_DOWNLOAD)

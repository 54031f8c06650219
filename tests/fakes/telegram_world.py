"""Who and what exists in the fake Telegram: users, chats, messages, files, button presses; and its clock.

Plain data, shared by the methods the bot calls and by the people who act on it.
"""

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.fakes.telegram_html import Entity

Json = dict[str, Any]

ANONYMOUS_ADMIN_ID = 1087968824  # "GroupAnonymousBot", the sender Telegram shows for anonymous administrators


class ChatType(StrEnum):
    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"


GROUPS = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})


class Standing(StrEnum):
    """What somebody is in a chat; the values are the Bot API's `ChatMember.status`."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    RESTRICTED = "restricted"
    LEFT = "left"
    KICKED = "kicked"


ADMINS = frozenset({Standing.CREATOR, Standing.ADMINISTRATOR})
ABSENT = frozenset({Standing.LEFT, Standing.KICKED})


class MediaKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"


class Clock:
    """The fake's time: real seconds since the epoch plus whatever a test has let pass."""

    def __init__(self) -> None:
        self._passed = 0.0

    def now(self) -> float:
        return time.time() + self._passed

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once: presses die, queries grow old, rate windows empty."""
        self._passed += seconds


@dataclass(slots=True)
class User:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    is_bot: bool = False
    deactivated: bool = False

    def json(self) -> Json:
        given = {"last_name": self.last_name, "username": self.username}
        known = {key: value for key, value in given.items() if value is not None}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, **known}


@dataclass(slots=True)
class Chat:
    """`bot` is the bot's own standing; in a private chat KICKED means that the person blocked the bot."""

    id: int
    type: ChatType
    title: str | None = None
    user: User | None = None
    username: str | None = None
    bot: Standing = Standing.MEMBER
    members: dict[int, Standing] = field(default_factory=dict)
    deleted: bool = False
    migrated_to: int | None = None
    last_message_id: int = 0

    @property
    def instance(self) -> str:
        """The same for every press in this chat, as `CallbackQuery.chat_instance` is."""
        return str(abs(self.id) * 1_000_003 + 17)

    def json(self) -> Json:
        if self.user is not None:
            person = self.user.json()
            return {"id": self.id, "type": self.type.value, **{k: v for k, v in person.items() if k in NAMES}}
        named = {"username": self.username} if self.username else {}
        return {"id": self.id, "type": self.type.value, "title": self.title, **named}


NAMES = frozenset({"first_name", "last_name", "username"})


@dataclass(slots=True)
class RemoteFile:
    """A file the fake keeps. `sent` counts the messages that carry it; it was uploaded once however high that goes."""

    file_id: str
    kind: MediaKind
    name: str
    mime_type: str
    content: bytes
    sent: int = 0
    shared: bool = False  # a person sent it to the bot

    @property
    def unique_id(self) -> str:
        return f"u{self.file_id}"

    @property
    def path(self) -> str:
        return f"{self.kind.value}s/{self.file_id}"

    def json(self) -> Json | list[Json]:
        """As it stands in a message: a `Document`, or the sizes of a photo."""
        size = {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.content)}
        if self.kind is MediaKind.DOCUMENT:
            return {**size, "file_name": self.name, "mime_type": self.mime_type}
        return [{**size, "width": 1280, "height": 960}]


@dataclass(slots=True)
class Message:
    """One message as it stands now. `sender` is None for a channel's own posts; `text` is a file's caption as well."""

    chat: Chat
    message_id: int
    at: float
    sender: User | None
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    reply_markup: Json | None = None
    file: RemoteFile | None = None
    reply_to: int | None = None
    own: bool = False  # posted by the bot
    had_reply_keyboard: bool = False
    edited_at: float | None = None
    deleted: bool = False
    extra: Json = field(default_factory=dict)  # contact, service fields, sender_chat

    @property
    def chat_id(self) -> int:
        return self.chat.id

    @property
    def buttons(self) -> list[Json]:
        """Every inline button, row after row."""
        return [button for row in (self.reply_markup or {}).get("inline_keyboard", []) for button in row]

    def json(self) -> Json:
        body: Json = {"message_id": self.message_id, "date": int(self.at), "chat": self.chat.json()}
        if self.sender is not None:
            body["from"] = self.sender.json()
        elif self.chat.type is ChatType.CHANNEL:
            body["sender_chat"] = self.chat.json()
        if self.file is not None:
            body[self.file.kind.value] = self.file.json()
        words = "caption" if self.file is not None else "text"
        if self.text:
            body[words] = self.text
        if self.entities:
            body["caption_entities" if self.file is not None else "entities"] = self.entities
        if self.reply_markup is not None:
            body["reply_markup"] = self.reply_markup
        if self.edited_at is not None:
            body["edit_date"] = int(self.edited_at)
        return {**body, **self.extra}

    def reference(self) -> Json:
        """As it stands inside an update about it: bare when it is gone (`InaccessibleMessage`)."""
        if self.deleted:
            return {"message_id": self.message_id, "date": 0, "chat": self.chat.json()}
        return self.json()


@dataclass(frozen=True, slots=True)
class Answer:
    """An accepted `answerCallbackQuery`."""

    query_id: str
    user_id: int
    text: str
    show_alert: bool
    url: str | None
    at: float


@dataclass(slots=True)
class Press:
    """A pressed button. `update` is None when the bot doesn't listen to presses."""

    id: str
    user: User
    chat: Chat
    data: str
    at: float
    update: Json | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """An accepted edit. `text` is None when only the buttons were rewritten."""

    chat_id: int
    message_id: int
    at: float
    text: str | None
    reply_markup: Json | None


@dataclass(slots=True)
class Request:
    """A request as it came: parameters as sent, `uploads` the names of its file parts.

    `status` and `result` are None when it was never answered.
    """

    method: str
    params: Json
    at: float
    uploads: tuple[str, ...] = ()
    status: int | None = None
    description: str = ""
    result: Any = None

    @property
    def chat_id(self) -> int | None:
        value = str(self.params.get("chat_id", ""))
        return int(value) if value.lstrip("-").isdigit() else None

"""Who and what exists on the fake Zalo of one bot: people, groups, messages, requests. Plain data.

Ids are strings, as the platform's are; a group's begins with `zgr-`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class ChatType(StrEnum):
    PRIVATE = "PRIVATE"
    GROUP = "GROUP"


class Event(StrEnum):
    TEXT = "message.text.received"
    IMAGE = "message.image.received"
    STICKER = "message.sticker.received"
    VOICE = "message.voice.received"
    UNSUPPORTED = "message.unsupported.received"


@dataclass(frozen=True, slots=True)
class Person:
    """Their private chat with the bot has the same id. Of the `protected` (minors and others) nothing is shown."""

    id: str
    display_name: str
    protected: bool = False
    is_bot: bool = False

    def json(self) -> Json:
        return {"id": self.id, "display_name": self.display_name, "is_bot": self.is_bot}


@dataclass(slots=True)
class Chat:
    """`here`: is the bot in it, and may it write?"""

    id: str
    type: ChatType
    title: str = ""
    here: bool = True

    def json(self) -> Json:
        return {"id": self.id, "chat_type": self.type.value}


@dataclass(frozen=True, slots=True)
class Message:
    """What the bot posted. `photo` is the address of a picture; `text` is its caption then."""

    chat: Chat
    id: str
    text: str
    photo: str = ""
    at: float = 0.0


@dataclass(slots=True)
class Request:
    """A request as it came. `status` is None until it is answered; `code` is the `error_code` of a refusal."""

    method: str
    params: Json
    at: float
    status: int | None = None
    code: int | None = None
    result: Any = None

    @property
    def chat_id(self) -> str:
        return str(self.params.get("chat_id", ""))


@dataclass(slots=True)
class Refusal(Exception):
    """The platform says no, by `error_code`; `status` is the HTTP status it comes with (None: as the fake is set)."""

    code: int
    description: str
    status: int | None = None

    def body(self) -> Json:
        return {"ok": False, "error_code": self.code, "description": self.description}


@dataclass(slots=True)
class Habits:
    """Where reports on the platform differ, or nobody knows: a test may choose."""

    refusal_status: int | None = 200  # HTTP status of `ok: false`; None: the error code itself
    idle_status: int = 200  # HTTP status of a poll that ends with 408
    photo_field: str = "photo_url"  # the manual says `photo`
    batches: bool = False  # getUpdates gives a list
    no_webhook_is_404: bool = True  # otherwise an empty `url`
    echoes: bool = False  # the bot's own messages come back to it
    remembers: float = 2.0  # seconds after a poll in which messages wait for the next one; later ones are lost
    can_join_groups: bool = True
    webhook_pauses: tuple[float, ...] = (0.05, 0.1, 0.2)  # seconds before a delivery is tried again


@dataclass(slots=True)
class Webhook:
    url: str = ""
    secret: str = ""
    updated_at: int = 0
    statuses: list[int] = field(default_factory=list)  # what the bot's side answered

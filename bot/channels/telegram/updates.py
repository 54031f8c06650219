"""Updates as values: what of a raw update matters to us, and None for everything else. Pure.

Called by whatever handles stored updates. Everything in an update comes from outside: any field may be missing or of
another kind, a press's `data` is the client's word, and a group message may come from nobody in particular.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from announcements.text import nfc, nfc_block
from announcements.types import FileKind

Json = dict[str, Any]

NOBODY = 0  # no user has this id: safe to look up, it finds no one
_LARGEST_ID = 2**63


class BotStatus(StrEnum):
    """What the bot is in a chat; the platform's words."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    RESTRICTED = "restricted"
    LEFT = "left"
    KICKED = "kicked"  # in a private chat: blocked by the person


@dataclass(frozen=True, slots=True)
class PressUpdate:
    """A pressed button. `user_id` is the real person even for anonymous administrators; `data` may be forged."""

    query_id: str
    user_id: int
    user_name: str
    chat_id: int
    message_id: int
    data: str


@dataclass(frozen=True, slots=True)
class TextUpdate:
    """A message or channel post with words (or a caption), in composed form.

    `anonymous`: written in the name of a group or channel; then `user_id` is `NOBODY` and proves nothing.
    """

    user_id: int
    user_name: str
    chat_id: int
    private: bool
    message_id: int
    text: str
    reply_to_message_id: int | None
    anonymous: bool


@dataclass(frozen=True, slots=True)
class FileUpdate:
    """A picture, a document or anything else that is no words, sent in private. `kind` is None for what no notice
    carries: a film, a voice. `size` in bytes, 0 when untold; `album` is shared by what was sent together."""

    user_id: int
    user_name: str
    chat_id: int
    kind: FileKind | None
    remote_id: str
    name: str
    size: int
    caption: str
    album: str


@dataclass(frozen=True, slots=True)
class ContactUpdate:
    """A shared phone number as the platform wrote it. `own`: it is the sender's."""

    user_id: int
    user_name: str
    chat_id: int
    phone: str
    own: bool


@dataclass(frozen=True, slots=True)
class MemberUpdate:
    """The bot's place in a chat has changed. `user_id` is who changed it; a positive `chat_id` is a person's."""

    chat_id: int
    title: str
    status: BotStatus
    can_post: bool
    user_id: int


@dataclass(frozen=True, slots=True)
class MigrationUpdate:
    """A group became a supergroup. Comes twice, once from each side."""

    old_id: int
    new_id: int


Update = PressUpdate | TextUpdate | FileUpdate | ContactUpdate | MemberUpdate | MigrationUpdate

# A moving picture comes as a document, too; its bytes will tell that no notice carries it.
NOT_CARRIED = ("video", "voice", "audio", "video_note", "sticker", "location", "poll", "paid_media", "story")


def read_update(payload: str) -> Update | None:
    """The update in a JSON text; None when it is none that concerns us. Never raises."""
    try:
        return update_of(json.loads(payload))
    except (ValueError, RecursionError):
        return None


def update_of(update: object) -> Update | None:
    """The same of a text that was decoded already."""
    if not isinstance(update, dict):
        return None
    if "callback_query" in update:
        return _press(_object(update, "callback_query"))
    if "my_chat_member" in update:
        return _member(_object(update, "my_chat_member"))
    return _message(_object(update, "message") or _object(update, "channel_post"))


def _press(query: Json) -> PressUpdate | None:
    sender, message = _object(query, "from"), _object(query, "message")
    user_id, chat_id = _id(sender, "id"), _id(_object(message, "chat"), "id")
    message_id = _id(message, "message_id")
    query_id, data = query.get("id"), query.get("data")
    if user_id is None or chat_id is None or message_id is None:
        return None
    if not isinstance(query_id, str) or not isinstance(data, str):
        return None
    return PressUpdate(query_id, user_id, _name(sender), chat_id, message_id, data)


def _member(change: Json) -> MemberUpdate | None:
    chat, standing = _object(change, "chat"), _object(change, "new_chat_member")
    chat_id, word = _id(chat, "id"), standing.get("status")
    if chat_id is None or not isinstance(word, str) or word not in BotStatus._value2member_map_:
        return None
    status = BotStatus(word)
    title = _line(chat, "title") or _name(chat)
    can_post = _can_post(status, standing, in_channel=chat.get("type") == "channel")
    return MemberUpdate(chat_id, title, status, can_post, _id(_object(change, "from"), "id") or NOBODY)


def _can_post(status: BotStatus, standing: Json, *, in_channel: bool) -> bool:
    """In a channel administrators need the right by name, and nobody else posts."""
    match status:
        case BotStatus.CREATOR:
            return True
        case BotStatus.ADMINISTRATOR:
            return not in_channel or standing.get("can_post_messages") is True
        case BotStatus.MEMBER:
            return not in_channel
        case BotStatus.RESTRICTED:
            return standing.get("is_member") is not False and standing.get("can_send_messages") is True
        case _:
            return False


def _message(message: Json) -> TextUpdate | FileUpdate | ContactUpdate | MigrationUpdate | None:
    chat = _object(message, "chat")
    chat_id, message_id = _id(chat, "id"), _id(message, "message_id")
    if chat_id is None or message_id is None:
        return None
    moved_to, moved_from = _id(message, "migrate_to_chat_id"), _id(message, "migrate_from_chat_id")
    if moved_to is not None:
        return MigrationUpdate(chat_id, moved_to)
    if moved_from is not None:
        return MigrationUpdate(moved_from, chat_id)
    sender = _object(message, "from")
    anonymous = bool(_object(message, "sender_chat")) or sender.get("is_bot") is True or _id(sender, "id") is None
    user_id = NOBODY if anonymous else _id(sender, "id") or NOBODY
    contact = _object(message, "contact")
    if contact:
        return _contact(contact, user_id, _name(sender), chat_id)
    private = chat.get("type") == "private"
    file = _file(message, user_id, _name(sender), chat_id) if private else None
    if file is not None:
        return file
    text = message.get("text") or message.get("caption")
    if not isinstance(text, str):
        return None
    answered = _id(_object(message, "reply_to_message"), "message_id")
    name = _line(_object(message, "sender_chat"), "title") if anonymous else _name(sender)
    return TextUpdate(user_id, name, chat_id, private, message_id, nfc_block(text), answered, anonymous)


def _file(message: Json, user_id: int, user_name: str, chat_id: int) -> FileUpdate | None:
    """What a message holds beside words. Of a picture the largest of its sizes, which come in order."""
    sizes = message.get("photo")
    photo = sizes[-1] if isinstance(sizes, list) and sizes and isinstance(sizes[-1], dict) else {}
    held, kind = (photo, FileKind.PHOTO) if photo else (_object(message, "document"), FileKind.DOCUMENT)
    remote_id = held.get("file_id")
    carried = isinstance(remote_id, str)
    if user_id == NOBODY or not (carried or any(name in message for name in NOT_CARRIED)):
        return None
    caption, album = message.get("caption"), message.get("media_group_id")
    return FileUpdate(
        user_id,
        user_name,
        chat_id,
        kind if carried else None,
        remote_id if isinstance(remote_id, str) else "",
        _line(held, "file_name"),
        _id(held, "file_size") or 0,
        nfc_block(caption) if isinstance(caption, str) else "",
        album if isinstance(album, str) else "",
    )


def _contact(contact: Json, user_id: int, user_name: str, chat_id: int) -> ContactUpdate | None:
    phone = _line(contact, "phone_number")
    if not phone or user_id == NOBODY:
        return None
    return ContactUpdate(user_id, user_name, chat_id, phone, own=_id(contact, "user_id") == user_id)


def _object(holder: Json, key: str) -> Json:
    value = holder.get(key)
    return value if isinstance(value, dict) else {}


def _id(holder: Json, key: str) -> int | None:
    value = holder.get(key)
    if type(value) is not int or not -_LARGEST_ID <= value < _LARGEST_ID:
        return None
    return value


def _line(holder: Json, key: str) -> str:
    value = holder.get(key)
    return nfc(value) if isinstance(value, str) else ""


def _name(person: Json) -> str:
    names = (person.get("first_name"), person.get("last_name"))
    return nfc(" ".join(name for name in names if isinstance(name, str)))

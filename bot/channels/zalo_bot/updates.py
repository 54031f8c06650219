"""Updates as values: what a person said to the bot, and None for everything else. Pure.

Used by `ear` for whatever is in the inbox, from polls and from the webhook. Everything in an update comes from outside:
any field may be missing or of another kind. Nothing in it names the message that a quote-reply answers.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from announcements.hearing import Heard
from announcements.text import nfc, nfc_block

GROUP, PRIVATE = "GROUP", "PRIVATE"
EVENTS = (
    "message.text.received",
    "message.image.received",
    "message.sticker.received",
    "message.voice.received",
    "message.unsupported.received",
)
# Bots' names begin so by rule: whatever follows directly belongs to the name.
_SOME_BOT = re.compile(r"^@bot[^\s,:]*[\s,:]*", re.IGNORECASE)
_LONGEST_ID = 200


class Reader:
    """Reads the updates of one bot. `own_id` is the bot's; `names` are those it may be called by."""

    def __init__(self, own_id: str) -> None:
        self.own_id = own_id
        self.names: tuple[str, ...] = ()
        self._mention = _SOME_BOT

    def call(self, names: Iterable[str]) -> None:
        """The bot is called so from now on."""
        self.names = tuple(sorted({nfc(name) for name in names} - {""}, key=len, reverse=True))
        if self.names:
            known = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in self.names)
            self._mention = re.compile(rf"@(?:{known})(?!\w)[\s,:]*", re.IGNORECASE)

    def read_heard(self, payload: Mapping[str, Any]) -> Heard | None:
        """What somebody said; None for our own echo and for what is no message. Never raises."""
        update = inner(payload)
        message, event = _object(update, "message"), update.get("event_name")
        sender, chat = _object(message, "from"), _object(message, "chat")
        message_id, person, address = (_id(message, "message_id"), _id(sender, "id"), _id(chat, "id"))
        kind = chat.get("chat_type")
        if event not in EVENTS or not (message_id and person and address) or kind not in (GROUP, PRIVATE):
            return None
        if person == self.own_id or sender.get("is_bot") is True:
            return None
        text = self._words(message)
        return Heard(message_id, address, person, kind == PRIVATE, text, _line(sender, "display_name"),
                     readable=bool(text))  # fmt: skip

    def _words(self, message: Mapping[str, Any]) -> str:
        """Text or caption, without the bot's name."""
        words = message.get("text") or message.get("caption")
        if not isinstance(words, str):
            return ""
        text = nfc_block(words)
        named = self._mention.sub(" ", text)
        return nfc_block((named if named != text else _SOME_BOT.sub("", text)).strip(" \t,:"))


def inner(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """`{event_name, message}` of an update, which comes bare or in the envelope `{ok, result}`."""
    return _object(payload, "result") or payload


def key_of(payload: Mapping[str, Any], raw: bytes) -> str:
    """The same for the same update however often it is told: its message's id, else a hash of what came."""
    message_id = _id(_object(inner(payload), "message"), "message_id")
    return message_id or f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _object(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, Mapping) else {}


def _id(holder: Mapping[str, Any], key: str) -> str:
    """An id as text, whichever way it is written; "" for none."""
    value = holder.get(key)
    text = str(value) if type(value) is int else nfc(value) if isinstance(value, str) else ""
    return text if len(text) <= _LONGEST_ID else ""


def _line(holder: Mapping[str, Any], key: str) -> str:
    value = holder.get(key)
    return nfc(value) if isinstance(value, str) else ""

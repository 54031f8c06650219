"""What stands under a message in a private conversation: buttons, or the request for a phone number.

The conversations build these; `sender` turns them into the platform's markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from announcements.channels import Button

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens `url`."""

    label: str
    url: str


Rows = Sequence[Sequence[Button | Link]]


@dataclass(frozen=True, slots=True)
class PhoneRequest:
    """One large button in place of the person's keyboard that shares their own number, after they confirm.

    A message that carries it can never be edited.
    """

    label: str


@dataclass(frozen=True, slots=True)
class NoKeyboard:
    """Takes a `PhoneRequest` away again."""


Keyboard = Rows | PhoneRequest | NoKeyboard


def inline(rows: Rows) -> InlineKeyboardMarkup:
    """Rows of at most 8 buttons, 100 in all."""
    return InlineKeyboardMarkup([[_button(one) for one in row] for row in rows])


@lru_cache(maxsize=256)
def one_button(button: Button) -> str:
    """A single button as the platform's JSON; thousands of chats get the same one."""
    return inline([[button]]).to_json()


def markup(keyboard: Keyboard | None) -> Markup | None:
    match keyboard:
        case None:
            return None
        case PhoneRequest(label):
            button = KeyboardButton(label, request_contact=True)
            return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
        case NoKeyboard():
            return ReplyKeyboardRemove()
        case _:
            return inline(keyboard)


def _button(one: Button | Link) -> InlineKeyboardButton:
    if isinstance(one, Link):
        return InlineKeyboardButton(one.label, url=one.url)
    return InlineKeyboardButton(one.label, callback_data=one.data)

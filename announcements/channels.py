"""The Channel port: what the dispatcher asks of a mechanism, what it declares, and the errors that say what to do.

Adapters live in `bot/channels/`; `scheduler/dispatcher.py` knows only this module.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from announcements.types import FileKind


class Hears(StrEnum):
    """What an account is told of what people write in a group."""

    NOTHING = "nothing"
    MENTIONS = "mentions"  # only replies to its own messages, and what is addressed to it by name
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel can carry and how fast: messages, and UTF-16 code units after markup is parsed."""

    text_length: int
    caption_length: int = 0  # 0: files carry no text
    per_second: float = 1_000.0  # one account, all chats
    per_chat_per_minute: float = 0.0  # 0: no limit of its own
    per_chat_per_second: float = 0.0
    concurrency: int = 30  # requests in flight at once
    html: bool = False
    buttons: bool = False
    edits: bool = False  # can a sent message's button be rewritten: the live counter
    summary: bool = False  # no live counter: its chats are told once, hours later, how many have answered
    files: bool = False  # takes uploads
    picture_links: bool = False  # fetches pictures from a public address of ours
    largest_file: int = 0  # bytes a document may have, 0: any; larger ones stay on the board
    hears: Hears = Hears.NOTHING
    offshore: bool = False  # does the text leave the country
    by_hand: bool = False  # a person posts it: a success means that they have the text, not that the chat has


# Chats that take text and nothing else. Zalo's are such: 2,000 characters a message to its bots, and the same is safe
# for groups of an Official Account; no button, no edit, and the only answer a bot hears is a reply to its message.
PLAIN_TEXT = Limits(text_length=2_000, summary=True, hears=Hears.MENTIONS)


@dataclass(frozen=True, slots=True)
class File:
    """An attachment. `remote_id` is the platform's own name for it once uploaded by this account; `link` its public
    address, where it has one that platforms can reach."""

    id: int
    kind: FileKind
    name: str
    path: str
    remote_id: str | None = None
    link: str = ""
    size: int = 0  # bytes


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    data: str  # at most 64 bytes of UTF-8


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to one chat: files first, then the parts in order; the button is on the last part.

    `done` holds the ids of the pieces an earlier attempt already posted: they are skipped, never repeated.
    """

    parts: tuple[str, ...]
    button: Button | None = None
    files: tuple[File, ...] = ()
    done: tuple[str, ...] = ()

    @property
    def pieces(self) -> int:
        """How many messages the platform will count."""
        return len(self.files) + len(self.parts) - len(self.done)


@dataclass(frozen=True, slots=True)
class Posted:
    """The platform's word that it has the message.

    `message_ids` in the order they were posted; `button_id` is the one that carries the button (or the last).
    `uploaded` maps `File.id` to the platform's id, to be reused for every further chat.
    """

    message_ids: tuple[str, ...]
    button_id: str
    uploaded: dict[int, str] = field(default_factory=dict)
    uploads: int = 0  # files that really went up for this: others may have come by an id that is news to the caller


@dataclass(frozen=True, slots=True)
class Profile:
    """An account that works: its public name, and a sentence on what works less well than it could."""

    name: str
    caution: str = ""


class Scope(StrEnum):
    CHAT = "chat"
    ACCOUNT = "account"


class RefusedReason(StrEnum):
    BLOCKED = "blocked"  # kicked, left, blocked
    CHAT_GONE = "chat_gone"  # deleted, never existed
    NO_RIGHTS = "no_rights"  # an administrator must allow posting
    BAD_CONTENT = "bad_content"  # our text or file; the same again would fail again
    UNAUTHORISED = "unauthorised"  # the account's token
    QUOTA = "quota"  # the plan is used up
    OUT_OF_WINDOW = "out_of_window"  # the person has not written lately, and the platform lets nobody write first


# These say something lasting about the chat, not about this one message.
CHAT_IS_LOST = frozenset({RefusedReason.BLOCKED, RefusedReason.CHAT_GONE, RefusedReason.NO_RIGHTS})
ACCOUNT_IS_DOWN = frozenset({RefusedReason.UNAUTHORISED, RefusedReason.QUOTA})


class ChannelError(Exception):
    """The base of the five answers a channel gives instead of `Posted`. `detail` is safe to store: no token, no text.

    `done` is set by the adapter to the ids of the pieces that did go out before the error (see `Message.done`),
    `sentence` to what a person should hear, in Vietnamese, where the adapter knows more than the reason says.
    """

    done: tuple[str, ...] = ()
    sentence: str = ""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def in_short(self) -> str:
        """Which of the five it is, whatever the adapter calls its own kind of it, and why: to be stored."""
        name = next(kind.__name__ for kind in type(self).__mro__ if ChannelError in kind.__bases__)
        why = "; ".join(words for words in (self.detail, self.sentence) if words)
        return f"{name}: {why}" if why else name


class TryLater(ChannelError):
    """Surely not sent; try again after `after` seconds (None: by the usual back-off)."""

    def __init__(self, detail: str = "", after: float | None = None) -> None:
        super().__init__(detail)
        self.after = after


class SlowDown(ChannelError):
    """Surely not sent; the platform asked for a pause of `after` seconds. Costs no attempt."""

    def __init__(self, after: float, scope: Scope = Scope.CHAT, detail: str = "") -> None:
        super().__init__(detail)
        self.after = after
        self.scope = scope


class Refused(ChannelError):
    """Surely not sent, and the same again would be refused again."""

    def __init__(self, reason: RefusedReason, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason


class Unready(Refused):
    """Refused by ourselves: the account can't send as it is, so the platform was not asked. `sentence` says it all."""

    def in_short(self) -> str:
        return self.sentence[:1].upper() + self.sentence[1:]


class Moved(ChannelError):
    """Surely not sent: the chat has a new address. The caller rewrites it and sends once more."""

    def __init__(self, new_address: str, detail: str = "") -> None:
        super().__init__(detail)
        self.new_address = new_address


class Unsure(ChannelError):
    """May have been sent: the request left and no answer came. Never guess."""


# The platform said something: whatever it was, it is there.
ANSWERS = (SlowDown, Refused, Moved)
# These leave no doubt that no message went out.
SURELY_NOT_SENT = (TryLater, *ANSWERS)


class Channel(Protocol):
    """One account on one mechanism."""

    limits: Limits

    async def send(self, address: str, message: Message) -> Posted:
        """Post `message` to the chat at `address`. Raises one of the `ChannelError`s and nothing else on purpose."""
        ...

    async def edit_button(self, address: str, message_id: str, button: Button | None) -> None:
        """Rewrite the button under a sent message (None takes it off). Only where `limits.edits`."""
        ...

    async def health(self) -> Profile:
        """Prove that the account works. Raises a `ChannelError` otherwise."""
        ...

    async def look(self, address: str) -> str:
        """Prove, without posting, that messages can go to the chat at `address`; its title there, or "".

        Raises the `ChannelError` that sending would meet.
        """
        ...

    async def close(self) -> None: ...

"""What a failed call means: python-telegram-bot's exceptions read as the Channel port's errors. Pure.

Called by `sender`. The platform's own descriptions are matched by lower-cased fragments, never as whole sentences.
Its descriptions may quote our message, so a `detail` holds a fragment of ours or the harmless head of theirs.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from announcements.channels import ChannelError, Moved, Refused, RefusedReason, Scope, SlowDown, TryLater, Unsure

NOT_MODIFIED = "message is not modified"
QUERY_IS_OVER = ("query is too old", "query id is invalid")
FILE_ID_IS_STALE = ("file identifier", "file is temporarily unavailable", "file reference")

# The first fragment found decides.
FORBIDDEN = (
    ("deleted", RefusedReason.CHAT_GONE),
    ("deactivated", RefusedReason.CHAT_GONE),
    ("not enough rights", RefusedReason.NO_RIGHTS),
    ("no write access", RefusedReason.NO_RIGHTS),
)
BAD_REQUEST = (
    ("chat not found", RefusedReason.CHAT_GONE),
    ("peer_id_invalid", RefusedReason.CHAT_GONE),
    ("deactivated", RefusedReason.CHAT_GONE),
    ("bot was kicked", RefusedReason.BLOCKED),
    ("bot is not a member", RefusedReason.BLOCKED),
    ("not enough rights", RefusedReason.NO_RIGHTS),
    ("no write access", RefusedReason.NO_RIGHTS),
    ("need administrator rights", RefusedReason.NO_RIGHTS),
    ("chat_write_forbidden", RefusedReason.NO_RIGHTS),
    ("chat_admin_required", RefusedReason.NO_RIGHTS),
    ("chat_restricted", RefusedReason.NO_RIGHTS),
    ("_forbidden", RefusedReason.NO_RIGHTS),  # CHAT_SEND_PLAIN_FORBIDDEN, CHAT_SEND_PHOTOS_FORBIDDEN …
    ("message thread not found", RefusedReason.NO_RIGHTS),
    ("topic_closed", RefusedReason.NO_RIGHTS),
    ("topic_deleted", RefusedReason.NO_RIGHTS),
    ("topic closed", RefusedReason.NO_RIGHTS),
    ("message is too long", RefusedReason.BAD_CONTENT),
    ("caption is too long", RefusedReason.BAD_CONTENT),
    ("can't parse", RefusedReason.BAD_CONTENT),
    ("button_data_invalid", RefusedReason.BAD_CONTENT),
    ("message to edit not found", RefusedReason.BAD_CONTENT),
    ("message can't be edited", RefusedReason.BAD_CONTENT),
    ("wrong file", RefusedReason.BAD_CONTENT),
)

TOO_MANY_REQUESTS = "too many requests"
TOO_LARGE = ("request entity too large", "content too large")
PAUSE_WITHOUT_FIGURE = 1.0  # seconds, for a 429 that doesn't say how long

_QUOTATION = re.compile(r"""[:"“(\n]|\s'|b'""")
_LONG_NUMBER = re.compile(r"\d{5,}")
_LONGEST_DETAIL = 100


class NeverConnected(NetworkError):
    """No connection was made, so nothing has left: raised by `request`."""


class OtherPoller(TryLater):
    """409: another program, or a webhook, takes this bot's updates."""


def read_error(exc: Exception) -> ChannelError:
    """What to do after `exc`. Whatever doesn't prove that nothing was posted is `Unsure`."""
    match exc:
        case ChannelError():
            return exc
        case ChatMigrated():
            return Moved(str(exc.new_chat_id), "the group became a supergroup")
        case RetryAfter():
            return SlowDown(_seconds(exc.retry_after), Scope.CHAT, TOO_MANY_REQUESTS)
        case Forbidden():
            return _refusal(exc.message.removeprefix("Forbidden: "), FORBIDDEN, RefusedReason.BLOCKED)
        case BadRequest():  # before NetworkError, of which the library makes it a kind
            return _refusal(exc.message, BAD_REQUEST, RefusedReason.BAD_CONTENT)
        case InvalidToken() | EndPointNotFound():
            return Refused(RefusedReason.UNAUTHORISED, "the token was refused")
        case Conflict():
            webhook = says(exc, "webhook")
            return OtherPoller("a webhook is set" if webhook else "another program polls with this token")
        case NeverConnected():
            return TryLater(f"no connection: {_harmless(exc.message)}")
        case TimedOut():
            return Unsure("no answer in time")
        case NetworkError():
            return _network(exc)
        case TelegramError():
            return Unsure(_harmless(exc.message))
        case _:
            return Unsure(type(exc).__name__)


@contextmanager
def channel_errors() -> Iterator[None]:
    """Inside it every failure leaves as a `ChannelError`."""
    try:
        yield
    except ChannelError:
        raise
    except Exception as exc:
        raise read_error(exc) from exc


def says(exc: TelegramError, *fragments: str) -> bool:
    """Does the platform's description hold one of these lower-case fragments?"""
    description = exc.message.lower()
    return any(fragment in description for fragment in fragments)


def _seconds(pause: int | timedelta) -> float:
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)


def _refusal(description: str, table: tuple[tuple[str, RefusedReason], ...], otherwise: RefusedReason) -> Refused:
    # Only the head: words quoted from a notice must not pass for the platform's and close a chat.
    head = _head(description).lower()
    for fragment, reason in table:
        if fragment in head:
            return Refused(reason, fragment)
    return Refused(otherwise, _harmless(description))


def _network(exc: NetworkError) -> ChannelError:
    """An answer with another status. A 5xx may come after the message was posted."""
    if says(exc, TOO_MANY_REQUESTS):
        return SlowDown(PAUSE_WITHOUT_FIGURE, Scope.CHAT, TOO_MANY_REQUESTS)
    if says(exc, *TOO_LARGE):
        return Refused(RefusedReason.BAD_CONTENT, TOO_LARGE[0])
    return Unsure(_harmless(exc.message))


def _head(description: str) -> str:
    """A description up to the first thing it might quote."""
    return _QUOTATION.split(description, maxsplit=1)[0].strip()


def _harmless(description: str) -> str:
    """The head of a description, without chat ids."""
    return _LONG_NUMBER.sub("…", _head(description))[:_LONGEST_DETAIL]

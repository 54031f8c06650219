"""What an answer of the Zalo Bot Platform means: its result, or one of the Channel port's errors. Pure.

Called by `client`. The codes are those of Zalo's manual: an answer counts by its envelope `{ok, error_code}`, whatever
the HTTP status; what isn't in the envelope proves nothing. A `detail` holds the code and plain words at most: a
description may quote a message, an address, a token.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx

from announcements.channels import ChannelError, Refused, RefusedReason, Scope, SlowDown, TryLater, Unsure

# Raised before a byte of the request has left. Anything else may have come after.
BEFORE_CONNECTING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)

TIMED_OUT, TOO_MANY = 408, 429
REFUSALS = range(400, 500)

# One pause after the other while the platform goes on saying 429: it may be a minute's quota, or a month's.
PAUSES = (5.0, 15.0, 60.0, 300.0, 900.0)  # seconds
PAUSES_OF_POLLS = PAUSES[:3]  # what comes meanwhile is lost

_PLAIN_WORDS = re.compile(r"[A-Za-z][A-Za-z ,'-]{0,59}[.!]?")


class TimedOut(Unsure):
    """408. Of a poll it says that nothing came, of anything else nothing at all."""


class NotFound(Refused):
    """404. Of a call that names a chat: the chat. Otherwise the method, or the webhook."""


def read_answer(
    status: int, body: bytes, *, names_chat: bool = False, is_secret: Callable[[str], bool] = lambda words: False
) -> Any:
    """The result in an answer, None when it has none. Raises a `ChannelError`; a `SlowDown`'s pause is the caller's.

    `names_chat`: the call was about a chat. `is_secret` says of a description that it must not be shown.
    """
    envelope = _envelope(body)
    succeeded = 200 <= status < 300
    if envelope is not None and envelope["ok"]:
        if succeeded:
            return envelope.get("result")
        raise Unsure(f"status {status} says ok")
    if envelope is not None:
        code = _code(envelope)
        words = _words(envelope, is_secret)
        raise _refusal(status if code is None and not succeeded else code, words, names_chat=names_chat)
    if status == TIMED_OUT:
        raise TimedOut("408")
    if status == TOO_MANY:
        raise SlowDown(0.0, Scope.ACCOUNT, "429")
    raise Unsure(f"status {status} without an answer of the platform's")


def read_failure(error: Exception) -> ChannelError:
    """A request that got no answer. Whatever doesn't prove that nothing has left is `Unsure`."""
    if isinstance(error, BEFORE_CONNECTING):
        return TryLater(f"no connection: {type(error).__name__}")
    return Unsure(f"no answer: {type(error).__name__}")


def _envelope(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and isinstance(answer.get("ok"), bool) else None


def _code(envelope: dict[str, Any]) -> int | None:
    code = envelope.get("error_code")
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) < 9:
        return int(code)
    return code if type(code) is int else None


def _words(envelope: dict[str, Any], is_secret: Callable[[str], bool]) -> str:
    """A description where it can be nobody's text, nobody's id and no token."""
    words = envelope.get("description")
    if not isinstance(words, str) or not _PLAIN_WORDS.fullmatch(words) or is_secret(words):
        return ""
    return f": {words}"


def _refusal(code: int | None, words: str, *, names_chat: bool) -> ChannelError:
    """`ok: false`. Only a code that says so proves that nothing was posted."""
    detail = f"{code}{words}"
    match code:
        case 401:
            return Refused(RefusedReason.UNAUTHORISED, detail)
        case 403:
            return TryLater(detail)
        case 404:
            return NotFound(RefusedReason.CHAT_GONE if names_chat else RefusedReason.BAD_CONTENT, detail)
        case 408:
            return TimedOut(detail)
        case 429:
            return SlowDown(0.0, Scope.ACCOUNT, detail)
        case int() if code in REFUSALS:
            return Refused(RefusedReason.BAD_CONTENT, detail)
        case _:
            return Unsure(f"refused with {detail}" if code is not None else f"refused without a code{words}")

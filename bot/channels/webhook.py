"""What a platform's webhook hands over, and how each mechanism proves that it comes from there.

`bot/web/webhooks.py` asks the mechanism's `open_event`; a mechanism without one has no webhook.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One event, proved. `key` is the same for the same event, however often it comes; `at` when it happened, where
    the platform says."""

    key: str
    payload: dict[str, Any]
    at: datetime | None = None


class Foreign(Exception):
    """Nothing proves that the platform sent this. `otherwise` names the way it is signed, when that is one we know but
    not the one of the configuration."""

    def __init__(self, otherwise: str = "") -> None:
        super().__init__(otherwise)
        self.otherwise = otherwise


def prove(headers: Mapping[str, str], name: str, secret: str) -> None:
    """Raises `Foreign` unless the header of that lower-case name holds the secret."""
    if not secrets.compare_digest(header(headers, name).encode(), secret.encode()):
        raise Foreign


def read_payload(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises `Foreign` for anything else."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise Foreign from None
    if not isinstance(payload, dict):
        raise Foreign
    return payload


def moment(value: object) -> datetime | None:
    """A time as platforms write it, in milliseconds, as a number or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        milliseconds = int(value)
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds >= 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def header(headers: Mapping[str, str], name: str) -> str:
    """A header by its lower-case name; empty when it isn't there."""
    return headers.get(name, "")

"""Is an update from the platform, and which? Asked by `bot/web/webhooks.py`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.webhook import Event, prove, read_payload
from bot.channels.zalo_bot.updates import inner, key_of
from bot.config.accounts import ZaloBotAccount

HEADER = "x-bot-api-secret-token"
_LATEST = 253_402_300_799_000  # milliseconds, the last moment a date can hold


def open_event(settings: ZaloBotAccount, headers: Mapping[str, str], body: bytes) -> Event:
    """Raises `Foreign` unless the delivery carries the account's secret."""
    prove(headers, HEADER, settings.webhook_secret.get_secret_value())
    payload = read_payload(body)
    return Event(key_of(payload, body), payload, _moment(payload))


def _moment(payload: Mapping[str, Any]) -> datetime | None:
    """When it was said, in milliseconds there."""
    message = inner(payload).get("message")
    said = message.get("date") if isinstance(message, Mapping) else None
    if type(said) is not int or not 0 <= said <= _LATEST:
        return None
    return datetime.fromtimestamp(said / 1000, UTC)

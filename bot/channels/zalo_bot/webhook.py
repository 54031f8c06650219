"""Is an update from the platform, and which? Asked by `bot/web/webhooks.py`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels.webhook import Event, moment, prove, read_payload
from bot.channels.zalo_bot.updates import inner, key_of
from bot.config.accounts import ZaloBotAccount

HEADER = "x-bot-api-secret-token"


def open_event(settings: ZaloBotAccount, headers: Mapping[str, str], body: bytes) -> Event:
    """Raises `Foreign` unless the delivery carries the account's secret."""
    prove(headers, HEADER, settings.webhook_secret.get_secret_value())
    payload = read_payload(body)
    return Event(key_of(payload, body), payload, _said_at(payload))


def _said_at(payload: Mapping[str, Any]) -> datetime | None:
    message = inner(payload).get("message")
    return moment(message.get("date")) if isinstance(message, Mapping) else None

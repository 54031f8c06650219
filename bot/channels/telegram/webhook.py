"""Is an update from Telegram, and which? Asked by `bot/web/webhooks.py`."""

import hashlib
from collections.abc import Mapping

from bot.channels.webhook import Event, prove, read_payload
from bot.config.accounts import TelegramAccount

HEADER = "x-telegram-bot-api-secret-token"


def open_event(settings: TelegramAccount, headers: Mapping[str, str], body: bytes) -> Event:
    """Raises `Foreign` unless the delivery carries the account's secret."""
    prove(headers, HEADER, settings.webhook_secret.get_secret_value())
    payload = read_payload(body)
    number = payload.get("update_id")
    return Event(str(number) if type(number) is int else f"sha256:{hashlib.sha256(body).hexdigest()}", payload)

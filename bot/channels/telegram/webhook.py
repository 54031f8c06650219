"""Updates that Telegram delivers: is one really from there, and which (asked by `bot/web/webhooks.py`); and what it
says of delivering them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.channels.webhook import Event, prove, read_payload
from bot.config.accounts import TelegramAccount

HEADER = "x-telegram-bot-api-secret-token"


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Where updates are delivered to ("" for nowhere), how many wait for it, and when one last failed (None: never,
    since the webhook was set)."""

    url: str
    waiting: int
    failed_at: datetime | None


def open_event(settings: TelegramAccount, headers: Mapping[str, str], body: bytes) -> Event:
    """Raises `Foreign` unless the delivery carries the account's secret."""
    prove(headers, HEADER, settings.webhook_secret.get_secret_value())
    payload = read_payload(body)
    number = payload.get("update_id")
    return Event(str(number) if type(number) is int else f"sha256:{hashlib.sha256(body).hexdigest()}", payload)

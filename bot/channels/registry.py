"""Which channels there are, and opening the accounts of the configuration. A new channel is one more entry here."""

from collections.abc import Callable
from dataclasses import dataclass

from announcements.channels import Channel
from announcements.types import ChannelKind
from bot.channels.telegram.sender import TelegramChannel
from bot.config import Settings, TelegramAccount


@dataclass(frozen=True, slots=True)
class Account:
    """One account, ready to use."""

    name: str
    kind: ChannelKind
    channel: Channel


def _telegram(settings: TelegramAccount) -> Channel:
    return TelegramChannel(
        settings.token.get_secret_value(),
        settings.base_url,
        per_second=settings.per_second,
        per_chat_per_minute=settings.per_chat_per_minute,
    )


OPENERS: dict[ChannelKind, Callable[[TelegramAccount], Channel]] = {ChannelKind.TELEGRAM: _telegram}


def open_accounts(settings: Settings) -> dict[str, Account]:
    """Every configured account by name."""
    accounts = {}
    for account in settings.accounts:
        kind = ChannelKind(account.channel)
        accounts[account.name] = Account(account.name, kind, OPENERS[kind](account))
    return accounts

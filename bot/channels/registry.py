"""Which mechanisms the configuration knows: a row each says how its accounts are opened.

A new channel is one more row, and one in `bot/ears/opening.py` where it hears.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from announcements.channels import Channel, Limits
from announcements.types import ChannelKind
from bot.channels.accounts import Account
from bot.channels.assisted import BY_HAND
from bot.channels.rehearsal import LIKE_TELEGRAM
from bot.channels.telegram.limits import LIMITS as TELEGRAM
from bot.channels.telegram.sender import TelegramChannel
from bot.channels.telegram.webhook import open_event as open_telegram_event
from bot.channels.webhook import Event
from bot.channels.zalo_bot.sender import LIMITS as ZALO_BOT
from bot.channels.zalo_bot.sender import ZaloBotChannel
from bot.channels.zalo_bot.webhook import open_event as open_bot_event
from bot.channels.zalo_oa.oauth import OAuth
from bot.channels.zalo_oa.sender import LIMITS as ZALO_OA
from bot.channels.zalo_oa.sender import ZaloOaChannel
from bot.channels.zalo_oa.tokens import TokenKeeper
from bot.channels.zalo_oa.webhook import open_event as open_oa_event
from bot.config.accounts import TelegramAccount, ZaloBotAccount, ZaloOaAccount
from bot.context import Context

__all__ = ["MECHANISMS", "Account", "Mechanism", "open_accounts"]

SettingsT = TypeVar("SettingsT")
ChannelT = TypeVar("ChannelT", bound=Channel)


@dataclass(frozen=True, slots=True)
class Mechanism(Generic[SettingsT, ChannelT]):
    """`open_event` is None where there is no webhook: it proves and reads an event of one (settings, headers, body), or
    raises `webhook.Foreign`."""

    settings: type[SettingsT]
    limits: Limits
    open: Callable[[Context, SettingsT], ChannelT]
    open_event: Callable[[SettingsT, Mapping[str, str], bytes], Event] | None = None


def _telegram(_context: Context, settings: TelegramAccount) -> TelegramChannel:
    return TelegramChannel(
        settings.token.get_secret_value(),
        settings.base_url,
        per_second=settings.per_second,
        per_chat_per_minute=settings.per_chat_per_minute,
    )


def _zalo_bot(_context: Context, settings: ZaloBotAccount) -> ZaloBotChannel:
    return ZaloBotChannel(
        settings.token.get_secret_value(),
        settings.base_url,
        per_second=settings.per_second,
        per_chat_per_minute=settings.per_chat_per_minute,
    )


def _zalo_oa(context: Context, settings: ZaloOaAccount) -> ZaloOaChannel:
    oauth = OAuth(settings.oauth_url, settings.app_id, settings.app_secret.get_secret_value())
    seed = settings.refresh_token.get_secret_value()
    keeper = TokenKeeper(
        settings.name, context.database, oauth, seed, zone=context.settings.commune.zone, clock=context.clock
    )
    return ZaloOaChannel(
        keeper, settings.base_url, settings.oa_id, per_minute=settings.per_minute, hears=settings.takes_events
    )


MECHANISMS: dict[ChannelKind, Mechanism[Any, Any]] = {
    ChannelKind.TELEGRAM: Mechanism(TelegramAccount, TELEGRAM, _telegram, open_telegram_event),
    ChannelKind.ZALO_BOT: Mechanism(ZaloBotAccount, ZALO_BOT, _zalo_bot, open_bot_event),
    ChannelKind.ZALO_OA: Mechanism(ZaloOaAccount, ZALO_OA, _zalo_oa, open_oa_event),
}

# Channels the program brings along itself.
OF_THE_HOUSE = {ChannelKind.ASSISTED: BY_HAND, ChannelKind.REHEARSAL: LIKE_TELEGRAM}


def limits_of(channel: ChannelKind) -> Limits:
    """What a channel that has chats can carry, as far as it is the same for all its accounts."""
    return MECHANISMS[channel].limits if channel in MECHANISMS else OF_THE_HOUSE[channel]


def open_accounts(context: Context) -> dict[str, Account]:
    """Every account of the configuration by name."""
    accounts = {}
    for one in context.settings.accounts:
        kind = ChannelKind(one.channel)
        accounts[one.name] = Account(one.name, kind, MECHANISMS[kind].open(context, one), one)
    return accounts

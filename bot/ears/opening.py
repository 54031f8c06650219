"""Which accounts can hear, and how: a row a mechanism. Called by `inbound`."""

from collections.abc import Callable
from typing import Any

from announcements.types import ChannelKind
from bot.channels.accounts import Account
from bot.channels.zalo_oa.events import read_heard
from bot.channels.zalo_oa.sender import ZaloOaChannel
from bot.context import Context
from bot.ears.asking_back import AskingBack
from bot.ears.ports import Ear
from bot.ears.telegram import telegram_ear
from bot.ears.zalo_bot import zalo_bot_ear
from bot.ears.zalo_oa import OaEar
from bot.replies.desk import HearingDesk


def _oa_ear(context: Context, account: Account, channel: ZaloOaChannel) -> OaEar:
    desk = HearingDesk(context, account, channel, read_heard)
    asking_back = AskingBack(context, account.name, channel.history)
    return OaEar(context, account.name, account.settings.oa_id, channel, desk, asking_back)


EARS: dict[ChannelKind, Callable[[Context, Account, Any], Ear]] = {
    ChannelKind.TELEGRAM: telegram_ear,
    ChannelKind.ZALO_BOT: zalo_bot_ear,
    ChannelKind.ZALO_OA: _oa_ear,
}


def open_ear(context: Context, account: Account) -> Ear | None:
    """The incoming side of an account of the configuration; None where it can't hear."""
    ear = EARS.get(account.kind) if account.settings is not None else None
    return ear(context, account, account.channel) if ear is not None else None

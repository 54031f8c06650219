"""The accounts that are always there, whatever the configuration says: the board, and posting by hand."""

from announcements.types import ChannelKind
from bot.channels.accounts import Account
from bot.channels.assisted import AssistedChannel
from bot.channels.board import BoardChannel
from db.announcing.fanout import ASSISTED, BOARD


def built_in() -> dict[str, Account]:
    """Each by name, ready to use."""
    accounts = (
        Account(BOARD, ChannelKind.BOARD, BoardChannel()),
        Account(ASSISTED, ChannelKind.ASSISTED, AssistedChannel()),
    )
    return {account.name: account for account in accounts}

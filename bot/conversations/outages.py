"""After a time in which presses were lost: the authors of notices that were open meanwhile are told, once.

Called by `bot/ears/telegram.py` for each account, now and then. It can't be known who pressed;
who did must press again.
"""

import logging
from datetime import datetime
from itertools import groupby

from announcements.channels import ChannelError
from announcements.splitting import shorten
from announcements.types import ChannelKind
from bot.context import Context
from bot.conversations.messenger import Messenger, patiently, words
from bot.office.channels.quotas import spent
from db.platforms import outages
from db.platforms.outages import Concerned, OutageRow

log = logging.getLogger(__name__)

NAMED = 5  # notices in one message
TITLE_LENGTH = 60


async def tell(context: Context, account: str, kind: ChannelKind, channel: Messenger) -> int:
    """Tell of every outage of `account` that nobody was told of; returns how many people heard."""
    async with context.database.write() as connection:
        untold = await outages.take_untold(connection, account, context.clock())
    told = 0
    for outage in untold:
        async with context.database.read() as connection:
            notices = await outages.concerned(connection, kind, outage)
        for external_id, theirs in groupby(notices, key=lambda one: one.external_id):
            if await _tell(channel, external_id, _words(context, outage, list(theirs))):
                await spent(context, account)
                told += 1
    return told


async def _tell(channel: Messenger, external_id: str, text: str) -> bool:
    try:
        await patiently(lambda: channel.say(int(external_id), text))
    except ChannelError as error:
        log.info("somebody could not be told of an outage: %s", type(error).__name__, extra={"action": "outage_untold"})
        return False
    return True


def _words(context: Context, outage: OutageRow, notices: list[Concerned]) -> str:
    began, ended = context.local(outage.began_at), context.local(outage.ended_at)
    lines = [words("outage.happened", began=_clock(began, ended), ended=f"{ended:%H:%M}")]
    lines += [words("outage.notice", code=one.announcement, title=shorten(one.title, TITLE_LENGTH))
              for one in notices[-NAMED:]]  # fmt: skip
    return "\n".join(lines)


def _clock(moment: datetime, reference: datetime) -> str:
    """The hour alone where the day is the same."""
    return f"{moment:%H:%M}" if moment.date() == reference.date() else f"{moment:%H:%M %d/%m}"

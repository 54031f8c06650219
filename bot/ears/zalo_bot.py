"""The incoming side of one bot of the Zalo Bot Platform: polls of its own, or a webhook that our pages take.

Made by `bot/ears/opening.py`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.channels.accounts import Account
from bot.channels.zalo_bot.receiver import Receiver
from bot.channels.zalo_bot.sender import ZaloBotChannel
from bot.channels.zalo_bot.updates import Reader
from bot.config.accounts import ZaloBotAccount
from bot.context import Context
from bot.ears.hook import Hook
from bot.ears.ports import Handler
from bot.replies.desk import HearingDesk
from db.platforms.inbox import Stored


@dataclass(slots=True)
class ZaloBotEar:
    """An `Ear`. `desk` handles what `reader` reads of the inbox."""

    context: Context
    settings: ZaloBotAccount
    channel: ZaloBotChannel
    reader: Reader
    desk: Handler
    look_sooner: asyncio.Event = field(default_factory=asyncio.Event)
    _hook: Hook = field(init=False)

    def __post_init__(self) -> None:
        self._hook = Hook(self.context, self.settings, self.channel.api)

    @property
    def account(self) -> str:
        return self.settings.name

    async def listen(self, stop: asyncio.Event) -> None:
        if self.settings.wants_webhook:  # our pages hear; `look` sees to it that they are told
            await stop.wait()
            return
        await Receiver(self.account, self.channel, self.context.writer, self.context.clock, self.handle).run(stop)

    async def look(self) -> str:
        """Learns by which names the bot is called; a webhook that is not ours any more is set again."""
        name = (await self.channel.health()).name
        self.reader.call((self.settings.display_name, name))
        if self.settings.wants_webhook:
            await self._hook.keep(await self.channel.api.webhook())
        return name

    async def handle(self, stored: Sequence[Stored]) -> None:
        """What comes before the bot's name is known waits in the inbox: `catch_up` finds it after the first `look`."""
        if self.reader.names:
            await self.desk.handle(stored)

    async def catch_up(self) -> None:
        if self.reader.names:
            await self.desk.catch_up()

    async def settle(self) -> None:
        await self.desk.settle()


def zalo_bot_ear(context: Context, account: Account, channel: ZaloBotChannel) -> ZaloBotEar:
    settings: ZaloBotAccount = account.settings
    reader = Reader(settings.token.get_secret_value().partition(":")[0])
    return ZaloBotEar(context, settings, channel, reader, HearingDesk(context, account, channel, reader.read_heard))

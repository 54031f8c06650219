"""The incoming side of one Telegram bot: polls of its own or a webhook that our pages take, and the desk that handles
what was stored. Made by `opening`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.channels.accounts import Account
from bot.channels.silence import Silence
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import TelegramChannel
from bot.config.accounts import TelegramAccount
from bot.context import Context
from bot.conversations import Conversations, menu, outages
from bot.ears.hook import Hook
from bot.ears.telegram_desk import Desk
from db.platforms.inbox import Stored


@dataclass(slots=True)
class TelegramEar:
    """An `Ear`."""

    context: Context
    settings: TelegramAccount
    channel: TelegramChannel
    desk: Desk
    look_sooner: asyncio.Event = field(default_factory=asyncio.Event)
    _unhooked: bool = False
    _hook: Hook = field(init=False)
    _silence: Silence = field(init=False)

    def __post_init__(self) -> None:
        self._hook = Hook(self.context, self.settings, self.channel)
        self._silence = Silence(self.account, self.context.writer)

    @property
    def account(self) -> str:
        return self.settings.name

    async def listen(self, stop: asyncio.Event) -> None:
        """The receiver waits for storing and for nothing else, unless more presses come than can be recorded."""
        if self.settings.wants_webhook:  # our pages hear; `look` sees to it that they are told
            await stop.wait()
            return
        receiver = Receiver(self.account, self.channel, self.context.writer, self.context.clock, self.handle,
                            on_outage=self.look_sooner.set)  # fmt: skip
        await receiver.run(stop)

    async def look(self) -> str:
        known = self.desk.presses.public_name
        name = self.desk.presses.public_name = (await self.channel.health()).name.removeprefix("@")
        if not known:
            await menu.offer(self.channel, menu.of_residents())
        await (self._delivered() if self.settings.wants_webhook else self._unhook())
        return name

    async def _delivered(self) -> None:
        """Have updates delivered. Whoever was away for longer than a press lives has lost some: that is noted."""
        await self._hook.keep()
        await self._silence.ends(self.context.clock())

    async def _unhook(self) -> None:
        """Take off the webhook that an earlier configuration set: polls get nothing while there is one. Somebody
        else's stays, and the receiver says so."""
        if not self._unhooked:
            if (await self.channel.webhook()).endswith(self._hook.path):
                await self.channel.delete_webhook()
            self._unhooked = True

    async def handle(self, stored: Sequence[Stored]) -> None:
        await self.desk.handle(stored)

    async def catch_up(self) -> None:
        await self.desk.catch_up()
        await outages.tell(self.context, self.account, self.desk.account.kind, self.channel)

    async def settle(self) -> None:
        await self.desk.settle()


def telegram_ear(context: Context, account: Account, channel: TelegramChannel) -> TelegramEar:
    talk = Conversations(context, account.name, account.kind, channel)
    return TelegramEar(context, account.settings, channel, Desk(context, account, channel, talk))

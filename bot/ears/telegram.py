"""The incoming side of one Telegram bot: its receiver, and the desk that handles what it stored. Made by `opening`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.channels.accounts import Account
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import TelegramChannel
from bot.context import Context
from bot.conversations import Conversations, menu, outages
from bot.ears.telegram_desk import Desk
from db.platforms.inbox import Stored


@dataclass(slots=True)
class TelegramEar:
    """An `Ear`."""

    context: Context
    account: str
    channel: TelegramChannel
    desk: Desk
    look_sooner: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, stop: asyncio.Event) -> None:
        """The receiver waits for storing and for nothing else, unless more presses come than can be recorded."""
        receiver = Receiver(self.account, self.channel, self.context.writer, self.context.clock, self.handle,
                            on_outage=self.look_sooner.set)  # fmt: skip
        await receiver.run(stop)

    async def look(self) -> str:
        known = self.desk.presses.public_name
        name = self.desk.presses.public_name = (await self.channel.health()).name.removeprefix("@")
        if not known:
            await menu.offer(self.channel, menu.of_residents())
        return name

    async def handle(self, stored: Sequence[Stored]) -> None:
        await self.desk.handle(stored)

    async def catch_up(self) -> None:
        await self.desk.catch_up()
        await outages.tell(self.context, self.account, self.desk.account.kind, self.channel)

    async def settle(self) -> None:
        await self.desk.settle()


def telegram_ear(context: Context, account: Account, channel: TelegramChannel) -> TelegramEar:
    talk = Conversations(context, account.name, account.kind, channel)
    return TelegramEar(context, account.name, channel, Desk(context, account, channel, talk))

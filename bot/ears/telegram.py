"""The incoming side of one Telegram bot: polls of its own or a webhook that our pages take, and the desk that handles
what was stored. Made by `opening`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.channels.accounts import Account
from bot.channels.silence import Silence
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import TelegramChannel
from bot.channels.telegram.webhook import Deliveries
from bot.config.accounts import TelegramAccount
from bot.context import Context
from bot.conversations import Conversations, menu, outages
from bot.ears.hook import Hook
from bot.ears.telegram_desk import Desk
from db.platforms import inbox
from db.platforms.inbox import Stored

JUST_NOW = timedelta(minutes=1)
NEVER = datetime.min.replace(tzinfo=UTC)


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
        """Have updates delivered. Presses that could not be for longer than they live are lost: that is noted, once
        they arrive again."""
        deliveries = await self.channel.deliveries()  # setting the webhook makes the platform forget what failed
        await self._hook.keep(deliveries.url)
        now = self.context.clock()
        if deliveries.url != self._hook.url:  # of our address nothing is known
            await self._silence.ends(now)
        elif not await self._fails(deliveries, now):
            await self._silence.ends(now, deliveries.failed_at or NEVER)

    async def _fails(self, deliveries: Deliveries, now: datetime) -> bool:
        """Is our address out of reach? Nothing came since a delivery failed, and it waits still, or failed just now."""
        failed_at = deliveries.failed_at
        if failed_at is None or not (deliveries.waiting or now - failed_at <= JUST_NOW):
            return False
        async with self.context.database.read() as connection:
            arrived_at = await inbox.last_at(connection, self.account, now)
        return arrived_at is None or arrived_at < failed_at

    async def _unhook(self) -> None:
        """Take off the webhook that an earlier configuration set: polls get nothing while there is one. Somebody
        else's stays, and the receiver says so."""
        if not self._unhooked:
            if (await self.channel.deliveries()).url.endswith(self._hook.path):
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

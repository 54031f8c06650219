"""The conversations on a strict Telegram: people whose every act the bot answers before the next one."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from announcements.types import ChannelKind
from bot.channels.telegram.sender import TelegramChannel
from bot.channels.telegram.updates import read_update
from bot.conversations import Conversations
from db.announcing.notices import BroadcastRow
from db.places import chats
from db.places.areas import AreaRow
from scheduler import broadcasts
from scheduler.dispatcher import Dispatcher
from scheduler.limiter import Limiter
from scheduler.messages import Messages
from tests.bot.conversation_doubles import World
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_world import Chat, Json, MediaKind, Message, Press, User


class Line:
    """People of the fake Telegram, and the bot's side of one account."""

    def __init__(self, telegram: FakeTelegram, world: World, channel: TelegramChannel) -> None:
        self.telegram = telegram
        self.channel = channel
        self.bot = Conversations(world.context, "telegram", ChannelKind.TELEGRAM, channel)

    async def deliver(self, update: Json | None) -> None:
        assert update is not None, "the bot does not hear this"
        read = read_update(json.dumps(update))
        assert read is not None
        await self.bot.handle(read)

    async def text(self, user: User, text: str, chat_id: int | None = None) -> None:
        await self.deliver(self.telegram.text(user, chat_id or user.id, text))

    async def contact(self, user: User, phone: str) -> None:
        await self.deliver(self.telegram.contact(user, user.id, phone))

    async def share(
        self, user: User, content: bytes, *, kind: MediaKind = MediaKind.PHOTO, name: str = "", caption: str = "",
        album: str = "",
    ) -> None:  # fmt: skip
        """Send a picture or a document in private."""
        await self.deliver(self.telegram.share(user, kind, content, name=name, caption=caption, album=album))

    async def tap(self, user: User, label: str) -> Press:
        message = next(
            one
            for one in reversed(self.telegram.sent(user.id))
            if any(label in button["text"] for button in one.buttons)
        )
        press = self.telegram.tap(user, message, label)
        await self.deliver(press.update)
        assert press.answer is not None, "the button keeps spinning"
        return press

    def last(self, user: User) -> Message:
        return self.telegram.sent(user.id)[-1]


@asynccontextmanager
async def open_line(telegram: FakeTelegram, world: World) -> AsyncIterator[Line]:
    channel = TelegramChannel(telegram.token, telegram.base_url)
    yield Line(telegram, world, channel)
    await channel.close()


async def group_of(telegram: FakeTelegram, world: World, place: AreaRow, members: Sequence[User] = ()) -> Chat:
    """A group of the fake Telegram that serves `place`."""
    chat = telegram.group(place.name, members)
    async with world.context.database.write() as connection:
        await chats.add(connection, account="telegram", channel=ChannelKind.TELEGRAM, address=str(chat.id),
                        area_id=place.id, title=place.name)  # fmt: skip
    return chat


def messages_of(world: World, channel: TelegramChannel) -> Messages:
    context = world.context
    return Messages(
        context.database, "telegram", ChannelKind.TELEGRAM, channel.limits, context.settings.commune.zone, context.link,
        context.settings.uploads, context.settings.commune.name,
    )  # fmt: skip


async def send_out(world: World, channel: TelegramChannel, row: BroadcastRow) -> None:
    """Publish a notice when it is due, and one pass of what sends it."""
    context = world.context
    world.time = max(world.time, row.due_at)
    await broadcasts.publish_due(context.database, world.time)
    dispatcher = Dispatcher("telegram", channel, context.database, context.writer, messages_of(world, channel),
                            Limiter(1_000), "here", context.clock)  # fmt: skip
    await dispatcher.step(10)
    await dispatcher.drain()

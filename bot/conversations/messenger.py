"""One person talking with the bot: what a channel must offer for that, and the means to answer one update.

`Conversations` makes a `Talk` for every update; every other module here answers through it and never sees a platform.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Protocol, TypeVar

from announcements.channels import Button, File, Limits, Message, Posted, Refused, SlowDown, TryLater
from announcements.rendering import phrase
from announcements.splitting import shorten
from announcements.types import ChannelKind
from bot.channels.telegram.keyboards import Keyboard, Rows
from bot.channels.telegram.updates import PressUpdate
from bot.context import Context
from bot.office.channels.quotas import spent
from db.access import people
from db.access.people import StaffRow

T = TypeVar("T")

ALERT_LENGTH = 200  # telegram-api §3, the answer to a press
TRIES = 3
LONGEST_PAUSE = 5.0  # seconds; a person does not wait longer for an answer


class Messenger(Protocol):
    """A channel that can hold a private conversation. Texts are HTML; every method raises `ChannelError`s only."""

    limits: Limits

    async def send(self, address: str, message: Message) -> Posted: ...

    async def say(self, user_id: int, text: str, keyboard: Keyboard | None = None) -> str: ...

    def profile(self, person: str) -> str: ...

    async def redraw(self, user_id: int, message_id: str | int, text: str, keyboard: Rows | None = None) -> None: ...

    async def answer(
        self, callback_query_id: str, text: str | None = None, url: str | None = None, alert: bool = False
    ) -> None: ...

    async def fetch(self, remote_id: str) -> bytes: ...

    async def send_photo_bytes(self, user_id: int, png: bytes, caption: str = "") -> str: ...

    async def offer_commands(self, commands: Sequence[tuple[str, str]], user_id: int | None = None) -> None: ...


class BadPress(Exception):
    """A button's data that no button of ours has now: forged, or from a list that is long gone."""


@dataclass(slots=True)
class Talk:
    """One update of one person. `pressed` is the button's press, when it was one."""

    context: Context
    account: str
    kind: ChannelKind
    channel: Messenger
    user_id: int
    user_name: str
    pressed: PressUpdate | None = None
    answered: bool = False

    @property
    def external_id(self) -> str:
        return str(self.user_id)

    @property
    def now(self) -> datetime:
        return self.context.clock()

    async def say(self, text: str, keyboard: Keyboard | None = None) -> str:
        """Write to the person; returns the message's id."""
        return await self._counted(lambda: self.channel.say(self.user_id, text, keyboard))

    async def show(self, text: str, rows: Rows = ()) -> str:
        """Put `text` in place of the message whose button was pressed; say it where there is none to rewrite."""
        return await self.show_at(str(self.pressed.message_id) if self.pressed else "", text, rows)

    async def show_at(self, message_id: str, text: str, rows: Rows = ()) -> str:
        """The same in place of an earlier message (empty: none); returns the id of the one that says it now."""
        if not message_id:
            return await self.say(text, rows or None)
        try:
            await patiently(lambda: self.channel.redraw(self.user_id, message_id, text, rows or None))
        except Refused:  # deleted, or no longer editable: the answer is worth a new message
            return await self.say(text, rows or None)
        return message_id

    async def send_file(self, file: File) -> None:
        """A file as a notice carries it."""
        await self._counted(lambda: self.channel.send(self.external_id, Message((), files=(file,))))

    async def tell(self, user_id: int, text: str, keyboard: Keyboard | None = None) -> bool:
        """Write to somebody else; False when they don't take messages of the bot."""
        try:
            await self._counted(lambda: self.channel.say(user_id, text, keyboard))
        except Refused:
            return False
        return True

    async def send_picture(self, png: bytes) -> None:
        await self._counted(lambda: self.channel.send_photo_bytes(self.user_id, png))

    async def _counted(self, call: Callable[[], Awaitable[T]]) -> T:
        """Say something new: it counts against the account's plan, as notices do."""
        said = await patiently(call)
        await spent(self.context, self.account)
        return said

    async def answer(self, text: str = "", *, alert: bool = False) -> None:
        """End the press with a passing word (`alert`: one to be closed). Only the first call counts."""
        if self.pressed is None or self.answered:
            return
        self.answered = True
        await self.channel.answer(self.pressed.query_id, shorten(text, ALERT_LENGTH) or None, alert=alert)

    async def refuse(self, sentence: str) -> None:
        """Say what is wrong: over the pressed button, or as a message."""
        if self.pressed is not None and not self.answered:
            await self.answer(sentence, alert=True)
        else:
            await self.say(escape(sentence, quote=False))

    async def staff(self) -> StaffRow | None:
        """The active member of staff this account belongs to."""
        async with self.context.database.read() as connection:
            return await people.of_account(connection, self.kind, self.external_id, self.now)


def words(name: str, /, **values: object) -> str:
    """A phrase ready for an HTML message."""
    return escape(phrase(name, **values), quote=False)


def bold(text: str) -> str:
    return f"<b>{escape(text, quote=False)}</b>"


def in_rows(buttons: Sequence[Button], width: int) -> list[list[Button]]:
    """Buttons side by side, `width` in a row."""
    return [list(buttons[start : start + width]) for start in range(0, len(buttons), width)]


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """`call`, again after a pause where the platform surely did nothing. What is unsure is never said twice."""
    for _ in range(TRIES - 1):
        try:
            return await call()
        except (SlowDown, TryLater) as error:
            await asyncio.sleep(min(error.after if error.after is not None else 1.0, LONGEST_PAUSE))
    return await call()

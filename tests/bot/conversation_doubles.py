"""A chat channel that only remembers, and people who write and press in it: for the tests of conversations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from announcements.channels import Button, ChannelError, File, Limits, Message, Posted, Refused, RefusedReason
from announcements.types import ChannelKind, Role
from bot.channels.telegram.keyboards import Keyboard, Link, NoKeyboard, PhoneRequest, Rows
from bot.channels.telegram.updates import ContactUpdate, PressUpdate, TextUpdate
from bot.config import App, Settings
from bot.context import Context
from bot.conversations import Conversations
from bot.tidings.telling import Telling
from bot.tidings.ways import ButtonRows
from bot.tidings.wish_answers import say_decided
from db.access import people
from db.access.people import StaffRow
from db.engine import Database
from db.places.areas import AreaRow
from db.writer import Writer
from tests.makers import NOON


@dataclass(slots=True)
class Said:
    """A message of the bot as it stands now."""

    to: int
    message_id: int
    text: str
    keyboard: Keyboard | None = None

    @property
    def buttons(self) -> list[Button]:
        if self.keyboard is None or isinstance(self.keyboard, PhoneRequest | NoKeyboard):
            return []
        return [one for row in self.keyboard for one in row if not isinstance(one, Link)]

    @property
    def labels(self) -> list[str]:
        return [one.label for one in self.buttons]


@dataclass(frozen=True, slots=True)
class Answered:
    query_id: str
    text: str
    alert: bool


@dataclass(slots=True)
class FakeChat:
    """What a `Messenger` must do, and a record of it. `failures` are raised one by one, by whatever comes next."""

    limits: Limits = field(default_factory=lambda: Limits(4096, html=True, buttons=True, edits=True, files=True))
    said: list[Said] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    pictures: list[tuple[int, bytes]] = field(default_factory=list)
    failures: list[ChannelError] = field(default_factory=list)
    menus: dict[int | None, list[str]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)  # what people sent, by the platform's id
    sent: list[tuple[int, File]] = field(default_factory=list)
    blocked_by: set[int] = field(default_factory=set)
    refusal: Callable[[], ChannelError] | None = None

    def _may_fail(self, user_id: int) -> None:
        if self.failures:
            raise self.failures.pop(0)
        if user_id in self.blocked_by and self.refusal is not None:
            raise self.refusal()

    async def say(self, user_id: int, text: str, keyboard: Keyboard | None = None) -> str:
        self._may_fail(user_id)
        self.said.append(Said(user_id, len(self.said) + 1, text, keyboard))
        return str(len(self.said))

    def profile(self, person: str) -> str:
        return f"tg://user?id={person}"

    async def send(self, address: str, message: Message) -> Posted:
        self._may_fail(int(address))
        self.sent += [(int(address), file) for file in message.files]
        return Posted(("0",), "0")

    async def fetch(self, remote_id: str) -> bytes:
        if remote_id not in self.files:
            raise Refused(RefusedReason.BAD_CONTENT, "wrong file_id")
        return self.files[remote_id]

    async def redraw(self, user_id: int, message_id: str | int, text: str, keyboard: Rows | None = None) -> None:
        self._may_fail(user_id)
        message = self.said[int(message_id) - 1]
        assert message.to == user_id
        message.text, message.keyboard = text, keyboard

    async def answer(
        self, callback_query_id: str, text: str | None = None, url: str | None = None, alert: bool = False
    ) -> None:
        self.answers.append(Answered(callback_query_id, text or "", alert))

    async def offer_commands(self, commands: Sequence[tuple[str, str]], user_id: int | None = None) -> None:
        self._may_fail(user_id or 0)
        self.menus[user_id] = [name for name, _ in commands]

    async def send_photo_bytes(self, user_id: int, png: bytes, caption: str = "") -> str:
        self._may_fail(user_id)
        self.pictures.append((user_id, png))
        return "0"


@dataclass(slots=True)
class ChatWay:
    """Writes to staff through the same fake chat that people press in."""

    world: "World"
    kind: ChannelKind = ChannelKind.TELEGRAM

    async def tell(self, person: str, text: str, rows: ButtonRows) -> None:
        await self.world.chat.say(int(person), text, rows)


class World:
    """One bot and the people around it. Each act returns when the bot has done with it. Files are kept in `folder`."""

    def __init__(
        self, database: Database, writer: Writer, *, now: datetime = NOON, folder: Path | None = None
    ) -> None:  # fmt: skip
        self.time = now
        self.moved: list[int] = []
        settings = Settings(app=App(data_dir=folder or Path()))
        self.context = Context(settings, database, writer, b"secret", clock=lambda: self.time,
                               answered=self.moved.append)  # fmt: skip
        self.chat = FakeChat()
        self._numbers = count(1)
        self.restart()

    def restart(self) -> None:
        """The process ends and another one takes over: only what is in the database is left."""
        self.bot = Conversations(self.context, "telegram", ChannelKind.TELEGRAM, self.chat)

    def pass_time(self, **gone: float) -> None:
        self.time += timedelta(**gone)

    async def text(self, user: int, text: str, *, name: str = "Lan") -> None:
        update = TextUpdate(user, name, user, True, next(self._numbers), text, None, False)
        await self.bot.handle(update)

    async def contact(self, user: int, phone: str, *, own: bool = True) -> None:
        await self.bot.handle(ContactUpdate(user, "Lan", user, phone, own))

    async def press(self, user: int, data: str, *, message_id: int = 0, chat_id: int = 0) -> Answered:
        """Any data under any message, as a forged client sends it; the answer the person sees."""
        query = f"q{next(self._numbers)}"
        await self.bot.handle(PressUpdate(query, user, "Lan", chat_id or user, message_id or self._last(user), data))
        (answer,) = [one for one in self.chat.answers if one.query_id == query]
        return answer

    async def tap(self, user: int, label: str, nth: int = 0) -> Answered:
        """The `nth` button that reads `label` under the newest message to `user` that has one."""
        for message in reversed(self.to(user)):
            found = [one for one in message.buttons if label in one.label]
            if found:
                return await self.press(user, found[nth].data, message_id=message.message_id)
        raise AssertionError(f"no button {label!r}; there are {[m.labels for m in self.to(user)]}")

    async def tell(self) -> None:
        """Whoever is to be told something in private is told."""
        telling = Telling(self.context, [ChatWay(self)])
        while await telling.step():
            await telling.settle()
        await say_decided(self.context, [ChatWay(self)])

    def to(self, user: int) -> list[Said]:
        return [message for message in self.chat.said if message.to == user]

    def last(self, user: int) -> Said:
        """The newest message to `user`."""
        return self.to(user)[-1]

    def _last(self, user: int) -> int:
        messages = self.to(user)
        return messages[-1].message_id if messages else 1

    async def staff(self, name: str, role: Role, area: AreaRow, *, account: int | None = None) -> StaffRow:
        """A member of staff, with an account that is linked already if `account` is given."""
        async with self.context.database.write() as connection:
            made = await people.add(connection, name=name, role=role, area_id=area.id)
            if account is not None:
                await people.link_account(connection, made, ChannelKind.TELEGRAM, str(account), self.time)
        return made

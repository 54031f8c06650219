"""The desk of an account: what was stored is handled once and never lost, in order, while receiving goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from announcements.codes import press_data
from announcements.types import ChannelKind, Grade
from bot.channels.registry import Account
from bot.channels.telegram.sender import TelegramChannel
from bot.channels.telegram.updates import TextUpdate, Update
from bot.config import Settings
from bot.context import Context
from bot.conversations import Conversations
from bot.ears import press_line
from bot.ears.telegram_desk import Desk
from bot.intake import patience
from bot.intake.in_hand import InHand
from db.announcing.notices import BroadcastRow
from db.answering import presses
from db.counting import reach
from db.engine import Database
from db.platforms import inbox
from db.platforms.inbox import RawUpdate, Stored
from db.tables import t
from db.writer import Writer
from tests.bot.conversation_doubles import FakeChat
from tests.doubles import StumblingWriter
from tests.makers import NOON, Commune, make_broadcast, make_chats, make_identity, settle, take

LAN, HAI, MAI = 11, 12, 13


@dataclass(slots=True)
class Talk:
    """Conversations that only listen. `gate`: they take their time."""

    heard: list[str] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def handle(self, update: Update) -> None:
        assert isinstance(update, TextUpdate)
        if self.gate is not None:
            await self.gate.wait()
        self.heard.append(update.text)


@dataclass(slots=True)
class Office:
    """A desk, and the people who write to it."""

    database: Database
    writer: Writer
    row: BroadcastRow
    address: int
    chat: FakeChat = field(default_factory=FakeChat)
    talk: Talk = field(default_factory=Talk)
    sent: int = 0

    def desk(self) -> Desk:
        channel = cast(TelegramChannel, self.chat)
        context = Context(Settings(), self.database, self.writer, b"", clock=lambda: NOON)
        return Desk(
            context, Account("telegram", ChannelKind.TELEGRAM, channel), channel, cast(Conversations, self.talk)
        )

    def press(self, user: int, data: str = "") -> RawUpdate:
        message = {"message_id": 5, "chat": {"id": self.address}}
        query = {"id": f"q{self.sent + 1}", "from": {"id": user, "first_name": "Lan"}, "message": message}
        return self._raw({"callback_query": {**query, "data": data or press_data(self.row.code)}})

    def text(self, user: int, text: str) -> RawUpdate:
        message = {"message_id": 1, "from": {"id": user, "first_name": "Lan"},
                   "chat": {"id": user, "type": "private"}, "text": text}  # fmt: skip
        return self._raw({"message": message})

    def _raw(self, update: dict[str, Any]) -> RawUpdate:
        self.sent += 1
        return RawUpdate("telegram", str(self.sent), json.dumps(update), NOON + timedelta(seconds=self.sent))

    async def store(self, *raw: RawUpdate) -> list[Stored]:
        """What the receiver does with a batch before it hands it on."""
        stored = await self.writer.submit_all(inbox.store, raw)
        return [one for one in stored if one is not None]

    async def waiting(self) -> int:
        async with self.database.read() as connection:
            return len(await inbox.waiting(connection, "telegram"))

    async def acknowledged(self) -> int:
        async with self.database.read() as connection:
            return (await reach.report(connection, self.row.id, NOON)).total.acknowledged

    async def answers(self) -> int:
        async with self.database.read() as connection:
            rows = await connection.execute(select(func.count()).select_from(t.acknowledgement))
            return int(rows.scalar_one())


@pytest.fixture
async def office(database: Database, commune: Commune) -> AsyncIterator[Office]:
    """A notice has arrived in the commune's chats; Bà Lan, Ông Hải and Chị Mai are linked."""
    await make_chats(database, [commune.root])
    for head, user in (("Bà Lan", LAN), ("Ông Hải", HAI), ("Chị Mai", MAI)):
        await make_identity(database, commune.households[head], str(user))
    row = await make_broadcast(database, [commune.root])
    await settle(database, await take(database))
    async with StumblingWriter(database) as writer:
        yield Office(database, writer, row, -int(f"100{commune.root.id:05}"))


async def test_presses_are_recorded_in_the_background_and_answered(office: Office) -> None:
    desk = office.desk()
    await desk.handle(await office.store(office.press(LAN), office.press(HAI), office.press(LAN)))
    assert await office.acknowledged() == 0  # nobody waited for it
    await desk.settle()
    assert await office.acknowledged() == 2
    assert [one.query_id for one in office.chat.answers] == ["q1", "q2", "q3"]
    assert await office.waiting() == 0


async def test_batches_that_come_quickly_share_a_commit(office: Office) -> None:
    desk = office.desk()
    batches = [await office.store(office.press(user)) for user in (LAN, HAI, MAI)]
    before = office.writer.commits
    for batch in batches:
        await desk.handle(batch)
    await desk.settle()
    assert office.writer.commits == before + 1
    assert await office.acknowledged() == 3


async def test_what_a_crash_left_between_storing_and_recording_is_taken_up(office: Office) -> None:
    await office.store(office.press(LAN), office.text(HAI, "xin chào"), office.press(MAI))
    after_the_crash = office.desk()
    await after_the_crash.catch_up()
    await after_the_crash.settle()
    assert await office.acknowledged() == 2
    assert office.talk.heard == ["xin chào"]
    assert await office.waiting() == 0


async def test_looking_for_leftovers_meanwhile_handles_nothing_twice(office: Office) -> None:
    office.talk.gate = asyncio.Event()
    desk = office.desk()
    await desk.handle(await office.store(office.press(LAN), office.text(HAI, "một"), office.text(HAI, "hai")))
    looks = asyncio.gather(*(desk.catch_up() for _ in range(3)))
    office.talk.gate.set()
    await looks
    await desk.settle()
    await desk.catch_up()
    await desk.settle()
    assert office.talk.heard == ["một", "hai"]
    assert len(office.chat.answers) == 1
    assert await office.answers() == 1


def test_a_list_read_before_the_outcome_hands_nothing_out_again() -> None:
    in_hand = InHand()
    one = Stored(1, "{}", NOON)
    assert in_hand.take([one]) == [one]
    assert in_hand.take([one]) == []
    with in_hand.looking():
        in_hand.let_go(1)  # committed while the list that still names it was on its way
        assert in_hand.take([one]) == []
    assert in_hand.take([one]) == [one]


async def test_presses_outlast_a_moment_without_a_database(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "AGAIN", (0.0, 0.0))
    cast(StumblingWriter, office.writer).fails[presses.press] = 2
    desk = office.desk()
    await desk.handle(await office.store(office.press(LAN), office.press(HAI)))
    await desk.settle()
    assert await office.acknowledged() == 2


async def test_presses_that_can_not_be_recorded_wait_for_the_next_look(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "AGAIN", (0.0,))
    cast(StumblingWriter, office.writer).fails[presses.press] = 2
    desk = office.desk()
    await desk.handle(await office.store(office.press(LAN), office.press(HAI)))
    await desk.settle()
    assert (await office.acknowledged(), await office.waiting()) == (0, 2)
    await desk.catch_up()
    await desk.settle()
    assert (await office.acknowledged(), await office.waiting()) == (2, 0)


class ChokingWriter(Writer):
    """One person's presses break the statement that stores them."""

    async def submit_all(self, apply: Any, intents: Sequence[Any]) -> list[Any]:
        if apply is presses.press and any(one.external_id == str(HAI) for one in intents):
            raise ValueError("a bug")
        return await super().submit_all(apply, intents)


async def test_one_bad_press_takes_none_of_the_others_along(office: Office) -> None:
    async with ChokingWriter(office.database) as writer:
        office.writer = writer
        desk = office.desk()
        await desk.handle(await office.store(*(office.press(user) for user in (LAN, HAI, MAI, LAN))))
        await desk.settle()
    assert await office.acknowledged() == 2
    assert await office.waiting() == 1  # kept: the next version may understand it


async def test_one_persons_messages_and_presses_keep_their_order(office: Office) -> None:
    desk = office.desk()
    await desk.handle(await office.store(office.text(LAN, "một"), office.press(LAN)))
    await desk.handle(
        await office.store(office.text(LAN, "hai"), office.press(LAN, press_data(office.row.code, Grade.WILL_ATTEND)))
    )
    await desk.handle(await office.store(office.text(LAN, "ba")))
    await desk.settle()
    assert office.talk.heard == ["một", "hai", "ba"]
    assert [one.query_id for one in office.chat.answers] == ["q2", "q4"]


async def test_a_long_line_makes_the_receiver_wait(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press_line, "LONGEST", 2)
    monkeypatch.setattr(press_line, "AT_ONCE", 1)
    desk = office.desk()
    await desk.handle(await office.store(*(office.press(user) for user in (LAN, HAI, MAI, LAN, HAI))))
    assert await office.answers() >= 2  # the line was down to two when it returned
    await desk.settle()
    assert await office.acknowledged() == 3


async def test_updates_that_are_none_of_ours_are_done_with(office: Office) -> None:
    desk = office.desk()
    strange = [office.press(LAN, "somebody:elses"), RawUpdate("telegram", "77", '{"poll": {}}', NOON)]
    await desk.handle(await office.store(*strange))
    await desk.settle()
    assert await office.waiting() == 0
    assert len(office.chat.answers) == 1  # the spinner ends

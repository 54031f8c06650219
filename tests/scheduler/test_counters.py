"""The live count: coalesced, below sends, ending on the last number."""

from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from announcements.channels import Limits, Moved, Refused, RefusedReason, Scope, SlowDown
from announcements.reach import Answer
from announcements.types import ChannelKind, DeliveryState, How
from db import outbox
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.answering import answers
from db.answering.answers import Record
from db.dispatch.counts import Stale
from db.engine import Database
from db.outbox import Claim, Settlement
from db.places import chats
from db.writer import Writer
from scheduler import counters
from scheduler.counters import Counters
from scheduler.limiter import Limiter
from scheduler.messages import Messages
from tests.doubles import WIDE, ScriptedChannel, StepClock
from tests.makers import NOON, Commune, make_broadcast, make_chats, settle, take

ACCOUNT = "telegram"


class Table:
    """Counters over a scripted channel, one notice sent to Bà Lan's group."""

    def __init__(self, database: Database, writer: Writer, limits: Limits) -> None:
        self.database, self.writer, self.clock, self.channel = database, writer, StepClock(), ScriptedChannel(limits)
        messages = Messages(database, ACCOUNT, ChannelKind.TELEGRAM, limits, UTC, "http://loa.test{}".format, Path())
        self.limiter = Limiter(limits.per_second, limits.per_chat_per_minute)
        self.counters = Counters(
            ACCOUNT, self.channel, database, writer, messages, self.limiter, self.clock, self.clock.monotonic
        )  # fmt: skip

    async def answer(self, row: BroadcastRow, household: int) -> None:
        await self.writer.submit(
            answers.record, Record(row.id, household, Answer(How.BUTTON, NOON, channel="telegram"))
        )
        self.counters.moved(row.id)

    @property
    def labels(self) -> list[str]:
        return [button.label for _, _, button in self.channel.edits if button is not None]


@pytest.fixture
async def table(database: Database, writer: Writer, commune: Commune) -> AsyncIterator[Table]:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    yield Table(database, writer, Limits(text_length=4096, per_second=1_000, per_chat_per_minute=20, buttons=True,
                                         edits=True))  # fmt: skip


@pytest.fixture
async def sent(database: Database, table: Table, commune: Commune) -> BroadcastRow:
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    async with database.write() as connection:
        claim = Claim(ACCOUNT, "here", NOON, NOON + timedelta(seconds=30), 10)
        (one,) = (await outbox.claim(connection, [claim]))[0]
        await outbox.settle(connection, [Settlement(one.id, "here", DeliveryState.SENT, NOON, button_id="5")])
    await table.counters.step()  # the first look at everything
    return row


async def test_many_presses_are_one_edit_and_the_last_number_stands(
    table: Table, sent: BroadcastRow, commune: Commune
) -> None:
    await table.answer(sent, commune.households["Bà Lan"])
    assert await table.counters.step() == 1
    await table.answer(sent, commune.households["Ông Hải"])
    assert await table.counters.step() == 0
    table.clock.move(5.1)
    assert await table.counters.step() == 1
    assert table.labels == ["✅ Đã nhận (1/2)", "✅ Đã nhận (2/2)"]
    table.clock.move(5.1)
    assert await table.counters.step() == 0


async def test_a_restart_catches_up_with_what_was_missed(table: Table, sent: BroadcastRow, commune: Commune) -> None:
    await table.answer(sent, commune.households["Bà Lan"])
    fresh = Table(table.database, table.writer, WIDE)
    assert await fresh.counters.step() == 1
    assert fresh.labels == ["✅ Đã nhận (1/2)"]


async def test_a_waiting_send_goes_first(table: Table, sent: BroadcastRow, commune: Commune) -> None:
    await table.answer(sent, commune.households["Bà Lan"])
    await make_broadcast(table.database, [commune.groups["Thu Quế 1"]])
    assert await table.counters.step() == 0


async def test_edits_leave_room_for_sends_within_the_minute(table: Table, sent: BroadcastRow, commune: Commune) -> None:
    address = f"-100{commune.groups['Thu Quế 1'].id:05}"
    for _ in range(16):
        table.limiter.take(address, table.clock.monotonic())
    await table.answer(sent, commune.households["Bà Lan"])
    assert await table.counters.step() == 0
    table.clock.move(61)
    assert await table.counters.step() == 1


async def test_told_to_slow_down_it_tries_again_later(table: Table, sent: BroadcastRow, commune: Commune) -> None:
    table.channel.edit_script.append(SlowDown(9.0))
    await table.answer(sent, commune.households["Bà Lan"])
    assert await table.counters.step() == 0
    table.clock.move(5.1)
    assert await table.counters.step() == 0
    table.clock.move(5.1)
    assert await table.counters.step() == 1


async def test_a_message_that_is_gone_is_left_alone_after_a_restart_too(
    table: Table, sent: BroadcastRow, commune: Commune
) -> None:
    table.channel.edit_script.append(Refused(RefusedReason.BAD_CONTENT))
    await table.answer(sent, commune.households["Bà Lan"])
    for _ in range(4):
        assert await table.counters.step() == 0
        table.clock.move(31)
    fresh = Table(table.database, table.writer, WIDE)
    assert await fresh.counters.step() == 0


async def test_a_chat_that_threw_the_bot_out_is_marked_and_caught_up_with_once_it_is_back(
    table: Table, sent: BroadcastRow, commune: Commune
) -> None:
    table.channel.edit_script.append(Refused(RefusedReason.BLOCKED))
    await table.answer(sent, commune.households["Bà Lan"])
    for _ in range(3):
        assert await table.counters.step() == 0
        table.clock.move(31)
    async with table.database.read() as connection:
        (chat,) = await chats.everything(connection)
    assert chat.lost_reason == "blocked"
    await table.writer.submit(chats.note_health, chats.Health(chat.id, "", NOON))
    assert await table.counters.step() == 1


async def test_an_edit_that_learns_of_a_move_passes_it_on(table: Table, sent: BroadcastRow, commune: Commune) -> None:
    table.channel.edit_script.append(Moved("-100new"))
    await table.answer(sent, commune.households["Bà Lan"])
    for _ in range(3):
        assert await table.counters.step() == 0
        table.clock.move(31)
    async with table.database.read() as connection:
        (chat,) = await chats.everything(connection)
    assert chat.address == "-100new"


async def test_an_account_that_is_refused_rests(table: Table, sent: BroadcastRow, commune: Commune) -> None:
    table.channel.edit_script.append(Refused(RefusedReason.UNAUTHORISED))
    await table.answer(sent, commune.households["Bà Lan"])
    assert await table.counters.step() == 0
    table.clock.move(31)
    assert await table.counters.step() == 0
    table.clock.move(31)
    assert await table.counters.step() == 1


async def test_a_withdrawn_notice_says_so_once(table: Table, sent: BroadcastRow, commune: Commune) -> None:
    async with table.database.write() as connection:
        await notices.withdraw(connection, sent.announcement_id, None, NOON)
    table.counters.moved(sent.id)
    assert await table.counters.step() == 1
    table.clock.move(31)
    assert await table.counters.step() == 0
    assert table.labels == ["⛔ Đã thu hồi"]


async def test_what_moves_during_a_look_is_seen_by_the_next(table: Table, sent: BroadcastRow, commune: Commune) -> None:
    """Bà Lan's press arrives after the tables were read and before the look is over."""
    look = table.counters._look

    async def look_and_be_overtaken(broadcasts: list[int] | None) -> list[Stale]:
        stale = await look(broadcasts)
        await table.answer(sent, commune.households["Bà Lan"])
        return stale

    table.counters.moved(sent.id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Counters, "_look", lambda _self, broadcasts: look_and_be_overtaken(broadcasts))
        assert await table.counters.step() == 0
    assert await table.counters.step() == 1
    assert table.labels == ["✅ Đã nhận (1/2)"]


async def test_one_message_that_breaks_the_adapter_holds_up_no_other(
    table: Table, sent: BroadcastRow, commune: Commune
) -> None:
    table.channel.edit_script.append(KeyError("a bug"))
    other = await make_broadcast(table.database, [commune.groups["Thu Quế 1"]])
    await settle(table.database, await take(table.database))
    for row in (sent, other):
        await table.answer(row, commune.households["Bà Lan"])
    assert await table.counters.step() == 1
    table.clock.move(5.1)
    assert await table.counters.step() == 1
    table.clock.move(31)
    assert await table.counters.step() == 0


async def test_a_pause_asked_of_the_account_stops_all_edits(table: Table, sent: BroadcastRow, commune: Commune) -> None:
    table.channel.edit_script.append(SlowDown(40.0, Scope.ACCOUNT))
    await table.answer(sent, commune.households["Bà Lan"])
    assert await table.counters.step() == 0
    assert table.limiter.free(table.clock.monotonic()) == 0


async def test_busy_chats_do_not_crowd_out_the_others(
    table: Table, sent: BroadcastRow, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "MOST", 1)
    other = await make_broadcast(table.database, [commune.groups["Thu Quế 1"]])
    await settle(table.database, await take(table.database))
    for head in ("Bà Lan", "Ông Hải"):
        for row in (sent, other):
            await table.answer(row, commune.households[head])
        assert await table.counters.step() == 1
        table.clock.move(5.1)
    assert table.counters._edited.keys() == {1, 2}

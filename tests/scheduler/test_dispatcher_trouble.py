"""The dispatcher when something around it breaks: what it knows is not lost, what it doesn't know is not made up."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from announcements.channels import Limits, Message, Posted, Refused, RefusedReason, Scope, SlowDown
from announcements.types import ChannelKind, DeliveryState, Urgency
from db import outbox
from db.announcing import notices
from db.announcing.letters import Letter
from db.engine import Database
from db.places import chats
from db.platforms import accounts
from db.writer import Writer
from scheduler import records, upkeep
from scheduler.messages import Words
from tests.doubles import WIDE, ScriptedChannel, StumblingWriter
from tests.makers import NOON, Commune, delivery_states, make_broadcast, make_chats
from tests.scheduler.test_dispatcher import ACCOUNT, Desk

S = DeliveryState


@pytest.fixture
async def place(database: Database, commune: Commune) -> Commune:
    async with database.write() as connection:
        await accounts.register(connection, ACCOUNT, ChannelKind.TELEGRAM)
    await make_chats(database, list(commune.groups.values()))
    return commune


async def test_what_could_not_be_put_into_words_was_surely_not_sent(
    database: Database, writer: Writer, place: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(database, writer)

    def broken(_self: object, _letter: Letter) -> Words:
        raise KeyError("wording")

    row = await make_broadcast(database, [place.groups["Thu Quế 1"]])
    with monkeypatch.context() as patch:
        patch.setattr(type(desk.dispatcher.messages), "words_of", broken)
        await desk.step()
    assert await delivery_states(database, row.id) == [S.QUEUED]
    desk.clock.move(10.1)
    await desk.step()
    assert await delivery_states(database, row.id) == [S.SENT]
    assert len(desk.channel.sent) == 1


async def test_an_outcome_survives_a_moment_without_a_database(
    database: Database, place: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "SETTLE_AGAIN", (0.0, 0.0))
    async with StumblingWriter(database) as writer:
        desk = Desk(database, writer)
        row = await make_broadcast(database, [place.groups["Thu Quế 1"]])
        writer.fails[outbox.settle] = 2
        await desk.step()
    assert await delivery_states(database, row.id) == [S.SENT]


async def test_a_note_that_fails_stands_in_no_deliverys_way(database: Database, place: Commune) -> None:
    address = f"-100{place.groups['Thu Quế 1'].id:05}"
    async with StumblingWriter(database) as writer:
        desk = Desk(database, writer)
        desk.channel.will(address, Refused(RefusedReason.BLOCKED))
        row = await make_broadcast(database, [place.groups["Thu Quế 1"]])
        writer.fails[chats.note_health] = 1
        await desk.step()
    assert (await delivery_states(database, row.id)).count(S.FAILED) == 1


async def test_no_more_is_claimed_than_the_pace_lets_out(database: Database, writer: Writer, place: Commune) -> None:
    limits = replace(WIDE, per_second=5)
    desk = Desk(database, writer, limits)
    await make_broadcast(database, [place.root])
    stop = asyncio.Event()
    running = asyncio.create_task(desk.dispatcher.run(stop))
    await asyncio.sleep(0.5)  # the clock stands still: the pace allows one message however long this takes
    stop.set()
    desk.dispatcher.ring()
    await running
    async with database.read() as connection:
        left = await outbox.next_at(connection, ACCOUNT)
    assert len(desk.channel.sent) == 1
    assert left == NOON  # never claimed and put back


async def test_a_pause_asked_of_the_account_holds_every_chat(
    database: Database, writer: Writer, place: Commune
) -> None:
    desk = Desk(database, writer)
    desk.channel.will(f"-100{place.groups['Thu Quế 1'].id:05}", SlowDown(30.0, Scope.ACCOUNT))
    await make_broadcast(database, [place.root])
    await desk.step(room=1)
    assert desk.dispatcher.limiter.free(desk.clock.monotonic()) == 0
    assert desk.dispatcher.limiter.rest(desk.clock.monotonic()) == pytest.approx(30.0)


async def test_a_long_send_keeps_its_lease(database: Database, writer: Writer, place: Commune) -> None:
    desk = Desk(database, writer)
    desk.channel.gate = asyncio.Event()
    row = await make_broadcast(database, [place.groups["Thu Quế 1"]])
    await desk.dispatcher.step(1)
    for _ in range(3):
        desk.clock.move(20)
        await desk.dispatcher.renew()
        assert await upkeep.release_leases(database, desk.clock()) == 0
    desk.channel.gate.set()
    await desk.dispatcher.drain()
    assert await delivery_states(database, row.id) == [S.SENT]


async def test_after_a_crash_another_process_takes_up_what_is_urgent(
    database: Database, writer: Writer, place: Commune
) -> None:
    crashed = Desk(database, writer, lease="crashed")
    crashed.channel.gate = asyncio.Event()
    urgent = await make_broadcast(database, [place.groups["Thu Quế 1"]], urgency=Urgency.EMERGENCY)
    normal = await make_broadcast(database, [place.groups["Thu Quế 2"]])
    await crashed.dispatcher.step(2)
    for task in list(crashed.dispatcher._flying.values()):
        task.cancel()
    await crashed.dispatcher.drain()
    other = Desk(database, writer, lease="other")
    other.clock.move(31)
    assert await upkeep.release_leases(database, other.clock()) == 2
    await other.step()
    assert await delivery_states(database, urgent.id) == [S.SENT]
    assert await delivery_states(database, normal.id) == [S.UNCONFIRMED]


async def test_withdrawn_while_it_waits_for_its_turn_it_is_not_sent(
    database: Database, writer: Writer, place: Commune
) -> None:
    desk = Desk(database, writer)
    address = f"-100{place.groups['Thu Quế 1'].id:05}"
    desk.channel.will(address, SlowDown(5.0))
    row = await make_broadcast(database, [place.groups["Thu Quế 1"]])
    desk.channel.gate = asyncio.Event()
    await desk.dispatcher.step(1)
    async with database.write() as connection:
        await notices.withdraw(connection, row.announcement_id, None, NOON)
        await outbox.cancel(connection, row.announcement_id, NOON)
    desk.channel.gate.set()
    await desk.dispatcher.drain()
    desk.clock.move(timedelta(minutes=1).total_seconds())
    assert await desk.step() == 0
    assert desk.channel.sent == []
    assert await delivery_states(database, row.id) == [S.CANCELLED]


class CountingChannel(ScriptedChannel):
    """Notes how many sends were under way at once; `enough` is the twelfth."""

    at_once = 0
    most = 0

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.enough = asyncio.Event()

    async def send(self, address: str, message: Message) -> Posted:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        posted = await super().send(address, message)
        if len(self.sent) == 12:
            self.enough.set()
        return posted


async def test_never_more_in_flight_than_the_channel_takes(database: Database, writer: Writer, place: Commune) -> None:
    limits = Limits(text_length=4096, per_second=1_000, concurrency=2)
    desk = Desk(database, writer, limits)
    desk.dispatcher.channel = channel = CountingChannel(limits)
    rows = [await make_broadcast(database, [place.root]) for _ in range(3)]
    stop = asyncio.Event()
    running = asyncio.create_task(desk.dispatcher.run(stop))
    async with asyncio.timeout(20):
        await channel.enough.wait()
    stop.set()
    desk.dispatcher.ring()
    await running
    assert channel.most == 2
    for row in rows:
        assert await delivery_states(database, row.id) == [S.SENT] * 4

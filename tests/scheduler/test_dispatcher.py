"""One pass of the dispatcher: claim, pace, send, settle; what each outcome leaves in the outbox."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from announcements.channels import (
    Limits,
    Moved,
    Refused,
    RefusedReason,
    SlowDown,
    TryLater,
    Unsure,
)
from announcements.types import ChannelKind, DeliveryState, Urgency
from bot.channels.assisted import BY_HAND
from db import outbox
from db.counting import reach, recount
from db.dispatch import deliveries
from db.dispatch.deliveries import DeliveryRow
from db.engine import Database
from db.places import chats
from db.platforms import accounts
from db.writer import Writer
from scheduler import upkeep
from scheduler.dispatcher import Dispatcher
from scheduler.limiter import Limiter
from scheduler.messages import Messages
from tests.doubles import WIDE, ScriptedChannel, StepClock
from tests.makers import NOON, Commune, make_broadcast, make_chats

ACCOUNT = "telegram"


class Desk:
    """A dispatcher over a scripted channel, stepped by hand."""

    def __init__(self, database: Database, writer: Writer, limits: Limits = WIDE, lease: str = "here") -> None:
        self.database, self.clock, self.channel = database, StepClock(), ScriptedChannel(limits)
        messages = Messages(
            database,
            ACCOUNT,
            ChannelKind.TELEGRAM,
            limits,
            UTC,
            lambda path: f"http://loa.test{path}",
            Path(),
            "Xã Thử",
        )
        limiter = Limiter(limits.per_second, limits.per_chat_per_minute, limits.per_chat_per_second)
        self.dispatcher = Dispatcher(
            ACCOUNT, self.channel, database, writer, messages, limiter, lease, self.clock, self.clock.monotonic
        )

    async def step(self, room: int = 100) -> int:
        """One pass, to its end."""
        claimed = await self.dispatcher.step(room)
        await self.dispatcher.drain()
        return claimed

    async def begin(self) -> int:
        """Claim what there is room for and begin to send it."""
        room = self.dispatcher.room()
        return await self.dispatcher.step(room) if room else 0

    async def work(self) -> None:
        """What there is room for, to its end."""
        await self.begin()
        await self.dispatcher.drain()

    async def rows(self, broadcast_id: int) -> list[DeliveryRow]:
        async with self.database.read() as connection:
            return await deliveries.listing(connection, broadcast_id, list(DeliveryState))

    async def states(self, broadcast_id: int) -> dict[str, DeliveryState]:
        return {row.area: row.state for row in await self.rows(broadcast_id)}


@pytest.fixture
async def desk(database: Database, writer: Writer, commune: Commune) -> AsyncIterator[Desk]:
    async with database.write() as connection:
        await accounts.register(connection, ACCOUNT, ChannelKind.TELEGRAM)
    await make_chats(database, [*commune.villages.values(), *commune.groups.values()])
    yield Desk(database, writer)


LAN, MAI = "thu-que-to-1", "thong-nhat-to-1"


def address(commune: Commune, place: str) -> str:
    return f"-100{commune.groups[place].id:05}"


async def test_every_delivery_is_sent_once_and_settled(desk: Desk, commune: Commune) -> None:
    row = await make_broadcast(desk.database, [commune.root])
    assert await desk.step() == 6
    assert await desk.step() == 0
    assert set((await desk.states(row.id)).values()) == {DeliveryState.SENT}
    assert sorted(desk.channel.addresses) == sorted(set(desk.channel.addresses))
    async with desk.database.read() as connection:
        assert (await reach.report(connection, row.id, NOON)).total.sent == 6
        assert await recount.differences(connection, row.id) == {}


async def test_the_message_carries_link_count_and_button(desk: Desk, commune: Commune) -> None:
    row = await make_broadcast(desk.database, [commune.groups["Thu Quế 1"]])
    await desk.step()
    message = desk.channel.sent[0][1]
    assert f"http://loa.test/n/{row.announcement}" in message.parts[-1]
    assert message.button is not None
    assert (message.button.label, message.button.data) == ("✅ Đã nhận (0/2)", f"ack:{row.code}")


async def test_the_most_urgent_goes_first_even_when_it_came_last(desk: Desk, commune: Commune) -> None:
    await make_broadcast(desk.database, [commune.root], title="Bản tin")
    await make_broadcast(desk.database, [commune.root], title="Lũ về", urgency=Urgency.EMERGENCY)
    for _ in range(12):
        await desk.step(room=1)
    titles = ["Lũ về" in message.parts[0] for _, message in desk.channel.sent]
    assert titles == [True] * 6 + [False] * 6


async def test_an_emergency_overtakes_a_newsletter_already_in_flight(desk: Desk, commune: Commune) -> None:
    await make_broadcast(desk.database, [commune.root], title="Bản tin")
    await desk.step(room=2)
    await make_broadcast(desk.database, [commune.root], title="Lũ về", urgency=Urgency.EMERGENCY)
    await desk.step(room=6)
    assert all("Lũ về" in message.parts[0] for _, message in desk.channel.sent[2:8])


async def test_surely_not_sent_goes_back_to_the_queue_and_waits(desk: Desk, commune: Commune) -> None:
    desk.channel.will(address(commune, "Thu Quế 1"), TryLater("no connection"))
    row = await make_broadcast(desk.database, [commune.root])
    await desk.step()
    assert (await desk.states(row.id))[LAN] is DeliveryState.QUEUED
    assert await desk.step() == 0
    desk.clock.move(10.1)
    assert await desk.step() == 1
    assert (await desk.states(row.id))[LAN] is DeliveryState.SENT


async def test_slow_down_costs_no_attempt(desk: Desk, commune: Commune) -> None:
    desk.channel.will(address(commune, "Thu Quế 1"), *[SlowDown(1.0) for _ in range(20)])
    row = await make_broadcast(desk.database, [commune.groups["Thu Quế 1"]])
    for _ in range(20):
        await desk.step()
        desk.clock.move(1.1)
    await desk.step()
    assert [(one.state, one.attempts) for one in await desk.rows(row.id)] == [(DeliveryState.SENT, 1)]


async def test_a_normal_notice_that_may_have_gone_out_is_never_repeated(desk: Desk, commune: Commune) -> None:
    desk.channel.will(address(commune, "Thu Quế 1"), Unsure("timed out"))
    row = await make_broadcast(desk.database, [commune.root])
    await desk.step()
    desk.clock.move(10_000)
    assert await desk.step() == 0
    assert (await desk.states(row.id))[LAN] is DeliveryState.UNCONFIRMED


async def test_a_bug_in_a_channel_counts_as_not_knowing(desk: Desk, commune: Commune) -> None:
    desk.channel.will(address(commune, "Thu Quế 1"), ValueError("a bug"))
    row = await make_broadcast(desk.database, [commune.root])
    await desk.step()
    assert (await desk.states(row.id))[LAN] is DeliveryState.UNCONFIRMED


async def test_a_refused_chat_fails_and_is_marked_until_it_takes_a_message(desk: Desk, commune: Commune) -> None:
    desk.channel.will(address(commune, "Thu Quế 1"), Refused(RefusedReason.BLOCKED))
    row = await make_broadcast(desk.database, [commune.root])
    await desk.step()
    assert (await desk.states(row.id))[LAN] is DeliveryState.FAILED
    async with desk.database.read() as connection:
        assert {chat.lost_reason for chat in await chats.everything(connection)} == {"", "blocked"}
    async with desk.database.write() as connection:
        assert await outbox.resend(connection, row.id, [DeliveryState.FAILED], NOON) == 1
    await desk.step()
    async with desk.database.read() as connection:
        assert {chat.lost_reason for chat in await chats.everything(connection)} == {""}


class GroupClosed(Refused):
    """An adapter's own kind of refusal."""

    sentence = "Nhóm bị tạm khóa: gia hạn gói"


async def test_what_is_kept_of_a_refusal_begins_with_the_ports_word_and_says_what_the_adapter_knows(
    desk: Desk, commune: Commune
) -> None:
    desk.channel.will(address(commune, "Thu Quế 1"), GroupClosed(RefusedReason.NO_RIGHTS, "error -237"))
    row = await make_broadcast(desk.database, [commune.groups["Thu Quế 1"]])
    await desk.step()
    assert {one.error for one in await desk.rows(row.id)} == {"Refused: error -237; Nhóm bị tạm khóa: gia hạn gói"}


async def test_a_refused_token_stops_the_account_and_keeps_the_rest_queued(desk: Desk, commune: Commune) -> None:
    desk.channel.will(address(commune, "Thu Quế 1"), Refused(RefusedReason.UNAUTHORISED))
    await make_broadcast(desk.database, [commune.groups["Thu Quế 1"]])
    await desk.step()
    assert desk.dispatcher.limiter.free(desk.clock.monotonic()) == 0
    async with desk.database.read() as connection:
        assert [one.down_reason for one in await accounts.everything(connection)] == ["unauthorised"]


async def test_while_a_token_is_refused_everything_waits_and_goes_out_once_it_works(
    desk: Desk, commune: Commune
) -> None:
    for area in [*commune.villages.values(), *commune.groups.values()]:
        desk.channel.will(f"-100{area.id:05}", *[Refused(RefusedReason.UNAUTHORISED)] * 20)
    row = await make_broadcast(desk.database, [commune.root])
    await desk.step(3)
    assert await desk.step(3) == 3  # what was claimed with them is put back as well, untried
    rows = await desk.rows(row.id)
    assert [(one.state, one.attempts) for one in rows] == [(DeliveryState.QUEUED, 0)] * 6
    tried = desk.channel.refused
    for _ in range(8):
        desk.clock.move(60.1)
        await desk.work()
    assert desk.channel.refused == tried + 8  # one a minute, to find out
    desk.channel.script.clear()
    desk.clock.move(60.1)
    await desk.work()
    await desk.work()
    assert [(one.state, one.attempts) for one in await desk.rows(row.id)] == [(DeliveryState.SENT, 1)] * 6
    async with desk.database.read() as connection:
        assert [one.down_reason for one in await accounts.everything(connection)] == [""]


async def test_no_more_are_sent_at_once_than_there_are_hands_and_the_next_stand_ready(
    database: Database, writer: Writer, desk: Desk, commune: Commune
) -> None:
    narrow = Desk(database, writer, Limits(text_length=4096, per_second=1_000, concurrency=4))
    await make_broadcast(database, [commune.root])
    narrow.channel.gate = asyncio.Event()
    assert await narrow.begin() == 5
    await asyncio.sleep(0.2)
    assert narrow.channel.sending == 4
    assert await narrow.begin() == 0
    narrow.channel.gate.set()
    await narrow.dispatcher.drain()
    assert len(narrow.channel.sent) == 5


async def test_what_only_stood_ready_is_put_back_when_stopping(
    database: Database, writer: Writer, desk: Desk, commune: Commune
) -> None:
    narrow = Desk(database, writer, Limits(text_length=4096, per_second=1_000, concurrency=4))
    row = await make_broadcast(database, [commune.root])
    narrow.channel.gate = asyncio.Event()
    stop = asyncio.Event()
    running = asyncio.create_task(narrow.dispatcher.run(stop))
    async with asyncio.timeout(10):
        while narrow.channel.sending < 4:  # noqa: ASYNC110 - it has no event for that
            await asyncio.sleep(0.01)
        stop.set()
        narrow.dispatcher.ring()
        await asyncio.sleep(0.1)
        narrow.channel.gate.set()
        await running
    rows = await narrow.rows(row.id)
    assert (
        sorted((one.state, one.attempts) for one in rows)
        == [(DeliveryState.QUEUED, 0)] * 2 + [(DeliveryState.SENT, 1)] * 4
    )


async def test_a_moved_chat_gets_its_message_once_at_the_new_address(desk: Desk, commune: Commune) -> None:
    moved = Moved("-100999")
    moved.done = ("41",)
    desk.channel.will(address(commune, "Thu Quế 1"), moved)
    row = await make_broadcast(desk.database, [commune.groups["Thu Quế 1"]])
    await desk.step()
    assert desk.channel.addresses == ["-100999"]
    assert desk.channel.sent[0][1].done == ("41",)
    assert [one.chat for one in await desk.rows(row.id)] == ["-100999"]


async def test_pieces_that_are_out_are_not_repeated(desk: Desk, commune: Commune) -> None:
    broken = TryLater()
    broken.done = ("7", "8")
    desk.channel.will(address(commune, "Thu Quế 1"), broken)
    await make_broadcast(desk.database, [commune.groups["Thu Quế 1"]])
    await desk.step()
    desk.clock.move(11)
    await desk.step()
    assert desk.channel.sent[0][1].done == ("7", "8")


async def test_one_chat_keeps_to_its_pace_and_holds_up_nobody(
    database: Database, writer: Writer, commune: Commune
) -> None:
    limits = Limits(text_length=4096, per_second=1_000, per_chat_per_minute=2)
    desk = Desk(database, writer, limits)
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    for _ in range(3):
        await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    await make_chats(database, [commune.groups["Thống Nhất 1"]])
    await make_broadcast(database, [commune.groups["Thống Nhất 1"]])
    await desk.step()
    assert len(desk.channel.sent) == 3
    desk.clock.move(60.1)
    await desk.step()
    assert len(desk.channel.sent) == 4


async def test_a_settlement_after_the_lease_was_lost_changes_nothing(desk: Desk, commune: Commune) -> None:
    row = await make_broadcast(desk.database, [commune.groups["Thu Quế 1"]])
    desk.channel.gate = asyncio.Event()
    await desk.dispatcher.step(10)
    await asyncio.sleep(0)
    await upkeep.release_leases(desk.database, NOON + timedelta(seconds=31))
    desk.channel.gate.set()
    await desk.dispatcher.drain()
    assert (await desk.states(row.id))[LAN] is DeliveryState.UNCONFIRMED


async def test_a_restart_knows_at_once_that_the_other_process_is_dead(
    desk: Desk, writer: Writer, commune: Commune
) -> None:
    normal = await make_broadcast(desk.database, [commune.groups["Thu Quế 1"]])
    urgent = await make_broadcast(desk.database, [commune.groups["Thu Quế 1"]], urgency=Urgency.URGENT)
    async with desk.database.write() as connection:
        await outbox.claim(connection, [outbox.Claim(ACCOUNT, "dead", NOON, NOON + timedelta(seconds=30), 10)])
    assert await upkeep.release_all_but(desk.database, NOON, "here") == 2
    assert (await desk.states(normal.id))[LAN] is DeliveryState.UNCONFIRMED
    assert (await desk.states(urgent.id))[LAN] is DeliveryState.QUEUED


async def test_running_until_told_to_stop_settles_what_is_in_flight(desk: Desk, commune: Commune) -> None:
    row = await make_broadcast(desk.database, [commune.root])
    desk.channel.gate = asyncio.Event()
    stop = asyncio.Event()
    running = asyncio.create_task(desk.dispatcher.run(stop))
    async with asyncio.timeout(10):
        while len(desk.dispatcher._flying) < 6:  # noqa: ASYNC110 - it has no event for that
            await asyncio.sleep(0.01)
        stop.set()
        desk.dispatcher.ring()
        desk.channel.gate.set()
        await running
    assert set((await desk.states(row.id)).values()) == {DeliveryState.SENT}


async def test_a_ring_is_enough_to_find_new_work(desk: Desk, commune: Commune) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(desk.dispatcher.run(stop))
    await asyncio.sleep(0.1)  # idle by now, and would look again in seconds
    await make_broadcast(desk.database, [commune.root])
    desk.dispatcher.ring()
    async with asyncio.timeout(3):
        while len(desk.channel.sent) < 6:  # noqa: ASYNC110 - it has no event for that
            await asyncio.sleep(0.01)
    stop.set()
    desk.dispatcher.ring()
    await running


async def test_where_a_person_posts_a_success_is_a_text_in_their_hands(
    database: Database, writer: Writer, commune: Commune
) -> None:
    desk = Desk(database, writer, BY_HAND)
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]], body="Một câu khá dài. " * 200)
    await desk.step()
    assert await desk.states(row.id) == {LAN: DeliveryState.HANDED}
    ((_, message),) = desk.channel.sent
    assert len(message.parts) == 2
    assert all(len(part) <= BY_HAND.text_length for part in message.parts)
    assert "trả lời trong nhóm này thì chưa được tính" in message.parts[-1]
    assert f"http://loa.test/n/{row.announcement}" in message.parts[-1]
    assert message.button is None
    async with database.read() as connection:
        assert (await reach.totals(connection, [row.id]))[row.id].sent == 0

"""What an account's platform took is counted once, with the settlement, whatever else becomes of the delivery."""

import asyncio
from datetime import timedelta

import pytest

from announcements.channels import TryLater, Unsure
from announcements.types import ChannelKind, DeliveryState
from db import outbox
from db.engine import Database
from db.outbox import Settlement
from db.platforms import usage
from db.platforms.usage import Spent, Standing, Used
from db.writer import Writer
from tests.makers import NOON, Commune, make_broadcast, make_chats, make_identity, take
from tests.scheduler.test_dispatcher import ACCOUNT, Desk

MONTH = "2026-11"


async def used(database: Database, account: str = ACCOUNT) -> Used:
    async with database.read() as connection:
        return (await usage.of(connection, MONTH)).get(account, Used())


@pytest.fixture
async def place(database: Database, commune: Commune) -> Commune:
    await make_chats(database, list(commune.groups.values()))
    return commune


async def test_every_message_is_counted_as_the_delivery_is_settled(
    database: Database, writer: Writer, place: Commune
) -> None:
    desk = Desk(database, writer)
    await make_broadcast(database, [place.root])
    await make_broadcast(database, [place.groups["Thu Quế 1"]], title="Thu gom rác")
    await desk.step()
    assert await used(database) == Used(messages=5)


async def test_pieces_of_an_attempt_that_failed_count_and_are_not_counted_again(
    database: Database, writer: Writer, place: Commune
) -> None:
    desk = Desk(database, writer)
    cut = TryLater("no connection")
    cut.done = ("1", "2")
    desk.channel.will(f"-100{place.groups['Thu Quế 1'].id:05}", cut)
    await make_broadcast(database, [place.groups["Thu Quế 1"]])
    await desk.step()
    assert await used(database) == Used(messages=2)
    desk.clock.move(11)
    await desk.step()
    assert await used(database) == Used(messages=3)


async def test_what_nobody_knows_of_is_not_counted(database: Database, writer: Writer, place: Commune) -> None:
    desk = Desk(database, writer)
    desk.channel.will(f"-100{place.groups['Thu Quế 1'].id:05}", Unsure("no answer"))
    await make_broadcast(database, [place.groups["Thu Quế 1"]])
    await desk.step()
    assert await used(database) == Used()


async def test_a_message_counts_also_when_the_lease_was_lost_on_the_way(database: Database, place: Commune) -> None:
    await make_broadcast(database, [place.groups["Thu Quế 1"]])
    (one,) = await take(database)
    async with database.write() as connection:
        gone = Settlement(one.id, "another", DeliveryState.SENT, NOON, account=ACCOUNT, messages=1, period=MONTH)
        assert await outbox.settle(connection, [gone]) == [False]
    assert await used(database) == Used(messages=1)


async def test_many_who_count_at_once_lose_nothing(database: Database, writer: Writer) -> None:
    await asyncio.gather(*(writer.submit(usage.spend, Spent("zalo", MONTH, messages=1)) for _ in range(200)))

    async def alone() -> None:
        async with database.write() as connection:
            await usage.spend(connection, [Spent("zalo", MONTH, messages=2, uploads=1)])

    await asyncio.gather(*(alone() for _ in range(10)))
    assert await used(database, "zalo") == Used(messages=220, uploads=10)


async def test_chats_people_and_what_waits_are_counted_by_account(database: Database, place: Commune) -> None:
    await make_chats(database, [place.groups["Thu Quế 1"]], account="spare", reserve=True)
    await make_identity(database, place.households["Bà Lan"], "7")
    await make_identity(database, place.households["Ông Hải"], "7")  # one person for two households
    first = await make_broadcast(database, [place.root])
    await make_broadcast(database, [place.groups["Thu Quế 1"]], title="Thu gom rác", now=NOON + timedelta(hours=1))
    async with database.read() as connection:
        assert await usage.groups(connection) == {ACCOUNT: Standing(4, 0), "spare": Standing(1, 1)}
        assert await usage.people(connection) == {ChannelKind.TELEGRAM: 1}
        waiting = await usage.waiting(connection, [ACCOUNT, "spare"])
    assert set(waiting) == {ACCOUNT}
    assert waiting[ACCOUNT] == {first.id: 4, first.id + 1: 1}

"""Fan-out: who is in the snapshot, what the counters say, which chats get it."""

from datetime import timedelta

from sqlalchemy import select, update

from announcements.types import AnnouncementState, ChannelKind, DeliveryState, Device
from db import deliveries, notices, reach, recount
from db.engine import Database
from db.tables import t
from scheduler import broadcasts
from tests.makers import NOON, Commune, make_broadcast, make_chats, make_identity


async def test_every_household_below_the_audience_is_a_recipient_once(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    async with database.read() as connection:
        ids = (
            (await connection.execute(select(t.recipient.c.household_id).where(t.recipient.c.broadcast_id == row.id)))
            .scalars()
            .all()
        )
    assert sorted(ids) == sorted(commune.households.values())


async def test_the_next_village_is_not_in_the_audience(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.villages["Thu Quế"]])
    async with database.read() as connection:
        ids = set(
            (
                await connection.execute(select(t.recipient.c.household_id).where(t.recipient.c.broadcast_id == row.id))
            ).scalars()
        )
    assert commune.households["Chị Mai"] not in ids
    assert len(ids) == 3


async def test_a_household_that_left_is_not_in_the_audience(database: Database, commune: Commune) -> None:
    async with database.write() as connection:
        await connection.execute(
            update(t.household).where(t.household.c.id == commune.households["Bà Lan"]).values(left_at=NOON)
        )
    row = await make_broadcast(database, [commune.root])
    async with database.read() as connection:
        report = await reach.report(connection, row.id, row.published_at)
    assert report.total.audience == 5


async def test_the_counters_of_every_area_hold_its_whole_subtree(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    async with database.read() as connection:
        areas = await reach.areas_of(connection, row.id)
    assert [(area.name, area.figures.audience) for area in areas] == [
        ("Xã Thử", 6), ("Thôn Thu Quế", 3), ("Tổ 1", 2), ("Tổ 2", 1), ("Thôn Thống Nhất", 3), ("Tổ 1", 2), ("Tổ 2", 1),
    ]  # fmt: skip


async def test_two_audience_areas_add_up_to_one_total(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"], commune.groups["Thống Nhất 2"]])
    async with database.read() as connection:
        report = await reach.report(connection, row.id, row.published_at)
    assert report.total.audience == 3
    assert [area.parent_id for area in report.areas] == [None, None]


async def test_each_active_chat_below_gets_one_delivery_and_the_board_none(
    database: Database, commune: Commune
) -> None:
    await make_chats(database, [*commune.villages.values(), *commune.groups.values()])
    row = await make_broadcast(database, [commune.root])
    async with database.read() as connection:
        found = await deliveries.listing(connection, row.id, list(DeliveryState))
    assert len(found) == 6
    assert {one.channel for one in found} == {ChannelKind.TELEGRAM}


async def test_where_no_chat_serves_the_board_does(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.villages["Thu Quế"]])
    row = await make_broadcast(database, [commune.root])
    async with database.read() as connection:
        found = await deliveries.listing(connection, row.id, list(DeliveryState))
    assert sorted((one.channel, one.area) for one in found) == [
        ("board", "thong-nhat-to-1"), ("board", "thong-nhat-to-2"), ("telegram", "thu-que"),
    ]  # fmt: skip


async def test_reachable_means_a_way_the_household_can_use(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.villages["Thu Quế"]])
    async with database.write() as connection:
        await connection.execute(
            update(t.household)
            .where(t.household.c.id.in_([commune.households["Ông Hải"], commune.households["Ông Bình"]]))
            .values(device=Device.NONE)
        )
    await make_identity(database, commune.households["Ông Bình"], "77")
    await make_identity(database, commune.households["Chị Mai"], "78")
    row = await make_broadcast(database, [commune.root])
    async with database.read() as connection:
        rows = await connection.execute(
            select(t.recipient.c.household_id).where(t.recipient.c.broadcast_id == row.id, t.recipient.c.reachable)
        )
        reachable = set(rows.scalars())
    names = {household: head for head, household in commune.households.items()}
    assert {names[household] for household in reachable} == {"Bà Lan", "Ông Bình", "Chị Mai"}


async def test_publishing_twice_fans_out_once(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    async with database.write() as connection:
        assert not await broadcasts.publish(connection, row.id, NOON)


async def test_a_broadcast_waits_for_its_time(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root], due_at=NOON + timedelta(hours=1), publish=False)
    assert await broadcasts.publish_due(database, NOON) == []
    assert await broadcasts.publish_due(database, NOON + timedelta(hours=1)) == [row.id]


async def test_a_broadcast_past_its_validity_is_missed_and_never_sent(database: Database, commune: Commune) -> None:
    row = await make_broadcast(
        database, [commune.root], due_at=NOON, valid_until=NOON + timedelta(hours=1), publish=False
    )
    assert await broadcasts.publish_due(database, NOON + timedelta(hours=2)) == []
    async with database.read() as connection:
        assert (await notices.by_id(connection, row.id)).state is AnnouncementState.MISSED


async def test_counters_and_rows_agree_after_fan_out(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    async with database.read() as connection:
        assert await recount.differences(connection, row.id) == {}

"""Fan-out: who is in the snapshot, what the counters say, which chats get it."""

from datetime import timedelta

from sqlalchemy import select, update

from announcements.reach import Answer
from announcements.types import AnnouncementState, ChannelKind, DeliveryState, Device, How
from db.announcing import fanout, notices
from db.answering import answers
from db.answering.answers import Record
from db.counting import reach, recount
from db.dispatch import deliveries
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


async def test_a_chat_above_the_audience_does_not_serve_it_so_the_board_does(
    database: Database, commune: Commune
) -> None:
    """The village's chat must not hear of what is for one of its groups, and the group must hear all the same."""
    await make_chats(database, [commune.villages["Thu Quế"]])
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    async with database.read() as connection:
        found = await deliveries.listing(connection, row.id, list(DeliveryState))
        report = await reach.report(connection, row.id, NOON)
    assert [(one.channel, one.area) for one in found] == [(ChannelKind.BOARD, "thu-que-to-1")]
    assert report.total.reachable == 0


async def test_households_still_in_a_retired_area_are_counted(database: Database, commune: Commune) -> None:
    retired = [commune.groups["Thu Quế 1"].id, commune.villages["Thu Quế"].id, commune.groups["Thu Quế 2"].id]
    async with database.write() as connection:
        await connection.execute(update(t.area).where(t.area.c.id.in_(retired)).values(retired_at=NOON))
        await connection.execute(
            update(t.household).where(t.household.c.head_name == "Ông Bình").values(left_at=NOON)
        )  # fmt: skip
    row = await make_broadcast(database, [commune.root])
    async with database.write() as connection:
        record = Record(row.id, commune.households["Bà Lan"], Answer(How.BUTTON, NOON, channel="telegram"))
        await answers.record(connection, [record])
    async with database.read() as connection:
        report = await reach.report(connection, row.id, NOON)
        assert await recount.differences(connection, row.id) == {}
    assert (report.total.audience, report.total.acknowledged) == (5, 1)
    assert "thu-que-to-2" not in {area.code for area in report.areas}


async def test_fan_out_says_how_many_it_made(database: Database, commune: Commune) -> None:
    await make_chats(database, list(commune.groups.values()))
    row = await make_broadcast(database, [commune.root], publish=False)
    paths = [commune.root.path]
    async with database.write() as connection:
        assert await fanout.snapshot(connection, row.id, paths) == 6
        await fanout.count_areas(connection, row.id, [commune.root.id], paths)
        await fanout.open_board(connection, row.id, paths)
        assert await fanout.queue(connection, row.id, paths, priority=0, now=NOON) == 4


async def test_a_chat_that_was_lost_is_tried_and_its_area_has_the_board_too(
    database: Database, commune: Commune
) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    async with database.write() as connection:
        await connection.execute(update(t.chat).values(lost_reason="blocked"))
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    async with database.read() as connection:
        found = await deliveries.listing(connection, row.id, list(DeliveryState))
        assert (await reach.report(connection, row.id, NOON)).total.reachable == 0
    assert sorted(one.channel for one in found) == [ChannelKind.BOARD, ChannelKind.TELEGRAM]


async def test_late_joiners_are_counted_apart(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.villages["Thu Quế"]])
    new = {"head_name": "Anh Năm", "representative": "Anh Năm", "address": "", "note": "", "device": Device.UNKNOWN,
           "joined_at": NOON + timedelta(days=1)}  # fmt: skip
    async with database.write() as connection:
        for code, place in (("H-901", "Thu Quế 1"), ("H-902", "Thống Nhất 1")):
            await connection.execute(
                t.household.insert().values(code=code, area_id=commune.groups[place].id, **new)
            )  # fmt: skip
    async with database.read() as connection:
        report = await reach.report(connection, row.id, row.published_at)
    assert (report.total.audience, report.late_joiners) == (3, 1)

"""What may go out and what may not any more; pieces and uploads are kept; illegal arrows are refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from announcements.deliveries import ARROWS
from announcements.types import DeliveryState, FileKind, Kind, Urgency
from db import outbox
from db.announcing import letters, notices
from db.announcing.notices import NewAnnouncement, NewFile
from db.counting import reach, recount
from db.engine import Database
from db.outbox import Settlement
from db.tables import t
from scheduler import broadcasts
from tests.makers import NOON, Commune, delivery_states, make_broadcast, make_chats, settle, take

S = DeliveryState
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("to", sorted(set(S) - {target for sources, target in ARROWS.values() if S.SENDING in sources}))
def test_a_settlement_can_only_follow_an_arrow(to: DeliveryState) -> None:
    with pytest.raises(ValueError, match=to):
        Settlement(1, "here", to, NOON)


async def test_what_came_back_after_the_withdrawal_never_goes_out(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    claimed = await take(database)
    async with database.write() as connection:
        await notices.withdraw(connection, row.announcement_id, None, NOON)
        assert await outbox.cancel(connection, row.announcement_id, NOON) == 0
    await settle(database, claimed, S.QUEUED, next_at=NOON)
    assert await take(database) == []
    assert await delivery_states(database, row.id) == [S.CANCELLED]


async def test_the_reaper_clears_what_came_back_after_the_withdrawal(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    claimed = await take(database)
    async with database.write() as connection:
        await notices.withdraw(connection, row.announcement_id, None, NOON)
    await settle(database, claimed, S.QUEUED, next_at=NOON + HOUR)
    async with database.write() as connection:
        await outbox.expire(connection, NOON)
    assert await delivery_states(database, row.id) == [S.CANCELLED]


async def test_nothing_past_its_use_is_claimed_between_two_beats(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"], commune.groups["Thu Quế 2"]])
    row = await make_broadcast(database, [commune.villages["Thu Quế"]], valid_until=NOON + HOUR)
    assert len(await take(database, most=1, now=NOON + HOUR - timedelta(seconds=1))) == 1
    assert await take(database, now=NOON + HOUR) == []
    assert await delivery_states(database, row.id) == sorted([S.SENDING, S.EXPIRED])


async def test_what_is_with_a_person_expires_and_is_cancelled_too(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    late = await make_broadcast(database, [commune.groups["Thu Quế 1"]], valid_until=NOON + HOUR)
    gone = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    await settle(database, await take(database), S.HANDED)
    async with database.write() as connection:
        assert await outbox.cancel(connection, gone.announcement_id, NOON) == 1
        assert await outbox.expire(connection, NOON + HOUR) == 1
    assert await delivery_states(database, late.id) == [S.EXPIRED]
    assert await delivery_states(database, gone.id) == [S.CANCELLED]


@pytest.mark.parametrize(
    ("urgency", "attempts", "to"),
    [(Urgency.NORMAL, 1, S.UNCONFIRMED), (Urgency.URGENT, 1, S.QUEUED), (Urgency.EMERGENCY, 5, S.QUEUED),
     (Urgency.EMERGENCY, 6, S.UNCONFIRMED)],
)  # fmt: skip
async def test_a_lost_lease_repeats_only_what_is_urgent(
    database: Database, commune: Commune, urgency: Urgency, attempts: int, to: DeliveryState
) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]], urgency=urgency)
    await take(database)
    async with database.write() as connection:
        await connection.execute(update(t.delivery).values(attempts=attempts))
        assert await outbox.release(connection, NOON + timedelta(seconds=30), 6) == 0
        assert await outbox.release(connection, NOON + timedelta(seconds=31), 6) == 1
    assert await delivery_states(database, row.id) == [to]


async def test_only_the_leases_of_the_dead_are_released(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"], commune.groups["Thu Quế 2"]])
    row = await make_broadcast(database, [commune.villages["Thu Quế"]])
    await take(database, lease="dead", most=1)
    await take(database, lease="living", most=1)
    async with database.write() as connection:
        assert await outbox.release(connection, NOON, 6, only_living="living") == 1
    assert await delivery_states(database, row.id) == sorted([S.SENDING, S.UNCONFIRMED])


async def test_a_claim_takes_no_more_than_asked_and_the_oldest_of_the_most_urgent(
    database: Database, commune: Commune
) -> None:
    await make_chats(database, list(commune.groups.values()))
    normal = await make_broadcast(database, [commune.root])
    urgent = await make_broadcast(database, [commune.root], urgency=Urgency.URGENT)
    first = await take(database, most=3)
    rest = await take(database)
    assert [one.broadcast_id for one in [*first, *rest]] == [urgent.id] * 4 + [normal.id] * 4
    for batch in ([one.id for one in first], [one.id for one in rest[1:]]):
        assert batch == sorted(batch)
    assert {one.urgency for one in first} == {Urgency.URGENT}


async def test_the_next_moment_of_work_is_that_of_the_earliest(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"], commune.groups["Thu Quế 2"]])
    await make_broadcast(database, [commune.villages["Thu Quế"]])
    one, other = await take(database)
    await settle(database, [one], S.QUEUED, next_at=NOON + 2 * HOUR)
    await settle(database, [other], S.QUEUED, next_at=NOON + HOUR)
    async with database.read() as connection:
        assert await outbox.next_at(connection, "telegram") == NOON + HOUR
        assert await outbox.next_at(connection, "another account") is None


async def test_pieces_that_are_out_survive_every_way_back_to_the_queue(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]], urgency=Urgency.URGENT)
    await settle(database, await take(database), S.QUEUED, next_at=NOON)
    (one,) = await take(database, now=NOON)
    assert one.done == ("5",)
    async with database.write() as connection:
        await outbox.release(connection, NOON + HOUR, 6)
    (one,) = await take(database, now=NOON + HOUR)
    assert one.done == ("5",)
    await settle(database, [one], S.FAILED)
    async with database.write() as connection:
        await outbox.resend(connection, row.id, [S.FAILED], NOON + HOUR)
    (one,) = await take(database, now=NOON + HOUR)
    assert (one.done, one.attempts) == (("5",), 1)


async def test_a_file_is_uploaded_once_for_all_chats_of_an_account(database: Database, commune: Commune) -> None:
    await make_chats(database, list(commune.groups.values()))
    new = NewAnnouncement(Kind.NOTICE, Urgency.NORMAL, "Họp", "Mời họp.", [commune.root.id], NOON,
                          files=[NewFile(FileKind.PHOTO, "a.jpg", "a.jpg", 3)])  # fmt: skip
    async with database.write() as connection:
        broadcast_id = await notices.create(connection, new, NOON)
        await broadcasts.publish(connection, broadcast_id, NOON)
        (file,) = (await letters.letter(connection, broadcast_id)).files
    for number, one in enumerate(await take(database)):
        async with database.write() as connection:
            sent = Settlement(one.id, "here", S.SENT, NOON, uploaded={file.id: f"remote {number}"}, account="telegram")
            assert await outbox.settle(connection, [sent]) == [True]
    async with database.read() as connection:
        assert await letters.uploaded(connection, "telegram", [file.id]) == {file.id: "remote 0"}
        assert await letters.uploaded(connection, "another", [file.id]) == {}


async def test_a_chat_that_serves_another_area_since_changes_no_figure(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"], commune.groups["Thu Quế 2"]])
    row = await make_broadcast(database, [commune.root])
    claimed = await take(database)
    async with database.write() as connection:
        other = commune.groups["Thống Nhất 1"].id
        await connection.execute(update(t.chat).where(t.chat.c.id == claimed[0].chat_id).values(area_id=other))
    await settle(database, claimed)
    async with database.read() as connection:
        assert await recount.differences(connection, row.id) == {}
        sent = {area.area_id for area in await reach.areas_of(connection, row.id) if area.figures.sent}
        areas = await connection.execute(select(t.delivery.c.area_id).where(t.delivery.c.state == S.SENT))
        assert set(areas.scalars()) == {commune.groups["Thu Quế 1"].id, commune.groups["Thu Quế 2"].id}
    assert other not in sent

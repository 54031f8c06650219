"""Answers of and about households: stored once, counted exactly, revocable, the counters always what the rows say."""

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from announcements.reach import Answer, Figures
from announcements.types import DeliveryState, Grade, How, Outcome, Reason, Role
from db import outbox
from db.access import people
from db.announcing import notices
from db.answering import answers, undoing
from db.answering.answers import Record, Verdict
from db.answering.undoing import Revocation
from db.counting import doors, reach, recount
from db.engine import Database
from db.tables import t
from db.writer import Writer
from tests.makers import NOON, Commune, make_broadcast, make_chats


def said(broadcast: int, household: int, how: How = How.BUTTON, grade: Grade = Grade.RECEIVED, *, who: str = "1",
         minutes: int = 0, staff: int | None = None) -> Record:  # fmt: skip
    channel = "telegram" if how is How.BUTTON else "board" if how is How.BOARD else ""
    reason = Reason.AWAY if how is How.UNREACHABLE else None
    at = NOON + timedelta(minutes=minutes)
    return Record(broadcast, household, Answer(how, at, grade, channel, reason), staff_id=staff, external_id=who)


async def figures(database: Database, broadcast: int) -> Figures:
    async with database.read() as connection:
        assert await recount.differences(connection, broadcast) == {}
        return (await reach.report(connection, broadcast, NOON)).total


async def test_one_household_is_one_tick_however_many_press(
    database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root])
    lan = commune.households["Bà Lan"]
    presses = [said(row.id, lan, who=who) for who in "112233"]
    results = await writer.submit_all(answers.record, presses)
    assert [one.verdict for one in results] == [Verdict.NEW, *[Verdict.KEPT] * 5]
    assert (await figures(database, row.id)).acknowledged == 1
    async with database.read() as connection:
        stored = (await connection.execute(select(func.count()).select_from(t.acknowledgement))).scalar_one()
    assert stored == 3  # each member's answer once


async def test_a_household_outside_the_audience_is_not_counted(
    database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.villages["Thu Quế"]])
    result = await writer.submit(answers.record, said(row.id, commune.households["Chị Mai"]))
    assert result.verdict is Verdict.NOT_IN_AUDIENCE
    assert (await figures(database, row.id)).acknowledged == 0


async def test_what_they_say_themselves_moves_them_out_of_told_in_person(
    database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root])
    lan = commune.households["Bà Lan"]
    await writer.submit(answers.record, said(row.id, lan, How.MET))
    assert (await figures(database, row.id)).told_in_person == 1
    await writer.submit(answers.record, said(row.id, lan, How.BOARD, Grade.WILL_ATTEND))
    total = await figures(database, row.id)
    assert (total.told_in_person, total.acknowledged, total.open) == (0, 1, 5)
    async with database.read() as connection:
        found = await reach.report(connection, row.id, NOON)
    assert (found.by_channel, found.by_grade) == ({"board": 1}, {"will_attend": 1})


async def test_a_mind_changed_twice_is_what_the_rows_say(database: Database, writer: Writer, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    lan = commune.households["Bà Lan"]
    for minutes, grade in enumerate([Grade.WILL_ATTEND, Grade.WILL_NOT_ATTEND, Grade.WILL_ATTEND]):
        await writer.submit(answers.record, said(row.id, lan, grade=grade, minutes=minutes))
    await writer.submit(answers.record, said(row.id, lan, How.MET, minutes=9))
    await writer.submit(undoing.revoke, Revocation(row.id, lan, None, NOON))
    async with database.read() as connection:
        assert (await reach.report(connection, row.id, NOON)).by_grade == {"will_attend": 1}


async def test_an_undo_takes_back_the_leaders_record_and_nothing_else(
    database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root])
    lan, hai = commune.households["Bà Lan"], commune.households["Ông Hải"]
    await writer.submit_all(answers.record, [said(row.id, lan, How.UNREACHABLE), said(row.id, hai)])
    await writer.submit(answers.record, said(row.id, lan, How.CALLED, minutes=1))
    undo = [Revocation(row.id, lan, None, NOON)]
    assert await writer.submit_all(undoing.revoke, undo) == [True]
    assert (await figures(database, row.id)).not_reached == 1
    assert await writer.submit_all(undoing.revoke, undo) == [True]
    assert await writer.submit_all(undoing.revoke, undo) == [False]
    assert await writer.submit_all(undoing.revoke, [Revocation(row.id, hai, None, NOON)]) == [False]
    total = await figures(database, row.id)
    assert (total.acknowledged, total.not_reached, total.open) == (1, 0, 5)


async def test_one_undo_takes_back_repeats_that_changed_nothing(
    database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root])
    lan = commune.households["Bà Lan"]
    for minutes, how in enumerate([How.CALLED, How.MET, How.SLIP, How.UNREACHABLE]):
        recorded = await writer.submit(answers.record, said(row.id, lan, how, minutes=minutes))
        assert recorded.moved is (how is How.CALLED)
    assert await writer.submit(undoing.revoke, Revocation(row.id, lan, None, NOON))
    assert (await figures(database, row.id)).open == 6
    assert not await writer.submit(undoing.revoke, Revocation(row.id, lan, None, NOON))


async def test_an_undo_stops_at_another_reason_and_at_another_person(
    database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root])
    lan, hai = commune.households["Bà Lan"], commune.households["Ông Hải"]
    other = Answer(How.UNREACHABLE, NOON, reason=Reason.HOSPITAL)
    await writer.submit(answers.record, said(row.id, lan, How.UNREACHABLE))
    assert (await writer.submit(answers.record, Record(row.id, lan, other))).moved
    assert await writer.submit(undoing.revoke, Revocation(row.id, lan, None, NOON))
    async with database.read() as connection:
        (lost,) = await doors.unreached(connection, row.id, outcomes=[Outcome.NOT_REACHED])
    assert lost.reason is Reason.AWAY
    async with database.write() as connection:
        staff = await people.add(
            connection, name="Ông Trưởng", role=Role.VILLAGE_HEAD, area_id=commune.root.id, phone=""
        )
    await writer.submit(answers.record, said(row.id, hai, How.CALLED))
    await writer.submit(answers.record, Record(row.id, hai, Answer(How.MET, NOON), staff_id=staff.id))
    assert await writer.submit(undoing.revoke, Revocation(row.id, hai, staff.id, NOON))
    assert (await figures(database, row.id)).told_in_person == 1, "what another leader recorded stays"


async def test_the_door_knock_list_is_what_is_open(database: Database, writer: Writer, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    await writer.submit(answers.record, said(row.id, commune.households["Bà Lan"]))
    await writer.submit(answers.record, said(row.id, commune.households["Ông Hải"], How.UNREACHABLE))
    async with database.read() as connection:
        everywhere = await doors.unreached(connection, row.id)
        here = await doors.unreached(connection, row.id, under=commune.villages["Thu Quế"].path)
        lost = await doors.unreached(connection, row.id, outcomes=[Outcome.NOT_REACHED])
    assert {door.head_name for door in everywhere} == {"Ông Bình", "Chị Mai", "Anh Tú", "Cụ Sáu"}
    assert [door.head_name for door in here] == ["Ông Bình"]
    assert [(door.head_name, door.reason) for door in lost] == [("Ông Hải", Reason.AWAY)]


async def test_the_door_knock_list_is_in_the_order_of_a_walk(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    walk = {"Ông Hải": "Ngõ 2", "Bà Lan": "Ngõ 10", "Anh Tú": "Số 2, ngõ 1", "Chị Mai": "Số 10, ngõ 1"}
    async with database.write() as connection:
        for head, address in walk.items():
            where = t.household.c.head_name == head
            await connection.execute(t.household.update().where(where).values(address=address))
    async with database.read() as connection:
        listed = await doors.unreached(connection, row.id)
    assert [door.head_name for door in listed] == ["Ông Hải", "Bà Lan", "Ông Bình", "Anh Tú", "Chị Mai", "Cụ Sáu"]


async def test_half_is_noted_once_when_it_is_reached(database: Database, writer: Writer, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    for minutes, household in enumerate(commune.households.values(), start=1):
        await writer.submit(answers.record, said(row.id, household, minutes=minutes))
    async with database.read() as connection:
        half = (await connection.execute(select(t.broadcast.c.half_at))).scalar_one()
    assert half == NOON + timedelta(minutes=3)


@pytest.mark.parametrize("seed", range(6))
async def test_counters_are_what_the_rows_say_after_any_history(
    database: Database, writer: Writer, commune: Commune, seed: int
) -> None:
    rng = random.Random(seed)
    await make_chats(database, [*commune.villages.values(), *commune.groups.values()])
    rows = [await make_broadcast(database, places) for places in ([commune.root], list(commune.villages.values()))]
    households = list(commune.households.values())
    for minutes in range(12):
        batch = [
            said(rng.choice(rows).id, rng.choice(households), rng.choice(list(How)), rng.choice(list(Grade)),
                 who=rng.choice("12"), minutes=minutes)
            for _ in range(rng.randint(1, 8))
        ]  # fmt: skip
        await writer.submit_all(answers.record, batch)
        await writer.submit(
            undoing.revoke, Revocation(rng.choice(rows).id, rng.choice(households), None, NOON)
        )  # fmt: skip
        async with database.write() as connection:
            claim = outbox.Claim("telegram", "here", NOON, NOON + timedelta(seconds=30), 1)
            for one in (await outbox.claim(connection, [claim]))[0]:
                to = rng.choice([DeliveryState.SENT, DeliveryState.FAILED])
                await outbox.settle(connection, [outbox.Settlement(one.id, "here", to, NOON)])
        for row in rows:
            await figures(database, row.id)


async def test_two_writers_at_once_lose_nothing_and_block_nobody(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    households = list(commune.households.values())
    async with Writer(database) as one, Writer(database) as other:
        tasks = [
            writer.submit(answers.record, said(row.id, household, who=str(number)))
            for number, writer in enumerate([one, other] * 20)
            for household in random.Random(number).sample(households, len(households))
        ]
        async with asyncio.timeout(60):
            results = await asyncio.gather(*tasks)
    assert sum(result.verdict is Verdict.NEW for result in results) == len(households)
    assert (await figures(database, row.id)).acknowledged == len(households)


async def test_a_leaders_second_tap_is_no_second_record(database: Database, writer: Writer, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    lan = commune.households["Bà Lan"]
    await writer.submit_all(answers.record, [said(row.id, lan, How.MET, minutes=minutes) for minutes in (0, 1)])
    await writer.submit(answers.record, said(row.id, lan, How.MET, minutes=2))
    assert await writer.submit(undoing.revoke, Revocation(row.id, lan, None, NOON))
    assert (await figures(database, row.id)).told_in_person == 0
    assert not await writer.submit(undoing.revoke, Revocation(row.id, lan, None, NOON))
    await writer.submit(answers.record, said(row.id, lan, How.MET, minutes=3))
    assert (await figures(database, row.id)).told_in_person == 1


async def test_the_latest_reason_holds_even_when_it_was_given_before(
    database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root])
    lan = commune.households["Bà Lan"]
    for minutes, reason in enumerate((Reason.AWAY, Reason.HOSPITAL, Reason.AWAY)):
        answer = Answer(How.UNREACHABLE, NOON + timedelta(minutes=minutes), reason=reason)
        await writer.submit(answers.record, Record(row.id, lan, answer))
    async with database.read() as connection:
        (door,) = await doors.unreached(connection, row.id, outcomes=[Outcome.NOT_REACHED])
    assert door.reason is Reason.AWAY


async def test_half_of_one_broadcast_is_not_timed_by_an_answer_to_another(
    database: Database, writer: Writer, commune: Commune
) -> None:
    small = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    large = await make_broadcast(database, [commune.root])
    lan = commune.households["Bà Lan"]
    await writer.submit_all(answers.record, [said(small.id, lan, minutes=5), said(large.id, lan, minutes=50)])
    async with database.read() as connection:
        assert (await notices.by_id(connection, small.id)).half_at == NOON + timedelta(minutes=5)
        assert (await notices.by_id(connection, large.id)).half_at is None

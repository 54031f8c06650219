"""Acknowledgements counted by time on both engines, and only those of one's own area."""

from datetime import timedelta

from announcements.reach import Answer
from announcements.types import Grade, How
from db.announcing import notice_lists
from db.answering import answers
from db.answering.answers import Record
from db.counting import curves, reach
from db.engine import Database
from db.tables import t
from tests.makers import NOON, Commune, make_broadcast


async def answer(
    database: Database, commune: Commune, broadcast: int, head: str, after: float, how: How = How.BOARD
) -> None:
    """`after` seconds."""
    said = Answer(how, NOON + timedelta(seconds=after), Grade.RECEIVED, "board")
    async with database.write() as connection:
        await answers.record(connection, [Record(broadcast, commune.households[head], said)])


async def test_answers_are_counted_by_bucket_and_add_up(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    for head, after in (("Bà Lan", 0), ("Ông Hải", 59.9), ("Ông Bình", 60), ("Chị Mai", 3_600)):
        await answer(database, commune, row.id, head, after)
    await answer(database, commune, row.id, "Cụ Sáu", 130, How.MET)
    async with database.read() as connection:
        found = await curves.buckets(connection, row.id, commune.root.path, start=NOON, seconds=60)
        assert [(one.number, one.acknowledged, one.told) for one in found] == [
            (0, 2, 0),
            (1, 1, 0),
            (2, 0, 1),
            (60, 1, 0),
        ]
        assert await curves.last_answer(connection, row.id, commune.root.path) == NOON + timedelta(hours=1)
        total = (await reach.totals(connection, [row.id]))[row.id]
        assert sum(one.acknowledged for one in found) == total.acknowledged
        assert sum(one.told for one in found) == total.told_in_person


async def test_the_curve_of_a_village_holds_nobody_elses_answers(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    await answer(database, commune, row.id, "Chị Mai", 600)
    async with database.read() as connection:
        path = commune.villages["Thu Quế"].path
        assert await curves.last_answer(connection, row.id, path) is None
        assert await curves.buckets(connection, row.id, path, start=NOON, seconds=60) == []


async def test_an_answer_before_the_start_is_in_the_first_bucket(database: Database, commune: Commune) -> None:
    row = await make_broadcast(database, [commune.root])
    await answer(database, commune, row.id, "Bà Lan", -5)
    async with database.read() as connection:
        (one,) = await curves.buckets(connection, row.id, commune.root.path, start=NOON, seconds=60)
    assert (one.number, one.acknowledged) == (0, 1)


async def test_what_went_to_a_group_comes_to_the_village_it_lies_in_now(database: Database, commune: Commune) -> None:
    group, village = commune.groups["Thu Quế 1"], commune.villages["Thống Nhất"]
    whole = await make_broadcast(database, [commune.root])
    own = await make_broadcast(database, [group])
    await answer(database, commune, whole.id, "Bà Lan", 1)
    async with database.write() as connection:
        path = village.path + group.path[-8:]
        await connection.execute(t.area.update().where(t.area.c.id == group.id).values(path=path, parent_id=village.id))
    async with database.read() as connection:
        totals = await reach.totals_under(connection, [whole.id, own.id], village.path)
        left = await reach.totals_under(connection, [whole.id, own.id], commune.villages["Thu Quế"].path)
        found, _ = await notice_lists.search(connection, notice_lists.Wanted(village.path), skip=0, most=9)
    assert (totals[whole.id].audience, totals[whole.id].acknowledged, totals[own.id].audience) == (5, 1, 2)
    assert left[whole.id].audience == 3  # as counted then
    assert own.id not in left
    assert {row.id for row in found} == {whole.id, own.id}

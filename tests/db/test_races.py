"""Two transactions at once: each of these was lost, doubled or stuck before the rows or people were held."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.reach import Answer
from announcements.types import ChannelKind, DeliveryState, Grade, How, Role
from db import outbox
from db.access import people
from db.announcing import notices
from db.announcing.fanout import ASSISTED
from db.announcing.notices import BroadcastRow
from db.answering import answers, presses
from db.answering.answers import Record
from db.answering.presses import Press, PressVerdict
from db.counting import reach, recount
from db.engine import Database
from db.links import identities, pending, unlinking, wishes
from db.links.identities import Joined, Link
from db.links.pending import Waiting
from db.locks import hold_people
from db.outbox import ByHand, Settlement
from db.platforms import inbox
from db.platforms.inbox import RawUpdate
from db.tables import IdentityState, Via, t
from db.writer import Writer
from scheduler import broadcasts
from tests.makers import NOON, Commune, make_broadcast, make_chats, settle, take

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

TELEGRAM = ChannelKind.TELEGRAM
STRANGER = "99"
PRESSED = Answer(How.BUTTON, NOON, channel="telegram")


async def overlapping(database: Database, first: Work[T], second: Work[T]) -> tuple[T, T]:
    """`first` has done its work but not committed when `second` begins."""

    async def other() -> T:
        async with database.write() as connection:
            return await second(connection)

    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(database.write())
        one = await first(connection)
        task = asyncio.create_task(other())
        await asyncio.wait([task], timeout=0.15)
        assert not task.done(), "the second was not held up: it looked past the first"
    return one, await asyncio.wait_for(task, 10)


@pytest.fixture
async def sent(database: Database, commune: Commune) -> BroadcastRow:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.villages["Thu Quế"]])
    await settle(database, await take(database))
    return row


def press(commune: Commune, row: BroadcastRow) -> Press:
    address = f"-100{commune.groups['Thu Quế 1'].id:05}"
    return Press("telegram", TELEGRAM, address, STRANGER, row.code, Grade.RECEIVED, NOON)


def link(commune: Commune, head: str = "Bà Lan") -> Link:
    return Link(TELEGRAM, STRANGER, commune.households[head], Via.CARD, NOON)


async def test_an_update_told_to_two_processes_at_once_is_handled_by_one(database: Database) -> None:
    update = RawUpdate("telegram", "7", "{}", NOON)
    first, second = await overlapping(
        database,
        lambda connection: inbox.store(connection, [update]),
        lambda connection: inbox.store(connection, [update]),
    )
    assert first[0] is not None
    assert second == [None]


async def test_a_press_beside_a_link_not_committed_yet_counts(
    database: Database, commune: Commune, sent: BroadcastRow
) -> None:
    _, pressed = await overlapping(
        database,
        lambda connection: identities.link(connection, [link(commune)]),
        lambda connection: presses.press(connection, [press(commune, sent)]),
    )
    assert pressed[0].verdict is PressVerdict.RECORDED


async def test_a_link_beside_a_press_not_committed_yet_credits_it(
    database: Database, commune: Commune, sent: BroadcastRow
) -> None:
    _, linked = await overlapping(
        database,
        lambda connection: presses.press(connection, [press(commune, sent)]),
        lambda connection: identities.link(connection, [link(commune)]),
    )
    assert linked[0].credited == 1


async def test_an_account_linked_twice_at_once_stands_for_one_household(database: Database, commune: Commune) -> None:
    await overlapping(
        database,
        lambda connection: identities.link(connection, [link(commune, "Bà Lan")]),
        lambda connection: identities.link(connection, [link(commune, "Chị Mai")]),
    )
    async with database.read() as connection:
        rows = await identities.of(connection, TELEGRAM, STRANGER)
    assert [row.head_name for row in rows] == ["Chị Mai"]


async def test_of_two_leaders_who_answer_at_once_one_decides(database: Database, commune: Commune) -> None:
    async with database.write() as connection:
        identity = await wishes.ask(connection, link(commune))
        staff = await people.add(connection, name="Ông Tư", role=Role.VILLAGE_HEAD, area_id=commune.root.id)
    approved, refused = await overlapping(
        database,
        lambda connection: wishes.decide(connection, identity, approve=True, staff_id=staff.id, now=NOON),
        lambda connection: wishes.decide(connection, identity, approve=False, staff_id=staff.id, now=NOON),
    )
    assert approved is not None
    assert refused is None
    async with database.read() as connection:
        row = await identities.by_id(connection, identity)
    assert row is not None
    assert row.state is IdentityState.LINKED


@pytest.fixture
async def handed(database: Database, commune: Commune) -> BroadcastRow:
    """A notice that a person is to post in one chat."""
    group = commune.groups["Thu Quế 1"]
    await make_chats(database, [group], account=ASSISTED, channel=ChannelKind.ASSISTED)
    row = await make_broadcast(database, [group])
    await settle(database, await take(database, account=ASSISTED), DeliveryState.HANDED)
    return row


@pytest.mark.parametrize("posted_first", [True, False])
async def test_of_what_is_posted_and_withdrawn_at_once_somebody_is_told_to_take_it_back(
    database: Database, handed: BroadcastRow, posted_first: bool
) -> None:
    d = t.delivery
    async with database.read() as connection:
        chats = (await connection.execute(select(d.c.chat_id).where(d.c.state == DeliveryState.HANDED))).scalars().all()

    async def post(connection: AsyncConnection) -> None:
        assert await outbox.post(connection, ByHand(handed.id, chats, None, NOON, NOON)) == chats

    async def withdraw(connection: AsyncConnection) -> None:
        assert await notices.withdraw(connection, handed.announcement_id, None, NOON)
        await outbox.cancel(connection, handed.announcement_id, NOON)

    await overlapping(database, *((post, withdraw) if posted_first else (withdraw, post)))
    async with database.read() as connection:
        found = await connection.execute(select(d.c.state, d.c.nudges, d.c.nudge_at).where(d.c.chat_id.in_(chats)))
        assert found.all() == [(DeliveryState.SENT, 0, NOON)]


async def test_a_leader_and_a_card_at_once_do_not_wait_for_each_other(database: Database, commune: Commune) -> None:
    async with database.write() as connection:
        wish = await wishes.ask(connection, link(commune, "Bà Lan"))

    async def approve() -> Joined | None:
        async with database.write() as connection:
            return await wishes.decide(connection, wish, approve=True, staff_id=None, now=NOON)

    async with database.write() as connection:
        await hold_people(connection, [(TELEGRAM, STRANGER)])  # whoever links begins so
        task = asyncio.create_task(approve())
        await asyncio.wait([task], timeout=0.15)
        await identities.link(connection, [link(commune, "Ông Hải")])
    assert await asyncio.wait_for(task, 10) is None  # overtaken
    async with database.read() as connection:
        rows = await identities.of(connection, TELEGRAM, STRANGER)
    assert [row.head_name for row in rows] == ["Ông Hải"]


async def test_a_wish_beside_a_link_not_committed_yet_does_not_undo_it(database: Database, commune: Commune) -> None:
    await overlapping(
        database,
        lambda connection: identities.link(connection, [link(commune)]),
        lambda connection: wishes.ask(connection, link(commune)),
    )
    async with database.read() as connection:
        assert len(await identities.of(connection, TELEGRAM, STRANGER)) == 1


async def test_a_link_put_back_beside_another_not_committed_yet_stays_off(database: Database, commune: Commune) -> None:
    async with database.write() as connection:
        await identities.link(connection, [link(commune, "Bà Lan")])
        (old,) = await identities.of(connection, TELEGRAM, STRANGER)
        assert await unlinking.take_off(connection, old.household_id, old.id, NOON)
    _, back = await overlapping(
        database,
        lambda connection: identities.link(connection, [link(commune, "Chị Mai")]),
        lambda connection: unlinking.put_back(connection, old.household_id, old.id, NOON),
    )
    assert back is None
    async with database.read() as connection:
        rows = await identities.of(connection, TELEGRAM, STRANGER)
    assert [row.head_name for row in rows] == ["Chị Mai"]


async def test_a_link_put_back_credits_what_was_pressed_without_it(
    database: Database, commune: Commune, sent: BroadcastRow
) -> None:
    async with database.write() as connection:
        await identities.link(connection, [link(commune)])
        (old,) = await identities.of(connection, TELEGRAM, STRANGER)
        assert await unlinking.take_off(connection, old.household_id, old.id, NOON)
        assert (await presses.press(connection, [press(commune, sent)]))[0].verdict is PressVerdict.STRANGER
        assert await unlinking.put_back(connection, old.household_id, old.id, NOON) == Joined((sent.id,))
        assert await unlinking.put_back(connection, old.household_id, old.id, NOON) is None
    async with database.read() as connection:
        assert (await reach.report(connection, sent.id, NOON)).total.acknowledged == 1


async def test_fifty_people_link_in_two_processes_at_once_and_all_count(
    database: Database, commune: Commune, caplog: pytest.LogCaptureFixture
) -> None:
    """Half of them with the same card; they had answered two notices, in either order."""
    rows = [await make_broadcast(database, [commune.root]) for _ in range(2)]
    heads = ["Bà Lan", *list(commune.households)[1:]]
    people_ = [str(number) for number in range(50)]
    answered = [
        Waiting(TELEGRAM, person, row.id, Grade.RECEIVED, NOON)
        for number, person in enumerate(people_)
        for row in (rows if number % 2 else rows[::-1])
    ]
    async with database.write() as connection:
        await pending.keep(connection, answered)
    links = [
        Link(TELEGRAM, person, commune.households[heads[0 if number % 2 else number // 2 % len(heads)]], Via.CARD, NOON)
        for number, person in enumerate(people_)
    ]

    async with Writer(database) as one, Writer(database) as other, asyncio.timeout(60):
        joined = await asyncio.gather(
            *(one.submit(identities.link, it) for it in links),
            *(other.submit(identities.link, it) for it in links[::-1]),
        )
    assert sum(each.credited for each in joined) == len(answered)
    assert "writer_again" not in [getattr(record, "action", "") for record in caplog.records]
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(t.pending_press)) == 0
        linked = select(func.count()).select_from(t.identity).where(t.identity.c.state == IdentityState.LINKED)
        assert await connection.scalar(linked) == len(people_)
        for row in rows:
            assert (await reach.report(connection, row.id, NOON)).total.acknowledged == len(heads)
            assert await recount.differences(connection, row.id) == {}


async def test_a_village_and_its_group_settled_at_once_count_each_household_once(
    database: Database, commune: Commune
) -> None:
    await make_chats(database, [commune.villages["Thu Quế"], commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.root])
    village, group = await take(database)
    await overlapping(
        database,
        lambda connection: outbox.settle(connection, [Settlement(group.id, "here", DeliveryState.SENT, NOON)]),
        lambda connection: outbox.settle(connection, [Settlement(village.id, "here", DeliveryState.SENT, NOON)]),
    )
    async with database.read() as connection:
        assert await recount.differences(connection, row.id) == {}
        assert (await reach.report(connection, row.id, NOON)).total.sent == 3


async def test_a_broadcast_published_by_two_processes_at_once_goes_out_once(
    database: Database, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root], publish=False)
    assert await overlapping(
        database,
        lambda connection: broadcasts.publish(connection, row.id, NOON),
        lambda connection: broadcasts.publish(connection, row.id, NOON),
    ) == (True, False)


async def test_a_look_shows_one_moment_however_many_statements_it_takes(
    database: Database, commune: Commune, sent: BroadcastRow
) -> None:
    async with database.read() as connection:
        before = (await reach.report(connection, sent.id, NOON)).total
        async with database.write() as other:
            record = Record(sent.id, commune.households["Bà Lan"], PRESSED)
            await answers.record(other, [record])
        assert (await reach.report(connection, sent.id, NOON)).total == before
        assert await recount.differences(connection, sent.id) == {}


async def test_two_writers_that_wait_for_each_other_both_get_through(database: Database, commune: Commune) -> None:
    """Only PostgreSQL can end up there; SQLite's second writer waits before it begins."""
    both = asyncio.Barrier(2)
    ids = [commune.households["Bà Lan"], commune.households["Ông Hải"]]
    met: set[int] = set()

    async def rename(connection: AsyncConnection, intents: Sequence[int]) -> list[int]:
        h = t.household
        (way,) = intents
        for number, household in enumerate(ids[::way]):
            if number == 1 and way not in met and database.is_postgres:
                met.add(way)
                await both.wait()
            await connection.execute(h.update().where(h.c.id == household).values(note=h.c.note + "x"))
        return [way]

    async with Writer(database) as one, Writer(database) as other, asyncio.timeout(30):
        assert await asyncio.gather(one.submit(rename, 1), other.submit(rename, -1)) == [1, -1]
    async with database.read() as connection:
        notes = await connection.execute(select(t.household.c.note).where(t.household.c.id.in_(ids)))
        assert set(notes.scalars()) == {"xx"}


async def test_a_writer_given_up_half_way_leaves_no_lock_behind(database: Database) -> None:
    begun = asyncio.Event()

    async def forever() -> None:
        async with database.write() as connection:
            await inbox.store(connection, [RawUpdate("telegram", "1", "{}", NOON)])
            begun.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(forever())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), database.write() as connection:
        assert (await inbox.store(connection, [RawUpdate("telegram", "1", "{}", NOON)]))[0] is not None
        count = await connection.execute(select(func.count()).select_from(t.inbox))
        assert count.scalar_one() == 1


async def test_recorders_and_senders_of_two_processes_lose_nothing(database: Database, commune: Commune) -> None:
    await make_chats(database, [*commune.villages.values(), *commune.groups.values()])
    rows = [await make_broadcast(database, [commune.root]) for _ in range(3)]
    households = list(commune.households.values())

    async def send(writer: Writer, lease: str) -> None:
        while True:
            claim = outbox.Claim("telegram", lease, NOON, NOON + timedelta(seconds=30), 2)
            claimed = await writer.submit(outbox.claim, claim)
            if not claimed:
                return
            await writer.submit_all(
                outbox.settle, [Settlement(one.id, lease, DeliveryState.SENT, NOON, button_id="5") for one in claimed]
            )

    async def tell(writer: Writer, order: int) -> None:
        for row in rows[::order]:
            for household in households[::order]:
                await writer.submit(
                    answers.record,
                    Record(row.id, household, PRESSED, external_id=str(order)),
                )

    async with Writer(database) as one, Writer(database) as other, asyncio.timeout(60):
        await asyncio.gather(send(one, "one"), send(other, "other"), tell(one, 1), tell(other, -1))
    async with database.read() as connection:
        for row in rows:
            total = (await reach.report(connection, row.id, NOON)).total
            assert (total.sent, total.acknowledged) == (6, 6)
            assert await recount.differences(connection, row.id) == {}

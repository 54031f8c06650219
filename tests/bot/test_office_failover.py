"""An account is down and others take over: every group gets exactly one copy, whoever moves and whatever happens
meanwhile."""

import asyncio

import pytest

from announcements.failover import Choice, Fate
from announcements.mistakes import Mistake, NotAllowed
from announcements.types import ChannelKind, DeliveryState, Role, Urgency
from bot.account_settings import TelegramAccount
from bot.config import Settings
from bot.context import Context
from bot.office import announcing, failover
from db import accounts, chats, deliveries, notices, outbox, people, reach, recount
from db.accounts import Health
from db.engine import Database
from db.notices import BroadcastRow
from db.people import StaffRow
from db.tables import t
from db.writer import Writer
from tests.makers import NOON, Commune, make_broadcast, make_chats, settle, take

S = DeliveryState
DOWN, OTHER = "telegram", "second"
ANY = Choice()


def settings(*names: str) -> Settings:
    return Settings(accounts=[TelegramAccount(name=name, channel="telegram", token=f"1:{name}") for name in names])


@pytest.fixture
async def context(database: Database, writer: Writer, commune: Commune) -> Context:
    """Two accounts, one of them down; its chats serve all four groups."""
    async with database.write() as connection:
        for name in (DOWN, OTHER):
            await accounts.register(connection, name, ChannelKind.TELEGRAM)
        await accounts.note_health(connection, [Health(DOWN, NOON, "no connection")])
    await make_chats(database, list(commune.groups.values()), account=DOWN)
    return Context(settings(DOWN, OTHER), database, writer, b"secret", clock=lambda: NOON)


async def reserves(context: Context, commune: Commune, *places: str) -> None:
    """The other account has a chat in reserve there."""
    chosen = [commune.groups[place] for place in places or tuple(commune.groups)]
    await make_chats(context.database, chosen, account=OTHER, reserve=True)


async def found(context: Context, row: BroadcastRow) -> list[tuple[str, str, S]]:
    """Area, account and state of each delivery."""
    async with context.database.read() as connection:
        rows = await deliveries.listing(connection, row.id, list(S))
    return [(one.area, one.account, one.state) for one in rows]


async def states(context: Context, row: BroadcastRow, account: str) -> list[S]:
    return sorted(state for _, name, state in await found(context, row) if name == account)


async def end(context: Context, to: S, *, most: int = 100, **how: object) -> None:
    """What the account that is down made of its deliveries."""
    claimed = await take(context.database, account=DOWN, most=most)
    async with context.database.write() as connection:
        ends = [outbox.Settlement(one.id, "here", to, NOON, **how) for one in claimed]  # type: ignore[arg-type]
        await outbox.settle(connection, ends)


async def test_reserve_chats_get_nothing_by_themselves(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    assert {account for _, account, _ in await found(context, row)} == {DOWN}


async def test_a_reserve_chat_alone_leaves_its_area_to_the_board(context: Context, commune: Commune) -> None:
    async with context.database.write() as connection:
        await connection.execute(t.chat.update().values(active=False))
    await reserves(context, commune, "Thu Quế 1")
    row = await make_broadcast(context.database, [commune.groups["Thu Quế 1"]])
    assert [account for _, account, _ in await found(context, row)] == ["board"]


@pytest.mark.parametrize("ended", [S.QUEUED, S.FAILED])
async def test_what_is_stuck_goes_to_the_other_account_and_counts_once(
    context: Context, commune: Commune, ended: S
) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    await end(context, ended, next_at=NOON, error="TryLater: no connection")
    rung: list[bool] = []
    context.ring = lambda: rung.append(True)
    done = await failover.move(context, DOWN, ANY)
    assert (done.counts, dict(done.to), rung) == ({Fate.MOVED: 4}, {OTHER: 4}, [True])
    assert await states(context, row, DOWN) == [S.CANCELLED] * 4
    await settle(context.database, await take(context.database, account=OTHER))
    assert await states(context, row, OTHER) == [S.SENT] * 4
    async with context.database.read() as connection:
        total = (await reach.areas_of(connection, row.id))[0].figures
        assert (total.sent, total.audience) == (6, 6)
        assert await recount.differences(connection, row.id) == {}


async def test_what_was_moved_is_never_sent_by_the_first_account_again(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    await failover.move(context, DOWN, ANY)
    assert await take(context.database, account=DOWN) == []
    assert await announcing.resend(context, row.code) == 0
    assert (await failover.move(context, DOWN, ANY)).lines == []
    async with context.database.read() as connection:
        errors = {one.error for one in await deliveries.listing(connection, row.id, [S.CANCELLED])}
    assert errors == {"đã chuyển sang second"}


async def test_what_may_have_arrived_stays_until_a_person_has_looked(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    await end(context, S.UNCONFIRMED, most=1, doubtful=True, error="Unsure: no answer in time")
    await end(context, S.FAILED, most=1, posted=("5",), error="TryLater")
    await end(context, S.QUEUED, most=1, doubtful=True, next_at=NOON, error="Unsure")
    done = await failover.move(context, DOWN, ANY)
    assert done.counts == {Fate.DOUBTFUL: 3, Fate.MOVED: 1}
    done = await failover.move(context, DOWN, Choice(unconfirmed=True))
    assert done.counts == {Fate.MOVED: 3}
    assert await states(context, row, OTHER) == [S.QUEUED] * 4


async def test_an_attempt_without_an_answer_is_remembered_whatever_later_ones_come_to(
    context: Context, commune: Commune
) -> None:
    await reserves(context, commune)
    await make_broadcast(context.database, [commune.groups["Thu Quế 1"]], urgency=Urgency.URGENT)
    await end(context, S.QUEUED, doubtful=True, next_at=NOON)
    await end(context, S.FAILED, error="TryLater: attempts used up")
    assert (await failover.look(context, DOWN, ANY)).counts == {Fate.DOUBTFUL: 1}


async def test_a_delivery_in_the_hands_of_a_sender_is_left_alone(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    mine = await take(context.database, account=DOWN, most=1)
    assert (await failover.move(context, DOWN, ANY)).counts == {Fate.MOVED: 3}
    assert await settle(context.database, mine) == [True]
    assert await states(context, row, DOWN) == [S.CANCELLED, S.CANCELLED, S.CANCELLED, S.SENT]


async def test_where_another_chat_of_the_area_has_it_the_stuck_one_is_closed(
    context: Context, commune: Commune
) -> None:
    await make_chats(context.database, [commune.groups["Thu Quế 1"]], account=OTHER)
    row = await make_broadcast(context.database, [commune.groups["Thu Quế 1"]])
    assert (await failover.look(context, DOWN, ANY)).counts == {Fate.COMING: 1}
    await settle(context.database, await take(context.database, account=OTHER))
    assert (await failover.move(context, DOWN, ANY)).counts == {Fate.CLOSED: 1}
    assert await found(context, row) == [("thu-que-to-1", DOWN, S.CANCELLED), ("thu-que-to-1", OTHER, S.SENT)]


async def test_looking_changes_nothing(context: Context, commune: Commune) -> None:
    await reserves(context, commune, "Thu Quế 1")
    row = await make_broadcast(context.database, [commune.root])
    looked = await failover.look(context, DOWN, ANY)
    assert looked.counts == {Fate.MOVED: 1, Fate.NO_WAY: 3}
    assert await states(context, row, DOWN) == [S.QUEUED] * 4
    assert looked.as_dict()["left"] == 3


async def test_a_withdrawn_notice_is_not_brought_back(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    await end(context, S.FAILED)
    async with context.database.write() as connection:
        await notices.withdraw(connection, row.announcement_id, None, NOON)
    assert (await failover.move(context, DOWN, ANY)).lines == []


async def test_an_account_that_is_down_itself_takes_nothing_over(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    await make_broadcast(context.database, [commune.root])
    async with context.database.write() as connection:
        await accounts.note_health(connection, [Health(OTHER, NOON, "unauthorised")])
    assert (await failover.look(context, DOWN, ANY)).counts == {Fate.NO_WAY: 4}
    with pytest.raises(Mistake, match="second cũng không hoạt động"):
        await failover.move(context, DOWN, Choice(to=OTHER))


@pytest.mark.parametrize(("account", "to"), [("nobody", None), (DOWN, "nobody"), ("board", None)])
async def test_an_account_nobody_knows_is_named(context: Context, account: str, to: str | None) -> None:
    with pytest.raises(Mistake, match=r"nobody|board"):
        await failover.look(context, account, Choice(to=to))


async def leader(context: Context, area_id: int, role: Role) -> StaffRow:
    async with context.database.write() as connection:
        return await people.add(connection, name="Ông Trưởng", role=role, area_id=area_id)


async def test_a_leader_moves_what_goes_to_their_own_area_and_it_is_written_down(
    context: Context, commune: Commune
) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    head = await leader(context, commune.villages["Thu Quế"].id, Role.VILLAGE_HEAD)
    assert (await failover.move(context, DOWN, ANY, head)).counts == {Fate.MOVED: 2}
    moved = {area for area, account, _ in await found(context, row) if account == OTHER}
    assert moved == {"thu-que-to-1", "thu-que-to-2"}
    async with context.database.read() as connection:
        (note,) = (await connection.execute(t.audit.select().where(t.audit.c.action == "failover"))).all()
    assert (note.actor, note.subject, note.detail["moved"]) == (head.code, DOWN, {OTHER: 2})


async def test_the_desk_officer_moves_nothing(context: Context, commune: Commune) -> None:
    clerk = await leader(context, commune.root.id, Role.DESK_OFFICER)
    with pytest.raises(NotAllowed):
        await failover.look(context, DOWN, ANY, clerk)
    with pytest.raises(NotAllowed):
        await failover.move(context, DOWN, ANY, clerk)


async def one_each(context: Context, row: BroadcastRow) -> bool:
    """Has every area exactly one delivery that lives?"""
    alive = [area for area, _, state in await found(context, row) if state is not S.CANCELLED]
    return sorted(alive) == sorted(set(alive)) and len(alive) == 4


async def test_two_people_who_move_at_once_move_once(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    done = await asyncio.gather(*(failover.move(context, DOWN, ANY) for _ in range(4)))
    assert sum(one.leaving for one in done) == 4
    assert await one_each(context, row)


async def test_a_dispatcher_that_claims_meanwhile_and_whoever_moves_share_them(
    context: Context, commune: Commune
) -> None:
    """The account comes back in the middle."""
    await reserves(context, commune)
    for _ in range(5):
        row = await make_broadcast(context.database, [commune.root])
        taken, done, more = await asyncio.gather(
            take(context.database, account=DOWN, most=2),
            failover.move(context, DOWN, ANY),
            take(context.database, account=DOWN, most=2),
        )
        claimed = [*taken, *more]
        assert len(claimed) + done.leaving == 4
        assert all(await settle(context.database, claimed))
        assert await one_each(context, row)


async def test_whoever_sends_again_while_another_moves_sends_no_second_copy(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    await end(context, S.FAILED)
    await asyncio.gather(announcing.resend(context, row.code), failover.move(context, DOWN, ANY))
    assert await one_each(context, row)


async def test_where_no_other_chat_is_left_a_person_posts_it_by_choice(context: Context, commune: Commune) -> None:
    await reserves(context, commune, "Thu Quế 1")
    first = await make_broadcast(context.database, [commune.root])
    second = await make_broadcast(context.database, [commune.root], title="Thu gom rác")
    by_hand = Choice(by_hand=True)
    assert (await failover.look(context, DOWN, by_hand)).counts == {Fate.MOVED: 2, Fate.BY_HAND: 6}
    done = await failover.move(context, DOWN, by_hand)
    assert dict(done.to) == {OTHER: 2, "assisted": 6}
    for row in (first, second):
        assert await states(context, row, "assisted") == [S.QUEUED] * 3
        assert await one_each(context, row)
    later = await make_broadcast(context.database, [commune.root], title="Họp xã")
    assert {account for _, account, _ in await found(context, later)} == {DOWN}  # made in reserve
    assert (await failover.move(context, DOWN, Choice(to="assisted"))).counts == {Fate.BY_HAND: 4}
    async with context.database.read() as connection:
        made = [chat for chat in await chats.everything(connection) if chat.account == "assisted"]
    assert (len(made), {chat.reserve for chat in made}) == (4, {True})

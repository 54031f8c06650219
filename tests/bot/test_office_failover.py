"""An account is down and others take over: every group gets exactly one copy, whoever moves and whatever happens
meanwhile."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from announcements.drafts import Draft
from announcements.failover import Choice, Fate
from announcements.mistakes import Mistake, NotAllowed
from announcements.types import ChannelKind, DeliveryState, Role, Urgency
from bot.config import Settings
from bot.config.accounts import TelegramAccount
from bot.context import Context
from bot.office.channels import failover
from bot.office.channels.failover import Move
from bot.office.notices import announcing
from bot.tidings.alarms import Alarms
from db import outbox
from db.access import people
from db.access.people import StaffRow
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.counting import reach, recount
from db.dispatch import deliveries
from db.engine import Database
from db.places import chats
from db.platforms import accounts, usage
from db.platforms.accounts import Health
from db.platforms.usage import Spent
from db.tables import t
from db.writer import Writer
from tests.bot.conftest_board import open_board
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
    with pytest.raises(Mistake, match="phải là tài khoản khác với telegram"):
        await failover.move(context, DOWN, Choice(to=DOWN))


async def test_without_accounts_nobody_knows_any(context: Context) -> None:
    context.settings = Settings()
    async with context.database.write() as connection:
        await connection.execute(t.account.delete())
    with pytest.raises(Mistake, match="chưa có tài khoản nào"):
        await failover.look(context, "nobody", Choice())


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


async def after(context: Context, minutes: int, *, fallback_to: str = OTHER) -> int:
    """The rule looks, so long after the account went down."""
    context.settings.accounts[0].fallback_to = fallback_to
    context.clock = lambda: NOON + timedelta(minutes=minutes)
    return await failover.by_rule(context)


async def test_by_rule_the_other_account_takes_over_once_it_has_lasted(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    assert await after(context, 9) == 0
    assert await after(context, 10) == 4
    assert await states(context, row, OTHER) == [S.QUEUED] * 4
    assert await after(context, 11) == 0
    later = await make_broadcast(context.database, [commune.root], title="Thu gom rác")
    assert await after(context, 12) == 4  # what is announced meanwhile follows at once
    assert await one_each(context, later)
    async with context.database.read() as connection:
        notes = (await connection.execute(t.audit.select().where(t.audit.c.action == "failover"))).all()
    assert [(note.actor, note.detail["moved"]) for note in notes] == [("failover", {OTHER: 4})] * 2


async def test_by_rule_nothing_moves_without_a_fallback_or_to_one_that_is_down(
    context: Context, commune: Commune
) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    assert await after(context, 60, fallback_to="") == 0
    async with context.database.write() as connection:
        await accounts.note_health(connection, [Health(OTHER, NOON, "unauthorised")])
    assert await after(context, 60) == 0
    assert await states(context, row, DOWN) == [S.QUEUED] * 4


async def test_by_rule_people_post_by_hand(context: Context, commune: Commune) -> None:
    row = await make_broadcast(context.database, [commune.root])
    assert await after(context, 10, fallback_to="assisted") == 4
    assert await states(context, row, "assisted") == [S.QUEUED] * 4
    async with context.database.read() as connection:
        errors = {one.error for one in await deliveries.listing(connection, row.id, [S.CANCELLED])}
    assert errors == {"đã chuyển sang đăng thủ công"}


async def test_when_it_works_again_nothing_moves_back_and_new_notices_use_it(
    context: Context, commune: Commune
) -> None:
    await reserves(context, commune)
    row = await make_broadcast(context.database, [commune.root])
    assert await after(context, 10) == 4
    async with context.database.write() as connection:
        await accounts.note_health(connection, [Health(DOWN, NOON)])
    assert await after(context, 20) == 0
    assert await states(context, row, OTHER) == [S.QUEUED] * 4
    later = await make_broadcast(context.database, [commune.root], title="Thu gom rác")
    assert await states(context, later, DOWN) == [S.QUEUED] * 4


async def told(context: Context) -> list[tuple[int, str]]:
    async with context.database.read() as connection:
        return [(row.staff_id, row.texts[0]) for row in await connection.execute(t.tiding.select())]


async def test_the_office_is_told_once_that_an_account_is_down_and_what_waits(
    context: Context, commune: Commune
) -> None:
    secretary = await leader(context, commune.root.id, Role.SECRETARY)
    await leader(context, commune.villages["Thu Quế"].id, Role.SECRETARY)
    await leader(context, commune.root.id, Role.DESK_OFFICER)
    await make_broadcast(context.database, [commune.root])
    alarms = Alarms(context)
    await alarms.look()
    assert await told(context) == []  # a slip of the line is nobody's alarm
    context.clock = lambda: NOON + timedelta(minutes=1)
    await alarms.look()
    await alarms.look()
    await Alarms(context).look()  # after a restart
    ((who, text),) = await told(context)
    assert who == secretary.id
    why = "không liên lạc được với nền tảng"
    assert text.startswith(f"Tài khoản telegram không gửi được tin từ 12:00 ({why}). Đang chờ gửi: 4 tin.")


async def test_the_office_is_told_that_a_plan_runs_out(context: Context, commune: Commune) -> None:
    await leader(context, commune.root.id, Role.SECRETARY)
    context.settings.accounts[1].most_messages_per_month = 10
    alarms = Alarms(context)
    for messages, tidings in ((7, 0), (1, 1), (0, 1), (2, 2)):
        await context.writer.submit(usage.spend, Spent(OTHER, "2026-11", messages=messages))
        await alarms.look()
        assert len(await told(context)) == tidings


async def test_a_plan_whose_groups_are_all_in_use_is_well_chosen_and_alarms_nobody(
    context: Context, commune: Commune
) -> None:
    await leader(context, commune.root.id, Role.SECRETARY)
    await reserves(context, commune, "Thu Quế 1")
    context.settings.accounts[1].most_groups = 1
    await Alarms(context).look()
    assert await told(context) == []


async def test_the_dashboard_offers_to_move_and_the_page_does_it(sqlite_database: Database, tmp_path: Path) -> None:
    async with open_board(sqlite_database, tmp_path) as village:
        context, commune = village.context, village.commune
        context.settings.accounts = settings(DOWN, OTHER).accounts
        async with context.database.write() as connection:
            for name in (DOWN, OTHER):
                await accounts.register(connection, name, ChannelKind.TELEGRAM)
            await accounts.note_health(connection, [Health(DOWN, village.now, "no connection")])
        await make_chats(context.database, list(commune.groups.values()), account=DOWN)
        await reserves(context, commune, "Thu Quế 1", "Thu Quế 2")
        row = await make_broadcast(context.database, [commune.root], now=village.now)
        async with await village.sign_in(Role.SECRETARY, "") as browser:
            page = (await browser.get("/")).text
            assert "4 tin đang kẹt" in page
            assert 'href="/accounts/telegram/failover"' in page
            preview = (await browser.get("/accounts/telegram/failover", params={"by_hand": "true"})).text
            assert "2 tin sang second" in preview
            assert "2 tin để người đăng thủ công" in preview
            assert await states(context, row, DOWN) == [S.QUEUED] * 4
            done = await browser.post("/accounts/telegram/failover", data={"by_hand": "true"}, follow_redirects=True)
            assert "Đã chuyển 4 tin" in done.text
            assert "Không có tin nào của telegram đang kẹt" in done.text
            assert (await browser.get("/accounts/nobody/failover")).status_code == 404
            assert (
                "không hoạt động nên chưa chuyển sang đó được"
                in (await browser.get("/accounts/second/failover", params={"to": "telegram"})).text
            )
        assert await states(context, row, DOWN) == [S.CANCELLED] * 4
        assert await one_each(context, row)


async def test_no_more_is_moved_than_the_other_plan_has_room_for(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    context.settings.accounts[1].most_messages_per_month = 5
    await context.writer.submit(usage.spend, Spent(OTHER, "2026-11", messages=2))
    await make_broadcast(context.database, [commune.root])
    assert (await failover.move(context, DOWN, ANY)).counts == {Fate.MOVED: 3, Fate.NO_ROOM: 1}
    assert (await failover.look(context, DOWN, ANY)).counts == {Fate.NO_ROOM: 1}  # what waits there counts already


async def test_who_moves_and_who_announces_at_once_share_what_the_plan_has_left(
    context: Context, commune: Commune
) -> None:
    await reserves(context, commune, "Thu Quế 1")
    await make_broadcast(context.database, [commune.groups["Thu Quế 1"]])
    await make_chats(context.database, [commune.groups["Thống Nhất 1"]], account=OTHER)
    context.settings.accounts[1].most_messages_per_month = 1
    draft = Draft("Thu gom rác", "Mời dự.")
    moved, announced = await asyncio.gather(
        failover.move(context, DOWN, ANY),
        announcing.announce(context, draft, to=["thong-nhat-to-1"]),
        return_exceptions=True,
    )
    assert isinstance(moved, Move)
    assert moved.counts in ({Fate.MOVED: 1}, {Fate.NO_ROOM: 1})
    assert isinstance(announced, Mistake) == (moved.counts[Fate.MOVED] == 1)


async def test_what_was_stuck_for_over_a_week_is_nobodys_news(context: Context, commune: Commune) -> None:
    await reserves(context, commune)
    old = NOON - timedelta(days=8)
    row = await make_broadcast(context.database, [commune.root], due_at=old, now=old)
    await end(context, S.FAILED, most=2)
    assert (await failover.look(context, DOWN, ANY)).lines == []
    assert await after(context, 60) == 0
    assert await states(context, row, OTHER) == []

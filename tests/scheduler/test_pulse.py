"""An account whose platform is silent is noticed from its own sends; nothing more is spent on the silence."""

import asyncio
from datetime import timedelta

import pytest

from announcements.channels import ChannelError, Refused, RefusedReason, SlowDown, TryLater, Unsure
from announcements.types import ChannelKind, DeliveryState
from db.engine import Database
from db.platforms import accounts
from db.platforms.accounts import AccountRow, Health
from db.writer import Writer
from scheduler.pulse import Pulse
from tests.doubles import ScriptedChannel
from tests.makers import NOON, Commune, make_broadcast, make_chats
from tests.scheduler.test_dispatcher import ACCOUNT, Desk

S = DeliveryState


@pytest.fixture
async def place(database: Database, commune: Commune) -> Commune:
    async with database.write() as connection:
        await accounts.register(connection, ACCOUNT, ChannelKind.TELEGRAM)
    await make_chats(database, list(commune.groups.values()))
    return commune


async def account(database: Database) -> AccountRow:
    async with database.read() as connection:
        return next(row for row in await accounts.everything(connection) if row.name == ACCOUNT)


def silence(desk: Desk, commune: Commune, error: ChannelError, times: int = 1) -> None:
    for group in commune.groups.values():
        desk.channel.will(f"-100{group.id:05}", *[error] * times)


@pytest.mark.parametrize("error", [TryLater("no connection"), Unsure("no answer in time")])
async def test_a_run_of_sends_without_an_answer_is_an_account_that_is_down(
    database: Database, writer: Writer, place: Commune, error: ChannelError
) -> None:
    desk = Desk(database, writer)
    silence(desk, place, error)
    await make_broadcast(database, [place.root])
    await desk.step()
    row = await account(database)
    assert (row.down_since, row.down_reason) == (NOON, error.detail)


@pytest.mark.parametrize("answer", [Refused(RefusedReason.BLOCKED), SlowDown(5.0), None])
async def test_any_answer_in_between_says_that_the_platform_is_there(
    answer: ChannelError | None,
) -> None:
    pulse = Pulse(ScriptedChannel())
    for address in ("1", "2"):
        assert not pulse.failed(address, Unsure())
    if answer is None:
        pulse.beat()
    else:
        assert not pulse.failed("3", answer)
    assert not pulse.failed("4", Unsure())


async def test_one_chat_alone_must_be_silent_for_longer() -> None:
    pulse = Pulse(ScriptedChannel())
    assert [pulse.failed("1", TryLater()) for _ in range(4)] == [False, False, False, True]


async def test_while_it_is_silent_nothing_is_tried_and_no_attempt_used_up(
    database: Database, writer: Writer, place: Commune
) -> None:
    desk = Desk(database, writer)
    desk.channel.well = TryLater("no connection")
    silence(desk, place, TryLater("no connection"), times=9)
    row = await make_broadcast(database, [place.root])
    await desk.step()
    stop = asyncio.Event()
    desk.clock.move(60)
    running = asyncio.create_task(desk.dispatcher.run(stop))
    await asyncio.sleep(0.3)
    assert [one.attempts for one in await desk.rows(row.id)] == [1, 1, 1, 1]
    stop.set()
    desk.dispatcher.ring()
    await running


async def test_once_it_answers_one_delivery_goes_first_and_the_account_works_again(
    database: Database, writer: Writer, place: Commune
) -> None:
    desk = Desk(database, writer)
    silence(desk, place, TryLater("no connection"))
    row = await make_broadcast(database, [place.root])
    await desk.step()
    desk.clock.move(10.1)
    assert await desk.dispatcher.listen()
    assert desk.dispatcher.room() == 1
    await desk.work()
    assert (await account(database)).down_since is None
    await desk.work()
    assert set((await desk.states(row.id)).values()) == {S.SENT}


async def test_a_platform_that_says_its_name_and_takes_nothing_is_tried_once_a_minute(
    database: Database, writer: Writer, place: Commune
) -> None:
    desk = Desk(database, writer)
    silence(desk, place, TryLater("internal error"), times=2)
    await make_broadcast(database, [place.root])
    await desk.step()
    desk.clock.move(10.1)
    assert await desk.dispatcher.listen()
    await desk.work()
    assert await desk.dispatcher.listen()
    assert (desk.dispatcher.room(), desk.dispatcher.limiter.rest(desk.clock.monotonic())) == (0, pytest.approx(60.0))


async def test_while_it_is_silent_what_the_question_comes_to_is_shown(
    database: Database, writer: Writer, place: Commune
) -> None:
    desk = Desk(database, writer)
    silence(desk, place, TryLater("no connection"))
    desk.channel.well = TryLater("no such host")
    await make_broadcast(database, [place.root])
    await desk.step()
    desk.clock.move(10.1)
    assert not await desk.dispatcher.listen()
    assert (await account(database)).down_reason == "no such host"
    async with database.write() as connection:  # a look that finds it well is believed once no send has failed lately
        await accounts.note_health(connection, [Health(ACCOUNT, NOON + timedelta(seconds=151))])
    assert (await account(database)).down_since is None


async def test_a_look_does_not_clear_what_a_send_has_just_shown(database: Database, place: Commune) -> None:
    async def note(seconds: float, reason: str = "", *, by_sending: bool = False) -> AccountRow:
        health = Health(ACCOUNT, NOON + timedelta(seconds=seconds), reason, by_sending=by_sending)
        async with database.write() as connection:
            await accounts.note_health(connection, [health])
        return await account(database)

    assert (await note(0, "quota", by_sending=True)).down_since == NOON
    assert (await note(60)).down_reason == "quota"
    assert (await note(90, "quota", by_sending=True)).down_since == NOON
    assert (await note(200)).down_since == NOON
    assert (await note(300)).down_since is None  # no send has failed for a while: the look is believed
    assert (await note(310, "quota", by_sending=True)).down_since == NOON + timedelta(seconds=310)
    assert (await note(311, by_sending=True)).down_since is None

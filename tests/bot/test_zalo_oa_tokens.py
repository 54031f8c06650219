"""The rotating tokens: exchanged once, kept before use, and what becomes of it when something dies in between."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from announcements.channels import Refused, RefusedReason, TryLater
from bot.channels.zalo_oa.oauth import OAuth
from bot.channels.zalo_oa.tokens import LEASE, MOST, SPAN, TokenKeeper
from bot.channels.zalo_oa.troubles import fingerprint
from db.engine import Database
from db.platforms import tokens
from db.platforms.tokens import TokenRow
from tests.doubles import StepClock
from tests.fakes.zalo_oa import FakeZaloOa
from tests.fakes.zalo_oa_server import TOKEN_PATH
from tests.fakes.zalo_oa_state import Trouble


@dataclass(slots=True)
class Stage:
    """An account's tokens in a database, with the fake platform behind them."""

    zalo: FakeZaloOa
    database: Database
    clock: StepClock = field(default_factory=StepClock)
    keepers: list[TokenKeeper] = field(default_factory=list)

    def keeper(self, *, seed: str = "refresh-0", secret: str | None = None) -> TokenKeeper:
        """A process's keeper, as it is after a start."""
        state = self.zalo.state
        oauth = OAuth(self.zalo.base_url, state.app_id, secret or state.app_secret)
        made = TokenKeeper("oa", self.database, oauth, seed, clock=self.clock, sleep=self._sleep)
        self.keepers.append(made)
        return made

    async def _sleep(self, seconds: float) -> None:
        self.clock.move(seconds)
        await asyncio.sleep(0.01)

    async def row(self) -> TokenRow:
        async with self.database.read() as connection:
            row = await tokens.read(connection, "oa")
        assert row is not None
        return row


@pytest.fixture
async def stage(database: Database) -> AsyncIterator[Stage]:
    async with FakeZaloOa() as zalo:
        made = Stage(zalo, database)
        yield made
        for keeper in made.keepers:
            await keeper.close()


async def test_the_first_token_is_exchanged_and_kept(stage: Stage) -> None:
    access = await stage.keeper().access()
    assert access in stage.zalo.state.access_tokens
    row = await stage.row()
    assert (row.access_token, row.refresh_token) == (access, stage.zalo.state.refresh_token)
    assert (row.renewing_since, row.lease, row.trouble) == (None, None, "")


async def test_a_later_process_uses_what_is_kept(stage: Stage) -> None:
    access = await stage.keeper().access()
    assert await stage.keeper().access() == access
    assert stage.zalo.state.refreshes == ["refresh-0"]


async def test_a_token_is_replaced_after_twenty_hours(stage: Stage) -> None:
    keeper = stage.keeper()
    first = await keeper.access()
    stage.clock.move(timedelta(hours=19, minutes=59).total_seconds())
    assert await keeper.access() == first
    stage.clock.move(120)
    assert await keeper.access() != first
    assert len(stage.zalo.state.refreshes) == 2


async def test_many_who_ask_at_once_share_one_exchange(stage: Stage) -> None:
    keeper = stage.keeper()
    assert len(set(await asyncio.gather(*(keeper.access() for _ in range(20))))) == 1
    assert stage.zalo.state.refreshes == ["refresh-0"]


async def test_two_processes_never_use_a_refresh_token_twice(stage: Stage) -> None:
    one, other = stage.keeper(), stage.keeper()
    for _ in range(5):
        both = await asyncio.gather(one.access(), other.access())
        assert set(both) <= stage.zalo.state.access_tokens  # whoever comes second may still work with the old one
        stage.clock.move(timedelta(hours=21).total_seconds())
    assert stage.zalo.state.reused == []
    assert len(stage.zalo.state.refreshes) == 5


async def test_a_token_the_platform_calls_stale_is_exchanged_by_one_of_those_who_hear_it(stage: Stage) -> None:
    one, other = stage.keeper(), stage.keeper()
    stale = await one.access()
    assert await other.access() == stale
    fresh = await asyncio.gather(one.renew(stale), other.renew(stale), one.renew(stale))
    assert len(set(fresh)) == 1
    assert fresh[0] != stale
    assert len(stage.zalo.state.refreshes) == 2


async def test_a_platform_that_refuses_every_new_token_gets_no_endless_row_of_them(stage: Stage) -> None:
    keeper = stage.keeper()
    stale = await keeper.access()
    for _ in range(MOST - 1):
        stale = await keeper.renew(stale)
    with pytest.raises(Refused) as refused:
        await keeper.renew(stale)
    assert "từ chối ngay" in refused.value.sentence
    assert len(stage.zalo.state.refreshes) == MOST
    stage.clock.move(SPAN.total_seconds())
    assert await keeper.renew(stale) != stale


async def test_that_there_is_no_token_is_told_in_a_sentence_and_not_as_the_platforms_answer(stage: Stage) -> None:
    with pytest.raises(Refused) as refused:
        await stage.keeper(seed="").access()
    assert refused.value.in_short().startswith("Chưa có mã: lấy cặp mã ở API Explorer")


async def test_a_reply_without_both_tokens_is_never_stored(stage: Stage) -> None:
    stage.zalo.refuse(TOKEN_PATH, -14014)
    with pytest.raises(Refused) as refused:
        await stage.keeper().access()
    assert refused.value.reason is RefusedReason.UNAUTHORISED
    assert "loa account token" in refused.value.sentence
    row = await stage.row()
    assert (row.refresh_token, row.access_token, row.trouble) == ("refresh-0", "", "-14014")


async def test_a_wrong_app_secret_is_said_to_be_one(stage: Stage) -> None:
    with pytest.raises(Refused) as refused:
        await stage.keeper(secret="an-access-token").access()
    assert "app_secret" in refused.value.sentence
    assert stage.zalo.state.refreshes == []
    assert await stage.keeper().access()  # the configuration was mended and the service started again


async def test_a_refused_token_is_not_asked_for_again_by_the_same_process(stage: Stage) -> None:
    stage.zalo.refuse(TOKEN_PATH, -14014, times=9)
    keeper = stage.keeper()
    for _ in range(3):
        with pytest.raises(Refused):
            await keeper.access()
    assert stage.zalo.calls(TOKEN_PATH) == 1


async def test_a_token_a_person_brought_works_at_once_in_a_running_process(stage: Stage) -> None:
    stage.zalo.refuse(TOKEN_PATH, -14014)
    keeper = stage.keeper()
    with pytest.raises(Refused):
        await keeper.access()
    stage.zalo.state.refresh_token = "brought"
    async with stage.database.write() as connection:
        await tokens.replace(connection, "oa", "brought", fingerprint("refresh-0"))
    assert await keeper.access()
    assert stage.zalo.state.refreshes == ["brought"]
    assert await stage.keeper().access()  # and the configuration's old one doesn't come back


async def test_a_new_token_in_the_configuration_takes_the_place_of_the_kept_one(stage: Stage) -> None:
    await stage.keeper().access()
    stage.zalo.state.refresh_token = "explorer"
    assert await stage.keeper(seed="explorer").access()
    assert stage.zalo.state.refreshes == ["refresh-0", "explorer"]


async def test_while_the_old_access_token_serves_a_refused_exchange_stops_nothing(stage: Stage) -> None:
    keeper = stage.keeper()
    access = await keeper.access()
    stage.zalo.refuse(TOKEN_PATH, -14020)
    stage.clock.move(timedelta(hours=21).total_seconds())
    assert await keeper.access() == access
    assert (await stage.row()).trouble == "-14020"
    stage.clock.move(timedelta(hours=5).total_seconds())
    with pytest.raises(Refused):
        await keeper.access()


@pytest.mark.parametrize("trouble", [Trouble.CUT_BEFORE, Trouble.STATUS])
async def test_a_failure_on_the_way_is_tried_again(stage: Stage, trouble: Trouble) -> None:
    stage.zalo.fault(trouble, TOKEN_PATH, error=502)
    keeper = stage.keeper()
    with pytest.raises(TryLater):
        await keeper.access()
    row = await stage.row()
    assert row.renewing_since is not None  # for all we know the old one is used up
    assert (row.lease, row.trouble) == (None, "")
    assert await keeper.access()
    assert (await stage.row()).renewing_since is None


async def test_too_many_requests_leave_the_token_as_good_as_it_was(stage: Stage) -> None:
    stage.zalo.refuse(TOKEN_PATH, -32)
    keeper = stage.keeper()
    with pytest.raises(TryLater):
        await keeper.access()
    assert (await stage.row()).renewing_since is None
    assert await keeper.access()


async def test_an_answer_lost_after_the_exchange_asks_for_a_person_and_says_why(stage: Stage) -> None:
    stage.zalo.fault(Trouble.CUT_AFTER, TOKEN_PATH)
    keeper = stage.keeper()
    with pytest.raises(TryLater):
        await keeper.access()
    with pytest.raises(Refused) as refused:
        await keeper.access()
    assert "bị ngắt giữa chừng" in refused.value.sentence
    row = await stage.row()
    assert (row.trouble, row.renewing_since) == ("interrupted", stage.clock.at)


async def test_a_lease_of_somebody_dead_runs_out(stage: Stage) -> None:
    async with stage.database.write() as connection:
        await tokens.seed(connection, "oa", "refresh-0", fingerprint("refresh-0"))
        now = stage.clock()
        assert await tokens.take(connection, "oa", "dead", now, now + LEASE)
    keeper = stage.keeper()
    with pytest.raises(TryLater):
        await keeper.access()
    stage.clock.move(LEASE.total_seconds())
    assert await keeper.access()


async def test_no_token_is_in_a_log_or_a_repr(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="bot")
    keeper = stage.keeper()
    access = await keeper.access()
    row = await stage.row()
    stage.zalo.refuse(TOKEN_PATH, -14014)
    with pytest.raises(Refused):
        await keeper.renew(access)
    for secret in (access, row.refresh_token, "refresh-0", stage.zalo.state.app_secret):
        assert secret not in f"{caplog.text}{row!r}{keeper!r}"


async def process(url: str, zalo: FakeZaloOa, *words: str) -> asyncio.subprocess.Process:
    """A real process that asks for the access token."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.token_user", url, zalo.base_url, *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def output(running: asyncio.subprocess.Process) -> list[str]:
    out, err = await asyncio.wait_for(running.communicate(), 60)
    assert running.returncode == 0, err.decode()
    return out.decode().split()


async def test_two_real_processes_rotate_without_a_race(database_url: str) -> None:
    async with FakeZaloOa() as zalo:
        running = [await process(database_url, zalo, "10") for _ in range(2)]
        told = await asyncio.gather(*map(output, running))
        assert zalo.state.reused == []
        assert len(zalo.state.refreshes) >= 10
        assert all(len(words) == 10 for words in told)
        assert set(told[0] + told[1]) <= zalo.state.access_tokens


@pytest.mark.parametrize(("held", "burnt"), [(Trouble.HELD, True), (Trouble.HELD_BEFORE, False)])
async def test_kill_9_between_exchange_and_keeping_is_found_out(database_url: str, held: Trouble, burnt: bool) -> None:
    """Burnt, the old token is tried once more and then a person is asked for; otherwise the next start just works."""
    database = Database(database_url)
    async with FakeZaloOa() as zalo:
        zalo.fault(held, TOKEN_PATH)
        running = await process(database_url, zalo, "1")
        await zalo.wait_for(lambda: zalo.state.refreshes if burnt else zalo.state.faults[0].times == 0)
        os.kill(running.pid, signal.SIGKILL)
        await running.wait()
        zalo.release()
        stage = Stage(zalo, database)
        row = await stage.row()
        assert row.renewing_since is not None
        stage.clock.at = row.renewing_since + 2 * LEASE
        keeper = stage.keeper()
        if burnt:
            with pytest.raises(Refused) as refused:
                await keeper.access()
            assert "bị ngắt giữa chừng" in refused.value.sentence
            assert zalo.state.reused == ["refresh-0"]
        else:
            assert await keeper.access()
        await keeper.close()
    await database.close()

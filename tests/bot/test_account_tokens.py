"""Tokens that need a person: told by doctor, on the dashboard, and mended with one command."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from announcements.mistakes import Mistake
from announcements.types import ChannelKind, Role
from bot.config.accounts import ZaloOaAccount
from bot.office.channels import account_tokens
from bot.office.machine import checkup
from bot.tidings.alarms import Alarms
from db.engine import Database
from db.places import chats
from db.platforms import accounts, tokens
from db.platforms.accounts import SignedOtherwise
from db.platforms.tokens import NewPair
from db.tables import t
from tests.bot.conftest_board import Village, open_board
from tests.fakes.zalo_oa import FakeZaloOa
from tests.fakes.zalo_oa_server import TOKEN_PATH


@dataclass(slots=True)
class Stage:
    village: Village
    zalo: FakeZaloOa

    async def refused(self, *, serving: bool) -> None:
        """The platform refuses to renew; an access token that still serves may be at hand."""
        context = self.village.context
        now = context.clock()
        async with context.database.write() as connection:
            await tokens.replace(connection, "oa", "used-up", "")
            until = now + timedelta(hours=4 if serving else -1)
            await tokens.save(connection, "oa", "used-up", NewPair("access", "next", until, now))
            await tokens.refuse(connection, "oa", "next", "-14014", now)


@pytest.fixture
async def stage(database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with FakeZaloOa() as zalo, open_board(database, tmp_path) as village:
        account = ZaloOaAccount.model_validate(zalo.account(refresh_token=""))
        village.context.settings.accounts.append(account)
        async with database.write() as connection:
            await accounts.register(connection, "oa", ChannelKind.ZALO_OA)
            await chats.add(connection, account="oa", channel=ChannelKind.ZALO_OA, address="g1",
                            area_id=village.area("Thu Quế 1").id, title="Tổ 1")  # fmt: skip
        yield Stage(village, zalo)


async def test_a_token_that_works_is_no_trouble(stage: Stage) -> None:
    brought = await account_tokens.bring(stage.village.context, "oa", " refresh-0\n")
    assert (brought.public_name, brought.problem) == (f"OA {stage.zalo.state.oa_id}", "")
    assert await account_tokens.troubles(stage.village.context) == []


async def test_a_token_that_is_refused_is_kept_and_said_so(stage: Stage) -> None:
    brought = await account_tokens.bring(stage.village.context, "oa", "used-up-long-ago")
    assert "loa account token oa" in brought.problem
    (trouble,) = await account_tokens.troubles(stage.village.context)
    assert (trouble.account, trouble.until) == ("oa", None)


@pytest.mark.parametrize("token", ["", "   ", "two words", "ngắn", "a" * 5_000])
async def test_what_can_be_no_token_is_refused_and_nothing_changes(stage: Stage, token: str) -> None:
    with pytest.raises(Mistake):
        await account_tokens.bring(stage.village.context, "oa", token)
    assert stage.zalo.calls(TOKEN_PATH) == 0


async def test_an_account_of_another_kind_takes_no_token(stage: Stage) -> None:
    with pytest.raises(Mistake, match="Không có Official Account"):
        await account_tokens.bring(stage.village.context, "telegram", "refresh-0")


async def test_the_dashboard_says_how_long_the_account_still_works(stage: Stage) -> None:
    await stage.refused(serving=True)
    async with await stage.village.sign_in(Role.SECRETARY) as browser:
        page = (await browser.get("/")).text
    assert "Tài khoản oa cần mã mới" in page
    assert "Còn gửi được đến" in page
    assert "loa account token oa" in page


async def test_a_leader_elsewhere_hears_nothing_of_it(stage: Stage) -> None:
    await stage.refused(serving=False)
    async with await stage.village.sign_in(Role.VILLAGE_HEAD, "Thống Nhất") as browser:
        assert "cần mã mới" not in (await browser.get("/")).text
    async with await stage.village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        assert "cần mã mới" in (await browser.get("/")).text


async def test_the_office_is_told_once_in_private(stage: Stage) -> None:
    await stage.village.staff(Role.SECRETARY, "")
    await stage.village.staff(Role.VILLAGE_HEAD, "Thu Quế")
    await stage.refused(serving=True)
    alarms = Alarms(stage.village.context)
    await alarms.look()
    await Alarms(stage.village.context).look()  # after a restart
    async with stage.village.context.database.read() as connection:
        told = [row.texts for row in await connection.execute(select(t.tiding.c.texts))]
    assert len(told) == 1
    assert "còn gửi được đến" in told[0][0]
    assert "loa account token oa" in told[0][0]


async def test_doctor_tells_of_both_before_it_stops(stage: Stage, tmp_path: Path) -> None:
    await stage.refused(serving=True)
    stage.zalo.state.access_tokens.add("access")
    context = stage.village.context
    await context.writer.submit(accounts.note_signature, SignedOtherwise("oa", "oa_id+webhook_secret"))
    found = [finding async for finding in checkup._inside(context)]
    ends = next(one for one in found if "còn gửi được đến" in one.sentence)
    assert ends.fault
    assert "loa account token oa" in ends.remedy
    signed = next(one for one in found if "ký sự kiện" in one.sentence)
    assert 'webhook_signature thành "oa_id"' in signed.remedy
    context.settings.accounts[-1] = context.settings.accounts[-1].model_copy(update={"webhook_signature": "oa_id"})
    assert await account_tokens.signed_otherwise(context) == []

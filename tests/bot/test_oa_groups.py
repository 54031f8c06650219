"""Groups of an Official Account, as the office deals with them: made for an area, listed with it, people invited."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from announcements.mistakes import Mistake, NotAllowed
from announcements.types import Role
from bot.config.accounts import ZaloOaAccount
from bot.context import Context
from bot.office.channels import oa_groups
from db.access import people
from db.access.people import StaffRow
from db.engine import Database
from tests.bot.conftest_board import Village, open_board
from tests.fakes.zalo_oa import FakeZaloOa
from tests.fakes.zalo_oa_state import ADMIN


@dataclass(slots=True)
class Stage:
    village: Village
    zalo: FakeZaloOa

    @property
    def context(self) -> Context:
        return self.village.context

    async def member(self, role: Role, area: str) -> StaffRow:
        number = await self.village.staff(role, area)
        async with self.context.database.read() as connection:
            return await people.by_id(connection, number)


@pytest.fixture
async def stage(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    async with FakeZaloOa() as zalo, open_board(sqlite_database, tmp_path) as village:
        village.context.settings.accounts.append(ZaloOaAccount.model_validate(zalo.account()))
        yield Stage(village, zalo)


async def test_a_group_is_made_for_an_area_and_serves_it(stage: Stage) -> None:
    made = await oa_groups.create(stage.context, area="Thu Quế", asset=stage.zalo.asset(), people=[ADMIN])
    assert made.chat is not None
    assert (made.group.name, made.chat.address, made.chat.area_name) == ("Thôn Thu Quế", made.group.id, "Thôn Thu Quế")
    (listed,) = await oa_groups.listing(stage.context)
    assert listed.chat is not None
    assert listed.chat.id == made.chat.id


async def test_a_group_that_serves_nobody_is_listed_too(stage: Stage) -> None:
    group = stage.zalo.group("Nhóm cũ")
    (listed,) = await oa_groups.listing(stage.context)
    assert (listed.group.id, listed.chat) == (group.id, None)


async def test_what_the_platform_refuses_is_said_and_nothing_serves_the_area(stage: Stage) -> None:
    asset = stage.zalo.asset()
    await oa_groups.create(stage.context, area="Thu Quế", asset=asset, people=[ADMIN])
    with pytest.raises(Mistake, match="đã dùng cho nhóm khác"):
        await oa_groups.create(stage.context, area="Thống Nhất", asset=asset, people=[ADMIN])
    assert len(await oa_groups.listing(stage.context)) == 1


async def test_a_group_without_an_administrator_is_refused_with_what_to_look_at(stage: Stage) -> None:
    lan = stage.zalo.person("Lan")
    with pytest.raises(Mistake, match="phải có một quản trị viên của OA"):
        await oa_groups.create(stage.context, area="Thu Quế", asset=stage.zalo.asset(), people=[lan.id])


@pytest.mark.parametrize(("name", "people"), [("N" * 31, [ADMIN]), ("", []), ("", [str(n) for n in range(100)])])
async def test_what_the_platform_would_refuse_is_refused_before_it_is_asked(
    stage: Stage, name: str, people: list[str]
) -> None:
    with pytest.raises(Mistake):
        await oa_groups.create(stage.context, area="Thu Quế", asset=stage.zalo.asset(), people=people, name=name)
    assert stage.zalo.state.requests == []


async def test_only_people_the_account_may_write_to_can_be_invited(stage: Stage) -> None:
    group, lan = stage.zalo.group("Tổ 1"), stage.zalo.person("Lan")
    with pytest.raises(Mistake, match="7 ngày"):
        await oa_groups.invite(stage.context, group.id, [lan.id])
    stage.zalo.state.in_window.add(lan.id)
    assert await oa_groups.invite(stage.context, group.id, [lan.id, lan.id, " "]) == 1
    assert lan.id in {member.id for member in await oa_groups.members(stage.context, group.id)}


async def test_a_leader_makes_no_groups_and_nobody_reaches_into_another_village(stage: Stage) -> None:
    leader = await stage.member(Role.VILLAGE_HEAD, "Thu Quế")
    with pytest.raises(NotAllowed):
        await oa_groups.create(stage.context, area="Thu Quế", asset=stage.zalo.asset(), people=[ADMIN], staff=leader)
    made = await oa_groups.create(stage.context, area="Thống Nhất", asset=stage.zalo.asset(), people=[ADMIN])
    admin = await stage.member(Role.ADMIN, "Thu Quế")
    with pytest.raises(Mistake, match="không phục vụ"):
        await oa_groups.invite(stage.context, made.group.id, [ADMIN], staff=admin)


async def test_of_two_accounts_one_must_be_named(stage: Stage) -> None:
    stage.context.settings.accounts.append(ZaloOaAccount.model_validate(stage.zalo.account("second")))
    with pytest.raises(Mistake, match="oa, second"):
        await oa_groups.listing(stage.context)
    assert await oa_groups.listing(stage.context, "second") == []

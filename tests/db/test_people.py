"""Staff: who may act when, and for whom."""

from datetime import timedelta

import pytest

from announcements.mistakes import NotAllowed
from announcements.types import ChannelKind, Role
from db.access import people
from db.access.people import StaffRow
from db.engine import Database
from tests.makers import NOON, Commune

TOMORROW = NOON + timedelta(days=1)


async def make_leader(database: Database, commune: Commune) -> StaffRow:
    async with database.write() as connection:
        staff = await people.add(
            connection, name="Ông Tư", role=Role.GROUP_LEADER, area_id=commune.groups["Thu Quế 1"].id
        )
        await people.link_account(connection, staff, ChannelKind.TELEGRAM, "77", NOON)
        return await people.end(connection, staff.id, TOMORROW)


async def test_an_end_in_the_future_has_not_come_yet(database: Database, commune: Commune) -> None:
    staff = await make_leader(database, commune)
    path = commune.groups["Thu Quế 1"].path
    async with database.read() as connection:
        assert await people.find(connection, staff.code, NOON) == staff
        assert await people.of_account(connection, ChannelKind.TELEGRAM, "77", NOON) == staff
        assert await people.accounts_of_area(connection, ChannelKind.TELEGRAM, path, NOON) == [(staff, "77")]


async def test_once_the_day_has_come_nothing_more_can_be_done(database: Database, commune: Commune) -> None:
    staff = await make_leader(database, commune)
    path = commune.groups["Thu Quế 1"].path
    async with database.read() as connection:
        with pytest.raises(NotAllowed, match="đã thôi nhiệm vụ"):
            await people.find(connection, staff.code, TOMORROW)
        assert await people.of_account(connection, ChannelKind.TELEGRAM, "77", TOMORROW) is None
        assert await people.accounts_of_area(connection, ChannelKind.TELEGRAM, path, TOMORROW) == []
        assert (await people.find_any(connection, staff.code)).active(TOMORROW) is False


async def test_an_end_taken_back_restores_the_linked_account(database: Database, commune: Commune) -> None:
    staff = await make_leader(database, commune)
    async with database.write() as connection:
        await people.end(connection, staff.id, None)
    async with database.read() as connection:
        found = await people.of_account(connection, ChannelKind.TELEGRAM, "77", TOMORROW)
    assert found is not None
    assert found.code == staff.code

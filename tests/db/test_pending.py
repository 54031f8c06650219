"""Presses of people who were never linked: kept while the notice is of use, then forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from announcements.types import ChannelKind, Grade
from db.announcing import notices
from db.engine import Database
from db.links import pending
from db.links.pending import Waiting
from db.tables import t
from scheduler import upkeep
from tests.makers import NOON, Commune, make_broadcast

MONTH = timedelta(days=30)
DAY = timedelta(days=1)


async def left(database: Database) -> int:
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(t.pending_press))).scalar_one())


async def press(database: Database, broadcast_id: int, person: str = "99") -> None:
    async with database.write() as connection:
        await pending.keep(connection, [Waiting(ChannelKind.TELEGRAM, person, broadcast_id, Grade.RECEIVED, NOON)])


async def test_a_press_is_kept_for_a_month_and_then_forgotten(database: Database, commune: Commune) -> None:
    await press(database, (await make_broadcast(database, [commune.root])).id)
    assert await upkeep.forget_presses(database, NOON + MONTH) == 0
    assert await upkeep.forget_presses(database, NOON + MONTH + DAY) == 1
    assert await left(database) == 0


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_under_a_notice_that_is_still_valid_it_waits_unless_that_was_withdrawn(
    database: Database, commune: Commune, withdrawn: bool
) -> None:
    row = await make_broadcast(database, [commune.root], valid_until=NOON + 3 * MONTH)
    await press(database, row.id)
    if withdrawn:
        async with database.write() as connection:
            await notices.withdraw(connection, row.announcement_id, None, NOON)
    assert await upkeep.forget_presses(database, NOON + 2 * MONTH) == (1 if withdrawn else 0)
    assert await upkeep.forget_presses(database, NOON + 4 * MONTH) == (0 if withdrawn else 1)

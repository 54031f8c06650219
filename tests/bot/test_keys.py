"""Giving, ending and trying keys of the API, on both engines."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.types import KeyScope, Role
from bot.config import App, Settings
from bot.context import Context
from bot.office.staff import keys as office
from db.access import keys, people
from db.access.people import StaffRow
from db.engine import Database
from db.tables import t
from db.writer import Writer
from tests.doubles import StepClock
from tests.makers import Commune

READ = frozenset({KeyScope.READ})


@pytest.fixture
def clock() -> StepClock:
    return StepClock()


@pytest.fixture
async def context(database: Database, writer: Writer, clock: StepClock, tmp_path: Path) -> AsyncIterator[Context]:
    yield Context(Settings(app=App(data_dir=tmp_path)), database, writer, b"secret", clock=clock)


async def member(context: Context, role: Role, area_id: int) -> StaffRow:
    async with context.database.write() as connection:
        return await people.add(connection, name="Trần Văn Mẫu", role=role, area_id=area_id)


async def used_at(context: Context, prefix: str) -> object:
    async with context.database.read() as connection:
        return (await keys.find(connection, prefix)).last_used_at


async def test_a_key_opens_until_it_is_ended(context: Context, commune: Commune) -> None:
    row, token = await office.add(context, name="  Cổng  thông tin ", area="Thu Quế", scopes=READ)
    assert (row.name, row.area_name, row.scopes, row.created_by) == ("Cổng thông tin", "Thôn Thu Quế", READ, None)
    opened = await office.opened_by(context, token)
    assert opened is not None
    assert opened.prefix == row.prefix
    ended = await office.end(context, row.prefix.upper())
    assert ended.ended_at is not None
    assert await office.opened_by(context, token) is None
    assert (await office.end(context, row.prefix)).ended_at == ended.ended_at


async def test_nothing_but_the_whole_key_opens(context: Context, commune: Commune) -> None:
    row, token = await office.add(context, name="Cổng", area="Thu Quế", scopes=READ)
    _, other = await office.add(context, name="Khác", area="Thu Quế", scopes=READ)
    crossed = f"{row.prefix}_{other.rpartition('_')[2]}" if "_" not in other[13:] else row.prefix + other[12:]
    last = "A" if token[-1] != "A" else "B"
    for wrong in ("", row.prefix, token[:-1], token[:-1] + last, crossed, "loa_zzzzzzzz" + token[12:]):
        assert await office.opened_by(context, wrong) is None, wrong


async def test_the_secret_is_nowhere_in_the_database_nor_the_log(
    context: Context, commune: Commune, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    row, token = await office.add(context, name="Cổng", area="Thu Quế", scopes=READ)
    await office.opened_by(context, token)
    secret = token.removeprefix(row.prefix + "_")
    async with context.database.read() as connection:
        stored = [str(tuple(one)) for table in (t.api_key, t.audit) for one in await connection.execute(select(table))]
    assert stored
    assert secret not in "".join(stored)
    own = [record.getMessage() for record in caplog.records if not record.name.startswith(("aiosqlite", "asyncio"))]
    assert secret not in "".join(own)


async def test_a_use_is_noted_once_a_minute(context: Context, commune: Commune, clock: StepClock) -> None:
    row, token = await office.add(context, name="Cổng", area="Thu Quế", scopes=READ)
    assert await used_at(context, row.prefix) is None
    first = clock.at
    for _ in range(3):
        await office.opened_by(context, token)
        clock.move(20)
    assert await used_at(context, row.prefix) == first
    await office.opened_by(context, token)
    assert await used_at(context, row.prefix) == first + timedelta(seconds=60)


async def test_only_the_office_gives_keys_and_within_its_area(context: Context, commune: Commune) -> None:
    village = commune.villages["Thu Quế"]
    head = await member(context, Role.VILLAGE_HEAD, village.id)
    secretary = await member(context, Role.SECRETARY, village.id)
    with pytest.raises(NotAllowed, match="không có quyền quản trị"):
        await office.add(context, name="Cổng", area="Thu Quế", scopes=READ, staff=head)
    with pytest.raises(NotAllowed, match="không thuộc địa bàn"):
        await office.add(context, name="Cổng", area="Thống Nhất", scopes=READ, staff=secretary)
    row, _ = await office.add(context, name="Cổng", area="Thu Quế", scopes=READ, staff=secretary)
    assert row.created_by == secretary.code
    with pytest.raises(NotAllowed):
        await office.end(context, row.prefix, head)
    await office.end(context, row.prefix, secretary)
    async with context.database.read() as connection:
        noted = (await connection.execute(select(t.audit.c.actor, t.audit.c.action, t.audit.c.subject))).all()
    assert [tuple(one) for one in noted] == [
        (secretary.code, "key add", row.prefix),
        (secretary.code, "key end", row.prefix),
    ]


async def test_a_key_needs_a_name_and_a_place(context: Context, commune: Commune) -> None:
    for name, area, sentence in (("", "Thu Quế", "chưa có tên"), ("x" * 81, "Thu Quế", "dài 81 ký tự")):
        with pytest.raises(Mistake, match=sentence):
            await office.add(context, name=name, area=area, scopes=READ)
    with pytest.raises(NotFound):
        await office.add(context, name="Cổng", area="nơi khác", scopes=READ)
    with pytest.raises(NotFound, match="loa key list"):
        await office.end(context, "loa_00000000")


async def test_ended_keys_are_listed_last(context: Context, commune: Commune) -> None:
    first, _ = await office.add(context, name="Một", area="Thu Quế", scopes=READ)
    await office.add(context, name="Hai", area="Xã Thử", scopes=READ)
    await office.end(context, first.prefix)
    async with context.database.read() as connection:
        assert [row.name for row in await keys.everything(connection)] == ["Hai", "Một"]

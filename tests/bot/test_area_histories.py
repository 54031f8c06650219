"""Any sequence of reorganisations: households live in one living leaf, paths are right, counters recount, and all of it
can be taken back."""

import asyncio
import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.area_rules import LIES_IN, SameNames
from announcements.mistakes import Mistake
from announcements.types import AreaKind
from bot.config import Settings
from bot.context import Context
from bot.office.tree import area_undo, areas, merging, splitting
from bot.office.tree.splitting import Choice
from db.announcing import notices
from db.counting import reach, recount
from db.engine import Database
from db.places import area_history
from db.places.areas import STEP
from db.tables import t
from db.writer import Writer
from scheduler import broadcasts
from tests.makers import NOON, make_broadcast, make_chats, make_commune

LATER = NOON + timedelta(hours=1)
HOUSEHOLDS = 6

nth = some.integers(0, 11)
renamed = some.tuples(some.just("rename"), nth, some.sampled_from(["1", "2", "7", "Bình Minh", "Thu Quế"]))
moved = some.tuples(some.just("move"), nth, nth)
merged = some.tuples(some.just("merge"), nth, nth, some.sampled_from(list(SameNames)))
split = some.tuples(some.just("split"), nth, some.integers(1, HOUSEHOLDS), some.sampled_from(["5", "6", "7"]))
sent = some.tuples(some.just("send"), nth)
undone = some.tuples(some.just("undo"))
histories = some.lists(some.one_of(renamed, moved, merged, merged, split, sent, undone), max_size=12)


async def codes(context: Context) -> list[str]:
    async with context.database.read() as connection:
        rows = await connection.execute(
            select(t.area.c.code).where(t.area.c.retired_at.is_(None)).order_by(t.area.c.id)
        )
        return list(rows.scalars())


async def step(context: Context, what: str, *rest: Any) -> None:
    known = await codes(context)
    pick = [known[one % len(known)] if isinstance(one, int) else one for one in rest]
    match what:
        case "rename":
            await areas.rename(context, pick[0], pick[1])
        case "move":
            await areas.move(context, pick[0], pick[1])
        case "merge":
            await merging.merge(context, pick[0], pick[1], same_names=pick[2])
        case "split":
            await splitting.split(context, pick[0], Choice((f"H-{rest[1]:03}",)), name=pick[2])
        case "undo":
            await area_undo.undo(context)
        case "send":
            async with context.database.write() as connection:
                waiting = await notices.due(connection, LATER)
                if waiting:
                    await broadcasts.publish(connection, waiting[0], LATER)


async def check(connection: AsyncConnection) -> None:
    by_id = {row.id: row for row in await connection.execute(select(t.area))}
    living = {row.id for row in by_id.values() if row.retired_at is None}
    parents = {row.parent_id for row in by_id.values() if row.id in living}
    for row in by_id.values():
        parent = by_id.get(row.parent_id)
        assert row.path == (parent.path if parent else "") + f"{row.id:0{STEP}x}"
        if row.id in living:
            assert parent is None or parent.id in living
            assert (parent.kind if parent else None) is LIES_IN[row.kind]
    homes = (await connection.execute(select(t.household.c.area_id, t.household.c.joined_at))).all()
    assert len(homes) == HOUSEHOLDS
    assert {home.area_id for home in homes} <= living - parents
    assert {home.joined_at for home in homes} == {NOON - timedelta(days=30)}
    for broadcast in await notices.latest(connection):
        if broadcast.published_at is not None:
            assert await recount.differences(connection, broadcast.id) == {}
            report = await reach.report(connection, broadcast.id, broadcast.published_at)
            assert report.late_joiners == 0
            members = select(t.recipient.c.household_id).where(t.recipient.c.broadcast_id == broadcast.id)
            assert report.total.audience == len((await connection.execute(members)).all())


async def everything(connection: AsyncConnection) -> list[Any]:
    """Where all things are."""
    return [
        (await connection.execute(select(*columns).order_by(columns[0]))).all()
        for columns in (
            (t.area.c.id, t.area.c.name, t.area.c.path, t.area.c.retired_at),
            (t.household.c.id, t.household.c.area_id),
            (t.chat.c.id, t.chat.c.area_id),
        )
    ]


async def play(template: Path, history: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(template, folder)
        database = Database(f"sqlite+aiosqlite:///{copy}")
        try:
            async with Writer(database) as writer:
                await _play(Context(Settings(), database, writer, b"secret", clock=lambda: LATER), history)
        finally:
            await database.close()


async def _play(context: Context, history: list[tuple[Any, ...]]) -> None:
    async with context.database.read() as connection:
        before = await everything(connection)
    for entry in history:
        with suppress(Mistake):  # most are refused: a sentence, and nothing has changed
            await step(context, *entry)
        async with context.database.read() as connection:
            await check(connection)
    await _take_all_back(context)
    async with context.database.read() as connection:
        await check(connection)
        after = await everything(connection)
    made = {row.id for row in after[0]} - {row.id for row in before[0]}
    after[0] = [row for row in after[0] if row.id not in made]
    assert after == before


async def _take_all_back(context: Context) -> None:
    while True:
        async with context.database.read() as connection:
            if await area_history.to_undo(connection) is None:
                return
        await area_undo.undo(context)


async def prepare(path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{path}")
    commune = await make_commune(database)
    await make_chats(database, [*commune.villages.values(), *commune.groups.values()])
    await make_broadcast(database, [commune.root])
    await make_broadcast(database, [commune.groups["Thu Quế 1"], commune.villages["Thống Nhất"]])
    for place in (commune.villages["Thu Quế"], commune.groups["Thống Nhất 1"], commune.groups["Thu Quế 1"]):
        await make_broadcast(database, [place], due_at=LATER, publish=False)
    async with Writer(database) as writer:
        context = Context(Settings(), database, writer, b"secret", clock=lambda: NOON)
        await areas.add(context, name="Xã Đan Phượng", kind=AreaKind.COMMUNE)
        await areas.add(context, name="Thôn Đoài Khê", kind=AreaKind.VILLAGE, under="dan-phuong")
    await database.close()


def test_after_any_reorganisation_the_tree_holds_and_can_be_taken_back(sqlite_template: Path, tmp_path: Path) -> None:
    template = tmp_path / "commune.db"
    shutil.copy(sqlite_template, template)
    asyncio.run(prepare(template))

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(histories)
    def any_history(history: list[tuple[Any, ...]]) -> None:
        asyncio.run(play(template, history))

    any_history()

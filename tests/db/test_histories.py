"""Any history of answers, undos, sendings and changed minds: the counters are what the rows say, and every
household stands where the pure rules put it after the answers that are kept."""

import asyncio
import shutil
import tempfile
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import MAY_RESEND
from announcements.reach import Answer, standing_of
from announcements.types import BY_THEMSELVES, DeliveryState, Grade, How, Reason
from db import outbox
from db.answering import answers, undoing
from db.answering.answers import Record, as_answer
from db.answering.undoing import Revocation
from db.counting import reach, recount
from db.engine import Database
from db.outbox import Claim, Settlement
from db.tables import t
from tests.makers import NOON, make_broadcast, make_chats, make_commune

BROADCASTS = (1, 2)
HOUSEHOLDS = (1, 2, 3, 4, 6, 99)  # the last is nobody
ENDS = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNCONFIRMED, DeliveryState.QUEUED)

said = some.tuples(
    some.just("say"), some.sampled_from(BROADCASTS), some.sampled_from(HOUSEHOLDS), some.sampled_from(list(How)),
    some.sampled_from(list(Grade)), some.sampled_from(list(Reason)), some.sampled_from("12"),
)  # fmt: skip
undone = some.tuples(some.just("undo"), some.sampled_from(BROADCASTS), some.sampled_from(HOUSEHOLDS))
sent = some.tuples(some.just("send"), some.integers(1, 3), some.sampled_from(ENDS))
resent = some.tuples(some.just("resend"), some.sampled_from(BROADCASTS))
histories = some.lists(some.one_of(said, said, undone, sent, resent), max_size=25)


def record(minutes: int, broadcast: int, household: int, how: How, grade: Grade, reason: Reason, who: str) -> Record:
    own = how in BY_THEMSELVES
    answer = Answer(
        how,
        NOON + timedelta(minutes=minutes),
        grade,
        ("board" if how is How.BOARD else "telegram") if own else "",
        reason if how is How.UNREACHABLE else None,
    )
    return Record(broadcast, household, answer, staff_id=None, external_id=who if own else "")


async def step(connection: AsyncConnection, minutes: int, what: str, *rest: object) -> None:
    now = NOON + timedelta(minutes=minutes)
    match what, *rest:
        case "say", *told:
            await answers.record(connection, [record(minutes, *told)])  # type: ignore[arg-type]
        case "undo", int(broadcast), int(household):
            await undoing.revoke(connection, [Revocation(broadcast, household, None, now)])
        case "send", int(most), DeliveryState() as to:
            claim = Claim("telegram", "here", now, now + timedelta(seconds=30), most)
            for one in (await outbox.claim(connection, [claim]))[0]:
                await outbox.settle(connection, [Settlement(one.id, "here", to, now, next_at=now)])
        case "resend", int(broadcast):
            await outbox.resend(connection, broadcast, MAY_RESEND, now)


async def check(connection: AsyncConnection) -> None:
    a, r = t.acknowledgement, t.recipient
    kept = defaultdict(list)
    for row in await connection.execute(select(a).where(a.c.revoked_at.is_(None)).order_by(a.c.id)):
        kept[row.broadcast_id, row.household_id].append(as_answer(row))
    for row in await connection.execute(select(r)):
        right = standing_of(kept[row.broadcast_id, row.household_id])
        assert (row.outcome, row.grade, row.channel, row.answered_at) == (
            right.outcome, right.grade, right.channel, right.answered_at
        )  # fmt: skip
    for broadcast in BROADCASTS:
        assert await recount.differences(connection, broadcast) == {}
        report = await reach.report(connection, broadcast, NOON)
        assert sum(report.by_channel.values()) == sum(report.by_grade.values()) == report.total.acknowledged


async def play(template: Path, history: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(template, folder)
        database = Database(f"sqlite+aiosqlite:///{copy}")
        try:
            async with database.write() as connection:
                for minutes, entry in enumerate(history):
                    await step(connection, minutes, *entry)  # type: ignore[arg-type]
                await check(connection)
        finally:
            await database.close()


async def prepare(path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{path}")
    commune = await make_commune(database)
    await make_chats(database, [*commune.villages.values(), *commune.groups.values()])
    for places in ([commune.root], [commune.villages["Thu Quế"], commune.groups["Thống Nhất 1"]]):
        await make_broadcast(database, places)
    await database.close()


def test_after_any_history_rows_rules_and_counters_agree(sqlite_template: Path, tmp_path: Path) -> None:
    template = tmp_path / "commune.db"
    shutil.copy(sqlite_template, template)
    asyncio.run(prepare(template))

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(histories)
    def any_history(history: list[tuple[object, ...]]) -> None:
        asyncio.run(play(template, history))

    any_history()

"""Hot statements find their rows by an index: on a table that grows for years nothing else stays quick.

SQLite plans without figures about the data, so a small database tells.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.answers import read_answer
from announcements.hearing import Heard
from announcements.reach import Answer
from announcements.types import ChannelKind, DeliveryState, Grade, How
from db import outbox
from db.announcing import notices, seen
from db.announcing.seen import Wanted
from db.answering import answers, presses, replies, ticks
from db.answering.answers import Record
from db.answering.presses import Press
from db.answering.replies import Reply
from db.answering.ticks import Tick
from db.counting import doors, figures, months, reach, residents
from db.dispatch import counts, postings, stuck, summaries
from db.dispatch.summaries import Take
from db.engine import Database
from db.links import pending
from db.outbox import ByHand, Claim, Renewal, Settlement, moving
from db.platforms import inbox, usage
from db.tables import metadata, t
from tests.makers import NOON, make_broadcast, make_chats, make_commune, make_identity, settle, take

Work = Callable[[AsyncConnection], Awaitable[Any]]

GROWING = {
    "acknowledgement", "delivery", "household", "identity", "inbox", "pending_press", "phone", "reach", "recipient"
}  # fmt: skip
LATER = NOON + timedelta(seconds=30)


def record(how: How) -> Record:
    return Record(1, 1, Answer(how, NOON))


def reply(text: str, *, private: bool = False, quoted: str | None = None) -> Reply:
    heard = Heard("m1", "11" if private else "-10000003", "11", private, text, quoted=quoted)
    return Reply(
        "telegram", ChannelKind.TELEGRAM, heard, read_answer(text), NOON + timedelta(minutes=1), addressed=True
    )


HOT: dict[str, Work] = {
    "claim": lambda c: outbox.claim(c, [Claim("telegram", "here", NOON, LATER, 30)]),
    "settle": lambda c: outbox.settle(c, [Settlement(1, "here", DeliveryState.SENT, NOON)]),
    "renew": lambda c: outbox.renew(c, [Renewal([1, 2], "here", LATER)]),
    "release": lambda c: outbox.release(c, NOON, 6),
    "expire": lambda c: outbox.expire(c, NOON),
    "cancel": lambda c: outbox.cancel(c, 1, NOON),
    "next due delivery": lambda c: outbox.next_at(c, "telegram"),
    "press": lambda c: presses.press(
        c, [Press("telegram", ChannelKind.TELEGRAM, "-10000003", "11", "TB-7K3M.1", Grade.RECEIVED, NOON)]
    ),
    "reply in a group": lambda c: replies.reply(c, [reply("đã nhận")]),
    "reply with a code": lambda c: replies.reply(c, [reply("đã nhận TB-7K3M")]),
    "reply to a message": lambda c: replies.reply(c, [reply("đã nhận", quoted="5")]),
    "reply in private": lambda c: replies.reply(c, [reply("đã nhận", private=True)]),
    "credit": lambda c: pending.credit(c, [(ChannelKind.TELEGRAM, "11")]),
    "tick": lambda c: ticks.acknowledge(c, [Tick(1, 1, "device", Grade.RECEIVED, NOON, 1)]),
    "record": lambda c: answers.record(c, [record(How.BUTTON), record(How.MET)]),
    "cover": lambda c: figures.cover(c, [(1, 1)]),
    "waiting updates": lambda c: inbox.waiting(c, "telegram"),
    "forgetting updates": lambda c: inbox.forget(c, NOON),
    "stale buttons of one broadcast": lambda c: counts.stale(c, "telegram", [1], 200),
    "stale buttons": lambda c: counts.stale(c, "telegram", None, 200),
    "report": lambda c: reach.report(c, 1, NOON),
    "areas below": lambda c: reach.areas_of(c, 1, under="00000001"),
    "report of an area": lambda c: reach.report_below(c, 1, NOON, "0000000100000002"),
    "notices of a month": lambda c: months.notices(c, NOON, LATER, ""),
    "areas of a month": lambda c: months.areas(c, NOON, LATER, "", NOON - timedelta(days=30)),
    "channels of a month": lambda c: months.channels(c, NOON, LATER, "0000000100000002"),
    "work of a month": lambda c: months.work(c, NOON, LATER, ""),
    "doors of an area": lambda c: doors.unreached(c, 1, under="00000001"),
    "a page of doors": lambda c: doors.page(c, 1, under="00000001", after=1, limit=2),
    "notices seen from an area": lambda c: seen.page(c, "0000000100000002", Wanted(), after=1, limit=50),
    "notice seen from an area": lambda c: seen.find(c, "TB-7K3M", "0000000100000002"),
    "households of an area": lambda c: residents.page(c, "0000000100000002", after=1, limit=50),
    "notice by code": lambda c: notices.find(c, "TB-7K3M"),
    "broadcast by code": lambda c: notices.find(c, "TB-7K3M.1"),
    "open notices": lambda c: notices.open_for(c, 1, NOON),
    "due broadcasts": lambda c: notices.due(c, NOON),
    "what an account that is down can't send": lambda c: moving.stuck(c, "telegram", LATER, under="0000000100000002"),
    "who else has it": lambda c: moving.siblings(c, [1], "telegram", ["zalo"]),
    "accounts that are down": lambda c: stuck.down_accounts(c, "00000001", LATER),
    "what waits to be sent": lambda c: usage.waiting(c, ["telegram"]),
    "counts to be told": lambda c: summaries.take(c, [Take("telegram", LATER, 20)]),
    "counts ahead of a plan": lambda c: summaries.ahead(c, ["telegram"], LATER),
    "post by hand": lambda c: outbox.post(c, ByHand(1, [1], None, NOON, NOON)),
    "take back": lambda c: outbox.take_back(c, ByHand(1, [1], None, NOON, NOON)),
    "what waits to be posted": lambda c: postings.waiting(c, "0000000100000002", NOON, 200),
    "how much waits to be posted": lambda c: postings.count(c, "0000000100000002", NOON),
    "notices that wait to be posted": lambda c: postings.behind(c, "00000001", NOON),
    "what was posted lately": lambda c: postings.lately(c, "0000000100000002", NOON, 60),
    "what is to be taken back": lambda c: postings.to_recall(c, "0000000100000002", NOON),
    "leaders to be told": lambda c: postings.due(c, NOON, 500),
}


@pytest.fixture
async def busy(sqlite_database: Database) -> Database:
    """One of everything: a notice sent to Bà Lan's group, her account, a press that waits for her."""
    commune = await make_commune(sqlite_database)
    await make_chats(sqlite_database, [commune.groups["Thu Quế 1"]])
    await make_identity(sqlite_database, commune.households["Bà Lan"], "11")
    row = await make_broadcast(sqlite_database, [commune.root])
    await settle(sqlite_database, await take(sqlite_database))
    waiting = {"channel": ChannelKind.TELEGRAM, "external_id": "11", "broadcast_id": row.id, "grade": "received",
               "pressed_at": NOON}  # fmt: skip
    async with sqlite_database.write() as connection:
        await connection.execute(t.pending_press.insert().values(waiting))
        await connection.execute(update(t.announcement).values(code="TB-7K3M"))
        await connection.execute(update(t.broadcast).values(code="TB-7K3M.1"))
    return sqlite_database


@pytest.fixture
def statements(busy: Database) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database, each with one set of parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        if sql.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            seen.append((sql, parameters[0] if many else parameters))

    event.listen(busy.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(busy.engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("name", HOT)
async def test_no_hot_statement_reads_a_growing_table_from_end_to_end(
    busy: Database, statements: list[tuple[str, Any]], name: str
) -> None:
    async with busy.write() as connection:
        await HOT[name](connection)
        sent = list(statements)
        assert sent
        for sql, parameters in sent:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
            for step in plan.scalars(3):
                scanned = re.fullmatch(r"SCAN (\w+)", step)
                assert scanned is None or scanned[1] not in GROWING, f"{step}: {sql}"


def test_every_growing_table_is_one_of_ours() -> None:
    assert set(metadata.tables) >= GROWING

"""A commune of any size, laid out by SQL in moments: areas, households, linked people, a chat for each group."""

import asyncio
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import DeliveryState, Kind, Urgency
from db import outbox, upgrading
from db.announcing import notices
from db.announcing.notices import BroadcastRow, NewAnnouncement
from db.engine import Database
from db.outbox import Claim, Settlement
from scheduler import broadcasts

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ACCOUNT = "telegram"
LEASE = "benchmark"
ROOT = 1  # the id of the commune's area
FIRST_PERSON = 1_000_000  # a household's Telegram user is this plus the household's id

_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count) "
_AREAS = """
    INSERT INTO area (id, code, name, kind, parent_id, path, position)
    VALUES (1, 'thu', 'Xã Thử', 'commune', NULL, '00000001', 0)
"""
_VILLAGES = f"""
    INSERT INTO area (id, code, name, kind, parent_id, path, position)
    {_NUMBERS} SELECT n + 2, 'thon-' || n, 'Thôn ' || n, 'village', 1, printf('00000001%08x', n + 2), n FROM numbers
"""
_GROUPS = f"""
    INSERT INTO area (id, code, name, kind, parent_id, path, position)
    {_NUMBERS} SELECT n + 2 + :villages, 'to-' || n, 'Tổ ' || n, 'group', n % :villages + 2,
        printf('00000001%08x%08x', n % :villages + 2, n + 2 + :villages), n FROM numbers
"""
_HOUSEHOLDS = f"""
    INSERT INTO household (id, code, area_id, head_name, representative, address, note, device, joined_at)
    {_NUMBERS} SELECT n + 1, printf('HO-%07d', n), n % :groups + 2 + :villages, 'Bà Lan ' || n, 'Bà Lan ' || n,
        '', '', 'smartphone', '2026-10-01 00:00:00.000000' FROM numbers
"""
_PEOPLE = """
    INSERT INTO identity (household_id, channel, external_id, name, state, via, asked_at, decided_at)
    SELECT id, 'telegram', CAST(id + :first AS TEXT), '', 'linked', 'card',
        '2026-10-01 00:00:00.000000', '2026-10-01 00:00:00.000000' FROM household
"""
_CHATS = """
    INSERT INTO chat (account, channel, address, title, area_id, active, lost_reason)
    SELECT 'telegram', 'telegram', '-100' || id, name, id, 1, '' FROM area WHERE kind = 'group'
"""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a commune; each group has one chat."""

    villages: int
    groups: int  # in the commune
    households: int  # in the commune

    def group_of(self, household: int) -> int:
        """The id of the area a household (an id) lives in."""
        return (household - 1) % self.groups + 2 + self.villages

    def address_of(self, household: int) -> str:
        """Where that household's group talks."""
        return f"-100{self.group_of(household)}"


def url_of(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def synchronous(connection: sqlite3.Connection, _record: object) -> None:
    """For the peers' own engines: they promise as much as ours."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def lay_out(path: Path, size: Size, *, linked: bool = False) -> None:
    """A new database file at `path` with such a commune; with `linked`, a Telegram user for each household."""
    asyncio.run(_lay_out(path, size, linked))


async def _lay_out(path: Path, size: Size, linked: bool) -> None:
    database = Database(url_of(path))
    await upgrading.upgrade(database)
    values = {"villages": size.villages, "groups": size.groups, "first": FIRST_PERSON}
    steps = [
        (_AREAS, 0),
        (_VILLAGES, size.villages),
        (_GROUPS, size.groups),
        (_HOUSEHOLDS, size.households),
        (_CHATS, 0),
    ]
    async with database.write() as connection:
        for sql, count in [*steps, *([(_PEOPLE, 0)] if linked else [])]:
            bound = {**values, "count": count}
            await connection.execute(text(sql), {name: value for name, value in bound.items() if f":{name}" in sql})
    async with database.write() as connection:
        await connection.execute(text("ANALYZE"))
    await database.close()


def copy(template: Path, name: str) -> Path:
    """A fresh copy beside a laid-out database: every round starts from the same state."""
    path = template.with_name(f"{name}.db")
    for old in path.parent.glob(f"{name}.db*"):
        old.unlink()
    shutil.copy(template, path)
    return path


async def announce(connection: AsyncConnection, *, publish: bool = True) -> BroadcastRow:
    """A notice to the whole commune; fanned out unless `publish` is False."""
    new = NewAnnouncement(
        kind=Kind.MEETING,
        urgency=Urgency.NORMAL,
        title="Họp thôn",
        body="Mời bà con dự họp tại nhà văn hóa lúc 19 giờ 30 tối thứ bảy, bàn việc làm đường và thu quỹ.",
        areas=[ROOT],
        due_at=NOW,
    )
    broadcast_id = await notices.create(connection, new, NOW)
    if publish:
        await broadcasts.publish(connection, broadcast_id, NOW)
    return await notices.by_id(connection, broadcast_id)


async def arrived(connection: AsyncConnection) -> None:
    """Every delivery went out: presses may come."""
    claimed = (await outbox.claim(connection, [Claim(ACCOUNT, LEASE, NOW, NOW, 1_000_000)]))[0]
    await outbox.settle(
        connection,
        [Settlement(one.id, LEASE, DeliveryState.SENT, NOW, posted=("1",), button_id="1") for one in claimed],
    )

"""The schema: reached from nothing, once, by several processes at a time; what the program expects; strict words."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Enum, text
from sqlalchemy.exc import IntegrityError

from announcements.mistakes import Mistake
from announcements.text import search_words
from db import migrating, upgrading
from db.engine import Database
from db.tables import metadata
from tests import postgres

UPGRADE = """
import asyncio, sys
from db import upgrading
from db.engine import Database

async def upgrade(url):
    database = Database(url)
    print(await upgrading.upgrade(database))
    await database.close()

asyncio.run(upgrade(sys.argv[1]))
"""
PROCESSES = 2


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = server.new_database()
    yield server.address(name).replace("postgresql", "postgresql+psycopg")
    server.drop(name)


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[Database]:
    database = Database(empty_url)
    yield database
    await database.close()


async def test_a_second_upgrade_changes_nothing(empty: Database) -> None:
    assert await upgrading.upgrade(empty)
    assert not await upgrading.upgrade(empty)
    assert not await migrating.upgrade(empty)


async def test_the_migrations_make_the_tables_the_program_expects(database: Database) -> None:
    assert await migrating.differences(database) == []


async def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", UPGRADE, empty_url, cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE
        )
        for _ in range(PROCESSES)
    ]  # fmt: skip
    said = [(await asyncio.wait_for(process.communicate(), 60))[0].decode().strip() for process in processes]
    assert sorted(said) == ["False", "True"]


async def test_a_database_of_a_newer_program_is_refused(empty: Database) -> None:
    await upgrading.upgrade(empty)
    async with empty.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Mistake, match="mới hơn"):
        await upgrading.upgrade(empty)


WORDS = [
    (table.name, column.name)
    for table in metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Enum)
]


async def test_a_column_of_words_takes_no_other_word(sqlite_database: Database) -> None:
    """The rows are otherwise as empty as the tables allow: only the CHECK can refuse them."""
    for table, column in WORDS:
        async with sqlite_database.engine.connect() as connection:
            await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            values = {
                one.name: "nonsense" if one.name == column else _filler(one)
                for one in metadata.tables[table].columns
                if one.name == column or not one.nullable
            }
            names = ", ".join(f'"{name}"' for name in values)
            marks = ", ".join("?" * len(values))
            with pytest.raises(IntegrityError, match="CHECK constraint failed: known_"):
                await connection.exec_driver_sql(
                    f'INSERT INTO "{table}" ({names}) VALUES ({marks})', tuple(values.values())
                )


def _filler(column: object) -> object:
    kind = getattr(column, "type", None)
    return kind.enums[0] if isinstance(kind, Enum) else 1


def test_there_are_columns_of_words() -> None:
    assert ("delivery", "state") in WORDS
    assert ("recipient", "outcome") in WORDS


async def test_households_stored_before_are_found_by_words_afterwards(empty: Database) -> None:
    """As `search_words` makes them, though the migration must not depend on today's code."""
    heads = ["Nguyễn Thị  Đào", "Bà Lan", "ĐỖ ÁNH"]
    async with empty.write() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migrating.config(sync), "0004"))
        await connection.execute(text(
            "INSERT INTO area (code, name, kind, path, position) VALUES ('thu', 'Xã Thử', 'commune', '00000001', 0)"
        ))  # fmt: skip
        for number, head in enumerate(heads):
            await connection.execute(
                text("INSERT INTO household"
                     " (code, area_id, head_name, representative, address, note, device, joined_at)"
                     " VALUES (:code, 1, :head, :head, 'Ngõ 3/12', '', 'none', '2026-11-01 00:00:00')"),
                {"code": f"H-{number}", "head": head},
            )  # fmt: skip
    await upgrading.upgrade(empty)
    async with empty.read() as connection:
        words = list((await connection.execute(text("SELECT words FROM household ORDER BY id"))).scalars())
    assert words == [search_words(head, head, "Ngõ 3/12") for head in heads]

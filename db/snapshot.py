"""A copy of an SQLite database at one moment, made while others write to it; and proving that a file is one of ours.

Called by `bot/office/machine/backups.py`, outside any event loop: SQLite's own calls, not the engine's.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from db import schema
from db.engine import BUSY_TIMEOUT_MS


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a copy holds."""

    schema: str
    households: int


def take(source: Path, target: Path) -> Snapshot:
    """Copy the database at `source` to the new file `target`, as it is at one moment. Raises sqlite3.Error."""
    with _opened(source) as connection:
        connection.execute("VACUUM INTO ?", [str(target)])
    return prove(target)


def prove(path: Path) -> Snapshot:
    """Raises `Mistake` unless `path` is a whole database of ours that this program understands."""
    try:
        with _opened(path) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            loose = connection.execute("PRAGMA foreign_key_check").fetchone()
            version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            (households,) = connection.execute("SELECT count(*) FROM household WHERE left_at IS NULL").fetchone()
    except sqlite3.Error as error:
        raise Mistake(phrase("mistake.snapshot_broken")) from error
    if found != "ok" or loose is not None or version is None:
        raise Mistake(phrase("mistake.snapshot_broken"))
    if version[0] not in schema.known():
        raise Mistake(phrase("mistake.snapshot_newer", version=version[0]))
    return Snapshot(version[0], households)


def settle(path: Path) -> None:
    """Bring what the write-ahead log of a database holds into its file, so that the file can be moved alone."""
    with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """For reading only: a missing file is not made."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
        yield connection

"""What it means for a person when the database or the disk fails: from the drivers' errors to a sentence.

Called by `bot/opening.py`, which every command and the service go through.
"""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, TimeoutError

from announcements.mistakes import Mistake, Unusable, reason
from announcements.phrases import phrase

ROOM = 1_000_000  # bytes
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# SQLite's primary result codes, and the phrase each has.
SQLITE = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CANTOPEN: "closed",
    sqlite3.SQLITE_PERM: "closed",
    sqlite3.SQLITE_READONLY: "readonly",
    sqlite3.SQLITE_NOTADB: "no_database",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_IOERR: "disk",
}
# PostgreSQL's conditions by the start of their code, the longer first.
POSTGRES = {
    "53100": "full",
    "55P03": "busy",
    "42501": "rights",
    "25006": "rights",  # a read-only standby
    "53": "busy",
    "57P0": "no_answer",
    "08": "no_answer",
    "28": "no_answer",
    "3D": "no_answer",
}


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Errors of the database at `url` and of the disk leave the block as what a person should hear."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        if said := mistake(error, url):
            raise said from error
        raise


def mistake(error: Exception, url: URL) -> Mistake | None:
    """The error as a person should hear it; None when it is none of these but a fault of the program."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        name = _sqlite(cause, url)
        return _said(name, url, cause) if name else None
    if isinstance(error, DBAPIError):
        name = _postgres(error)
        return _said(name, url, error.orig or error) if name else None
    if isinstance(error, TimeoutError):  # no free connection
        return _said("busy", url, error)
    return _file(error) if isinstance(error, OSError) else None


def _sqlite(error: sqlite3.Error, url: URL) -> str | None:
    code: int = getattr(error, "sqlite_errorcode", 0)
    name = SQLITE.get(code & 0xFF)
    return "full" if name == "disk" and _is_full(Path(url.database or "").parent) else name


def _is_full(folder: Path) -> bool:
    """SQLite calls it an input or output error when there is no room for the files beside the database."""
    return folder.is_dir() and shutil.disk_usage(folder).free < ROOM


def _postgres(error: DBAPIError) -> str | None:
    code = getattr(error.orig, "sqlstate", None)
    if code is None:  # a connection that was never made, or is lost, has no code
        return "no_answer" if error.connection_invalidated or "connection" in str(error.orig) else None
    return next((name for start, name in POSTGRES.items() if code.startswith(start)), None)


def _said(name: str, url: URL, error: BaseException) -> Mistake:
    kind = "sqlite" if url.get_backend_name() == "sqlite" else "postgres"
    place = url.database if kind == "sqlite" else f"{url.host or ''}:{url.port or 5432}/{url.database or ''}"
    detail = (str(error).splitlines() or [""])[0].strip()
    values = {"place": place, "reason": detail}
    remedy = phrase(f"remedy.{name}", **values)
    if name == "busy":  # passes by itself: no fault of the configuration
        return Mistake(f"{phrase(f'trouble.{name}', **values)} {remedy}")
    return Unusable(phrase(f"trouble.{name}", **values), remedy)


def _file(error: OSError) -> Mistake | None:
    if error.errno in FULL:
        place = Path(error.filename or ".").absolute()
        return Unusable(phrase("trouble.full", place=place), phrase("remedy.full"))
    if error.filename is None:
        return None
    return Unusable(phrase("trouble.file", place=error.filename, reason=reason(error)), phrase("remedy.file"))

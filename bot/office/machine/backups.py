"""Everything in one file: the database as it is at one moment, attachments and the signing key; and back again.

Both work on files and not through the engine: a damaged database must be no hindrance to restoring another.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import URL, make_url

from announcements.mistakes import Mistake, Unusable
from announcements.phrases import phrase
from bot.alone import Alone
from bot.config import Settings
from bot.office.machine.archives import DATABASE, KEY, UPLOADS, Progress, Unpacked, nobody_watches, pack, unpacked
from bot.secrets import key_file
from db import snapshot
from db.troubles import explained


@dataclass(frozen=True, slots=True)
class Backup:
    """What an archive holds. `aside`: after restoring, where that lies which was there before."""

    made_at: datetime
    schema: str
    households: int
    attachments: int
    size: int  # bytes of the archive
    aside: Path | None = None

    def as_dict(self, file: Path) -> dict[str, Any]:
        return {"file": str(file), "bytes": self.size, "made_at": self.made_at.isoformat(), "schema": self.schema,
                "households": self.households, "attachments": self.attachments}  # fmt: skip


def make(settings: Settings, file: Path, now: datetime, progress: Progress = nobody_watches) -> Backup:
    """Write an archive, whole or not at all; the service may be running. Raises `Mistake`."""
    source = _database(settings, "backup", file)
    if not source.is_file():
        raise Mistake(phrase("mistake.no_database", path=source))
    with (
        explained(make_url(settings.database_url)),
        TemporaryDirectory(prefix="loa-backup-", dir=settings.app.data_dir) as folder,
    ):
        copy = Path(folder) / DATABASE
        taken = snapshot.take(source, copy)
        # After the database: a file that it names was there before its row, and a later one does no harm.
        inside = dict(_inside(settings, copy))
        pack(file, inside, now, progress)
    attachments = sum(name.startswith(UPLOADS) for name in inside)
    return Backup(now, taken.schema, taken.households, attachments, file.stat().st_size)


def _inside(settings: Settings, database: Path) -> Iterator[tuple[str, Path]]:
    yield DATABASE, database
    key = key_file(settings.app.data_dir)
    if key.is_file():
        yield KEY, key
    if settings.uploads.is_dir():
        for path in sorted(settings.uploads.iterdir()):
            if path.is_file() and path.suffix != ".part":
                yield f"{UPLOADS}{path.name}", path


def restore(settings: Settings, file: Path, now: datetime) -> Backup:
    """Put an archive where the service looks, once it has proved whole; what was there is kept aside.

    Raises `Mistake`, also while the service runs: then nothing has changed.
    """
    database, data_dir = _database(settings, "restore", file), settings.app.data_dir
    url = make_url(settings.database_url)
    with explained(url):
        data_dir.mkdir(parents=True, exist_ok=True)
        with Alone(url), unpacked(file, data_dir) as found:
            proved = snapshot.prove(found.database)
            if database.exists():
                with suppress(sqlite3.Error):  # a damaged one is what people restore for
                    snapshot.settle(database)
            attachments = len(found.attachments)
            aside = _put_in_place(found, settings, database, now)
    return Backup(found.made_at, proved.schema, proved.households, attachments, file.stat().st_size, aside)


def _put_in_place(found: Unpacked, settings: Settings, database: Path, now: datetime) -> Path | None:
    settings.uploads.mkdir(parents=True, exist_ok=True)
    for path in found.attachments:  # only added: their names tell their content
        shutil.move(path, settings.uploads / path.name)
    aside = _put_aside(settings, database, now)
    if found.key is not None:
        found.key.chmod(0o600)
        os.replace(found.key, key_file(settings.app.data_dir))
    found.database.chmod(0o600)
    os.replace(found.database, database)
    return aside


def _put_aside(settings: Settings, database: Path, now: datetime) -> Path | None:
    """Move the present database, with the files beside it, and a copy of the key into a folder of their own."""
    there = [path for end in ("", "-wal", "-shm") if (path := Path(f"{database}{end}")).exists()]
    if not there:
        return None
    names = (
        settings.app.data_dir / f"replaced-{now.astimezone(settings.commune.zone):%Y%m%d-%H%M%S}{f'-{n}' if n else ''}"
        for n in count()
    )
    aside = next(path for path in names if not path.exists())
    aside.mkdir()
    key = key_file(settings.app.data_dir)
    if key.exists():
        shutil.copy2(key, aside / KEY)
    for path in there:
        os.replace(path, aside / path.name)
    return aside


def _database(settings: Settings, verb: str, file: Path) -> Path:
    """The database's file. Raises `Unusable` for PostgreSQL, with the command that does it there."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database)
    command = phrase(f"postgres.{verb}", file=file, where=_where(url), database=url.database)
    what = phrase("mistake.postgres_backup", command=command)
    raise Unusable(what, phrase("mistake.postgres_files", folder=settings.app.data_dir.absolute()))


def _where(url: URL) -> str:
    parts = {"host": url.host, "port": url.port, "username": url.username}
    return " ".join(f"--{name}={value}" for name, value in parts.items() if value)

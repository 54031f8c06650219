"""One service at a time on an SQLite database."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from sqlalchemy import URL

from announcements.mistakes import Mistake
from announcements.phrases import phrase


class Alone:
    """On SQLite a second `loa run` is refused: one process then knows that every other lease is dead. `loa restore`
    holds the same lock. PostgreSQL needs none."""

    def __init__(self, url: URL) -> None:
        self._path = None if url.get_backend_name() != "sqlite" or not url.database else Path(f"{url.database}.lock")
        self._descriptor = -1

    def __enter__(self) -> None:
        if self._path is None:
            return
        self._descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise Mistake(phrase("mistake.already_running")) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

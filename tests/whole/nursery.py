"""Real processes of `loa` that need not load its libraries first: a process that has loaded them forks each.

Loading takes longer than most commands, and the tests run hundreds. A fork has its own memory, files and signals, and
can be killed with -9 like any other. `python -m tests.whole.nursery FD` is the process that forks; it ends with the
one that started it. What holds for the start itself is asked of `LOA`, the console script.
"""

import asyncio
import atexit
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What commands load when they are called, beside the command line.
LOADED = ("bot.cli.main", "bot.app", "bot.demo.stage", "alembic.command", "db.upgrading", "aiosqlite", "psycopg",
          "sqlalchemy.dialects.sqlite.aiosqlite", "sqlalchemy.dialects.postgresql.psycopg")  # fmt: skip
LONGEST = 1 << 17  # bytes of a wish: the words, the folder, the environment


class Child:
    """A command under way; as much of `asyncio.subprocess.Process` as its users need."""

    def __init__(self, pid: int, news: asyncio.StreamReader, line: asyncio.ReadTransport) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._line = line
        self._end = asyncio.create_task(self._ended(news))

    async def _ended(self, news: asyncio.StreamReader) -> int:
        try:
            self.returncode = int(await news.readline())
        finally:
            self._line.close()
        return self.returncode

    async def wait(self) -> int:
        return await asyncio.shield(self._end)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def start(words: Sequence[str], folder: Path, environment: Mapping[str, str], *, given: int, out: int,
                err: int) -> Child:  # fmt: skip
    """`loa` with these words, in this folder, its standard streams these descriptors."""
    reading, writing = os.pipe()
    wish = json.dumps([list(words), str(folder), dict(environment)]).encode()
    try:
        socket.send_fds(_nursery(), [wish], [given, out, err, writing])
    finally:
        os.close(writing)
    news = asyncio.StreamReader()
    pipe = os.fdopen(reading, "rb", 0)
    line, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(news), pipe)
    return Child(int(await news.readline()), news, line)


@cache
def _nursery() -> socket.socket:
    """The line to the process that forks, which starts with the first wish."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * LONGEST)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.whole.nursery", str(theirs.fileno())],
        cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    theirs.close()

    def close() -> None:
        ours.close()
        process.wait(10)

    atexit.register(close)
    return ours


def serve(line: socket.socket) -> None:
    """Fork for every wish, until nobody is left to have any. Returns in each child, ready to be the command."""
    while True:
        wish, streams, _, _ = socket.recv_fds(line, LONGEST, 4)
        with suppress(ChildProcessError):  # nobody here asks how a fork ended: it tells by itself
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        if not wish:
            sys.exit()
        if os.fork() == 0:
            line.close()
            words, folder, environment = json.loads(wish)
            *standard, news = streams
            _mind(news)
            _become(words, folder, environment, standard)
            return
        for descriptor in streams:
            os.close(descriptor)


def _mind(news: int) -> None:
    """Fork once more, tell the child's number and how it ends. Returns in the child only."""
    child = os.fork()
    if child == 0:
        os.close(news)
        return
    for descriptor in (0, 1, 2):  # whoever reads what the child says waits for the child alone
        os.close(descriptor)
    os.write(news, f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    os.write(news, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(words: Sequence[str], folder: str, environment: Mapping[str, str], standard: Sequence[int]) -> None:
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["loa", *words]


if __name__ == "__main__":
    from bot.cli import main  # the console script; as soon as it has loaded its module of this name, that hides it

    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a child need not look at what it was born with
    serve(socket.socket(fileno=int(sys.argv[1])))
    main()

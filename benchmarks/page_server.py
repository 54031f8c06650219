"""The service's pages in a process of their own, for `benchmarks/pages.py`: one notice that half of the commune has
answered, staff who are signed in, further answers coming in; and on another port a bare handler."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from announcements.reach import Answer
from announcements.types import Grade, How, Role
from benchmarks import places
from benchmarks.places import NOW, ROOT, Size
from bot.config import App, Settings
from bot.context import Context
from bot.office.staff import access
from bot.web import serving
from bot.web.server import create_app
from db.access import people
from db.answering import answers
from db.answering.answers import Record
from db.engine import Database
from db.writer import Writer

EVERY = 0.2  # seconds between answers
BROADCAST = 1


@dataclass(frozen=True, slots=True)
class Served:
    """`secrets` are of staff's sessions."""

    url: str
    bare: str
    code: str
    secrets: tuple[str, ...]


@contextmanager
def served(path: Path, size: Size, sessions: int) -> Iterator[Served]:
    """The pages of the database at `path`, served as long as the block lasts."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(path, size, sessions, there))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join()


def _serve(path: Path, size: Size, sessions: int, pipe: Connection) -> None:
    asyncio.run(_run(path, size, sessions, pipe))


async def _run(path: Path, size: Size, sessions: int, pipe: Connection) -> None:
    database = Database(places.url_of(path))
    async with database.write() as connection:
        row = await places.announce(connection)
        await places.arrived(connection)
    settings = Settings(app=App(data_dir=path.parent, public_url="http://127.0.0.1:8000"))
    async with Writer(database) as writer:
        context = Context(settings, database, writer, b"a secret of this benchmark, 32 b")
        app = create_app(context)
        context.answered = app.state.watching.moved
        await _answer(context, range(1, size.households // 2))
        secrets = [await _signed_in(context) for _ in range(sessions)]
        listening, bare = serving.bind("127.0.0.1", 0), serving.bind("127.0.0.1", 0)
        servers = [serving.server(app), serving.server(_bare())]
        tasks = [asyncio.create_task(servers[0].serve(sockets=[listening])),
                 asyncio.create_task(servers[1].serve(sockets=[bare]))]  # fmt: skip
        going_on = asyncio.create_task(_go_on(context, size))
        urls = [f"http://127.0.0.1:{one.getsockname()[1]}" for one in (listening, bare)]
        pipe.send(Served(urls[0], urls[1], row.code, tuple(secrets)))
        await asyncio.to_thread(pipe.recv)
        going_on.cancel()
        await app.state.watching.close()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)
    await database.close()


def _bare() -> FastAPI:
    app = FastAPI()

    @app.get("/page")
    async def page(size: int) -> HTMLResponse:
        """A ready page of so many bytes."""
        return HTMLResponse(b"x" * size)

    return app


async def _answer(context: Context, households: range) -> None:
    said = Answer(How.BOARD, NOW, Grade.RECEIVED, "board")
    records = [Record(BROADCAST, household, said) for household in households]
    await context.writer.submit_all(answers.record, records)
    context.answered(BROADCAST)


async def _go_on(context: Context, size: Size) -> None:
    """One household after the other answers."""
    for household in range(size.households // 2, size.households):
        await asyncio.sleep(EVERY)
        await _answer(context, range(household, household + 1))


async def _signed_in(context: Context) -> str:
    async with context.database.write() as connection:
        staff = await people.add(connection, name="Trần Văn Mẫu", role=Role.SECRETARY, area_id=ROOT)
    link = await access.sign_in_link(context, staff)
    secret, _ = await access.sign_in(context, link.url.rpartition("/")[2], "")
    return secret

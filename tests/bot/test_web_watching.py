"""Open pages kept up to date: one look for all who watch, each told only of their own, and nobody held too long."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from announcements.types import Role
from bot.office.staff.access import Visitor
from bot.web import serving
from bot.web.dashboard import watching as module
from bot.web.dashboard.watching import Full, Watching
from bot.web.office.cookie import COOKIE
from db.access import people, sessions
from db.announcing.board import Notice
from db.engine import Database
from tests.bot.conftest_board import Village, open_board

SOON = 5.0  # seconds: far more than it takes


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Village]:
    monkeypatch.setattr(module, "AT_MOST_EVERY", 0.02)
    monkeypatch.setattr(module, "SLOWLY", 0.2)
    monkeypatch.setattr(module, "SENDING_EVERY", 0.2)
    async with open_board(sqlite_database, tmp_path) as village:
        yield village
        await watching(village).close()


def watching(village: Village) -> Watching:
    found: Watching = village.app.state.watching
    return found


async def visitor(village: Village, role: Role = Role.SECRETARY, area: str = "") -> Visitor:
    _, staff = await village.session(role, area)
    async with village.context.database.read() as connection:
        (session,) = await sessions.of_staff(connection, staff.id, village.now)
    return Visitor(staff, session)


async def acknowledge(village: Village, notice: Notice, head: str) -> None:
    async with village.device() as device:
        await device.post(f"/n/{notice.code}/ack", data={"card": village.cards[head]})
    watching(village).moved(notice.broadcast_id)


async def told(stream: AsyncIterator[str]) -> Any:
    """The next figures, heartbeats passed over."""
    async with asyncio.timeout(SOON):
        async for line in stream:
            if line.startswith("data: "):
                return json.loads(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


async def rest(stream: AsyncIterator[str]) -> None:
    """Read a stream to its end, which comes soon."""
    async with asyncio.timeout(SOON):
        async for _ in stream:
            pass


async def test_a_page_is_told_at_once_and_when_somebody_answers(village: Village) -> None:
    notice = await village.announce(to=("",))
    async with aclosing(watching(village).news(notice.broadcast_id, await visitor(village))) as stream:
        assert (await told(stream))["total"] == [6, 0, 0, 0, 6, 0, 6, 0]
        await acknowledge(village, notice, "Bà Lan")
        now = await told(stream)
        assert now["total"][:2] == [6, 1]
        assert now["areas"]["thu-que"][:2] == [3, 1]
        assert now["state"] == "published"
        await village.withdraw(notice)
        assert (await told(stream))["state"] == "withdrawn"


async def test_everybody_is_told_of_their_own_village_only(village: Village) -> None:
    notice = await village.announce(to=("",))
    own = watching(village).news(notice.broadcast_id, await visitor(village, Role.VILLAGE_HEAD, "Thu Quế"))
    async with aclosing(own) as stream:
        first = await told(stream)
        assert set(first["areas"]) == {"thu-que", "thu-que-to-1", "thu-que-to-2"}
        assert first["total"][0] == 3
        await acknowledge(village, notice, "Chị Mai")
        await acknowledge(village, notice, "Bà Lan")
        assert (await told(stream))["total"][1] == 1


async def test_a_hundred_pages_are_one_look(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOWLY", 60.0)
    notice = await village.announce(to=("",))
    watchers = [await visitor(village) for _ in range(10)]
    streams = [watching(village).news(notice.broadcast_id, watchers[number % 10]) for number in range(100)]
    await asyncio.gather(*(told(stream) for stream in streams))
    asked: list[str] = []
    engine = village.context.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    await acknowledge(village, notice, "Bà Lan")
    of_the_answer = len(asked)
    figures = await asyncio.gather(*(told(stream) for stream in streams))
    assert {one["total"][1] for one in figures} == {1}
    assert len(asked) - of_the_answer <= 5  # one transaction
    for stream in streams:
        await stream.aclose()
    assert watching(village).viewers == []


async def test_a_session_that_ends_ends_its_pages_and_no_other(village: Village) -> None:
    notice = await village.announce(to=("",))
    leaving, staying = await visitor(village), await visitor(village)
    async with (
        aclosing(watching(village).news(notice.broadcast_id, leaving)) as ended,
        aclosing(watching(village).news(notice.broadcast_id, staying)) as kept,
    ):
        await told(ended)
        await told(kept)
        async with village.context.database.write() as connection:
            await sessions.end(connection, leaving.staff.id, leaving.session.id, village.now)
        await rest(ended)
        await acknowledge(village, notice, "Bà Lan")
        assert (await told(kept))["total"][1] == 1


async def test_whoever_leaves_office_is_sent_away(village: Village) -> None:
    notice = await village.announce(to=("",))
    leaving = await visitor(village)
    async with aclosing(watching(village).news(notice.broadcast_id, leaving)) as stream:
        await told(stream)
        async with village.context.database.write() as connection:
            await people.end(connection, leaving.staff.id, village.now)
        await rest(stream)


async def test_silence_is_broken_by_heartbeats(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.05)
    notice = await village.announce(to=("",))
    async with aclosing(watching(village).news(notice.broadcast_id, await visitor(village))) as stream:
        await told(stream)
        async with asyncio.timeout(SOON):
            assert (await anext(stream)).startswith(":")


async def test_pages_are_bounded_for_each_and_for_all(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    notice, one, other = await village.announce(to=("",)), await visitor(village), await visitor(village)
    monkeypatch.setattr(module, "MOST_EACH", 2)
    monkeypatch.setattr(module, "MOST", 3)
    streams = [watching(village).news(notice.broadcast_id, who) for who in (one, one, other)]
    for place, stream in enumerate(streams):
        watching(village).make_room(other if place == 2 else one)
        await told(stream)
    for who in (one, other):
        with pytest.raises(Full):
            watching(village).make_room(who)
    await streams[0].aclose()
    watching(village).make_room(one)
    for stream in streams[1:]:
        await stream.aclose()


@dataclass(slots=True)
class Site:
    url: str
    server: serving.Server
    running: "asyncio.Task[None]"


@asynccontextmanager
async def served(village: Village) -> AsyncIterator[Site]:
    listening = serving.bind("127.0.0.1", 0)
    server = serving.server(village.app)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    yield Site(f"http://127.0.0.1:{listening.getsockname()[1]}", server, running)
    await watching(village).close()
    server.should_exit = True
    await running


async def test_over_http_a_stream_flows_and_does_not_hold_up_the_stop(village: Village) -> None:
    notice = await village.announce(to=("",))
    secret, _ = await village.session(Role.SECRETARY, "")
    async with served(village) as site, httpx.AsyncClient(base_url=site.url, cookies={COOKIE: secret}) as browser:
        async with browser.stream("GET", f"/notices/{notice.code}/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            lines = answer.aiter_lines()
            assert json.loads((await anext(lines)).removeprefix("data: "))["total"][0] == 6
            begun = asyncio.get_running_loop().time()
            await watching(village).close()
            site.server.should_exit = True
            await asyncio.wait_for(site.running, SOON)
            assert asyncio.get_running_loop().time() - begun < 2
        assert watching(village).viewers == []


async def test_once_the_service_stops_no_page_may_watch(village: Village) -> None:
    notice = await village.announce(to=("",))
    await watching(village).close()
    async with await village.sign_in(Role.SECRETARY, "") as browser:
        assert (await browser.get(f"/notices/{notice.code}/events")).status_code == 204


async def test_a_browser_that_goes_away_is_forgotten(village: Village) -> None:
    notice = await village.announce(to=("",))
    secret, _ = await village.session(Role.SECRETARY, "")
    async with served(village) as site, httpx.AsyncClient(base_url=site.url, cookies={COOKIE: secret}) as browser:
        async with browser.stream("GET", f"/notices/{notice.code}/events") as answer:
            await anext(answer.aiter_lines())
            assert len(watching(village).viewers) == 1
        async with asyncio.timeout(SOON):
            while watching(village).viewers:  # noqa: ASYNC110 -- nobody tells a test that a browser has gone
                await asyncio.sleep(0.02)

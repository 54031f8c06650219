"""The application around the pages: headers, guards, errors, health, static files, wording."""

import asyncio
import string
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from announcements.types import ChannelKind, Grade, Outcome
from bot.web import serving
from bot.web.pages import FINGERPRINTS, STATIC, static_address
from bot.web.problems import STATUS, Problem
from bot.web.server import BODY
from bot.web.wording import say, sentences
from db.engine import Database
from db.platforms import accounts, inbox
from db.platforms.accounts import Health
from db.platforms.inbox import RawUpdate
from tests.bot.conftest_board import START, Village, open_board
from tests.makers import make_broadcast, make_chats

JSON = {"Accept": "application/json"}


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(sqlite_database, tmp_path) as village:
        yield village


def break_a_page(app: FastAPI) -> None:
    @app.get("/hong")
    async def broken() -> None:
        raise RuntimeError("a secret from the inside")


async def test_every_answer_carries_the_security_headers(village: Village) -> None:
    break_a_page(village.app)
    async with village.device() as device:
        answers = [await device.get(path) for path in ("/", "/khac", "/h/000000", "/healthz", "/hong", "/robots.txt",
                                                       static_address("loa.css"))]  # fmt: skip
        answers.append(
            await device.post("/h", headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://khac.example"})
        )
    assert [answer.status_code for answer in answers] == [200, 404, 404, 200, 500, 200, 200, 403]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none';")
        assert "script" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "permissions-policy" in answer.headers


async def test_a_fault_of_ours_shows_nothing_of_the_inside(village: Village) -> None:
    break_a_page(village.app)
    async with village.device() as device:
        page = await device.get("/hong")
        data = await device.get("/hong", headers=JSON)
    assert "Bảng tin đang gặp trục trặc" in page.text
    assert "secret" not in page.text + data.text
    assert (data.status_code, data.json()["state"]) == (500, "broken")


@pytest.mark.parametrize(
    ("method", "path", "status", "state"),
    [
        ("GET", "/khac", 404, "page_unknown"),
        ("DELETE", "/", 405, "method_wrong"),
        ("GET", "/forget", 405, "method_wrong"),
        ("GET", "/static/khac.css", 404, "page_unknown"),
        ("GET", "/n/TB-0000", 404, "notice_unknown"),
    ],
)
async def test_what_is_not_there_is_said_in_vietnamese_or_json(
    village: Village, method: str, path: str, status: int, state: str
) -> None:
    async with village.device() as device:
        page = await device.request(method, path)
        data = await device.request(method, path, headers=JSON)
    assert (page.status_code, '<html lang="vi">' in page.text) == (status, True)
    assert (data.status_code, data.json()["state"]) == (status, state)


async def test_a_form_that_cannot_be_read_gets_a_sentence(village: Village) -> None:
    async with village.device() as device:
        answer = await device.post("/h", files={"card": ("a.txt", b"x")})
        assert (answer.status_code, "không đọc được nội dung" in answer.text) == (422, True)
        answer = await device.post("/h", content=b"--x", headers={"Content-Type": "multipart/form-data"})
        assert answer.status_code == 400


async def test_a_body_over_the_cap_is_refused_announced_or_not(village: Village) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"card="
        for _ in range(BODY // 1000 + 1):
            yield b"x" * 1000

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with village.device() as device:
        for body in (b"card=" + b"x" * BODY, chunks()):
            answer = await device.post("/h", content=body, headers=form)
            assert (answer.status_code, "lớn hơn mức bảng tin nhận" in answer.text) == (413, True)
        assert (await device.post("/h", content=b"card=" + b"9" * 1000, headers=form)).status_code == 303
        odd = {**form, "Content-Length": "-1"}
        assert (await device.post("/h", content=b"card=9", headers=odd)).status_code == 413


async def test_the_process_and_the_database_answer_for_themselves(village: Village) -> None:
    async with village.device() as device:
        assert (await device.get("/healthz")).json() == {"status": "ok"}
        assert (await device.get("/readyz")).json() == {"status": "ok", "database": "ok"}


async def test_an_absent_database_is_not_ready_but_alive(tmp_path: Path, village: Village) -> None:
    village.context.database._reading = Database(f"sqlite+aiosqlite:///{tmp_path}/khong/co.db").engine
    async with village.device() as device:
        assert (await device.get("/healthz")).status_code == 200
        answer = await device.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "unavailable")


async def test_figures_of_what_waits_are_there_for_whoever_watches(village: Village) -> None:
    database = village.context.database
    async with database.write() as connection:
        await accounts.register(connection, "telegram", ChannelKind.TELEGRAM)
        await accounts.note_health(connection, [Health("telegram", START, "unauthorised")])
        await inbox.store(connection, [RawUpdate("telegram", "7", "{}", START)])
    await make_chats(database, [village.area("Thu Quế 1")])
    await make_broadcast(database, [village.area("Thu Quế")])
    async with village.device() as device:
        answer = await device.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    figures = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert figures["loa_database_up"] == "1.0"
    assert figures['loa_account_up{account="telegram",channel="telegram"}'] == "0.0"
    assert figures['loa_deliveries{account="telegram",state="queued"}'] == "1.0"
    assert figures['loa_inbox_waiting{account="telegram"}'] == "1.0"
    assert "process_resident_memory_bytes" in figures


async def test_without_a_database_the_figures_say_so(tmp_path: Path, village: Village) -> None:
    village.context.database._reading = Database(f"sqlite+aiosqlite:///{tmp_path}/khong/co.db").engine
    async with village.device() as device:
        answer = await device.get("/metrics")
    assert answer.status_code == 200
    assert "loa_database_up 0.0" in answer.text


async def test_robots_are_kept_out(village: Village) -> None:
    async with village.device() as device:
        assert (await device.get("/robots.txt")).text == "User-agent: *\nDisallow: /\n"
        assert (await device.get("/")).headers["x-robots-tag"] == "noindex, nofollow"


async def test_static_files_are_kept_for_ever_under_their_fingerprint_only(village: Village) -> None:
    async with village.device() as device:
        for name in FINGERPRINTS:
            kept = await device.get(static_address(name))
            assert (kept.status_code, "immutable" in kept.headers["cache-control"]) == (200, True)
            assert "cache-control" not in (await device.get(f"/static/{name}")).headers
        gone = await device.get("/static/khac.css?v=1")
    assert "immutable" not in gone.headers.get("cache-control", "")


def test_the_stylesheet_is_small_and_loads_nothing() -> None:
    css = (STATIC / "loa.css").read_text("utf-8")
    assert len(css.encode()) < 24_000
    assert "url(" not in css
    assert "@import" not in css


async def test_no_documentation_of_the_pages_is_offered(village: Village) -> None:
    async with village.device() as device:
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert (await device.get(path)).status_code == 404


async def test_a_client_without_an_address_is_served(village: Village) -> None:
    transport = httpx.ASGITransport(village.app, client=("a-socket", 0))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as device:
        assert (await device.get("/h/000000")).status_code == 404


def test_every_problem_has_its_words_and_status() -> None:
    for problem in Problem:
        assert say(f"heading.{problem}")
        assert sentences()["problem"][problem].endswith((".", "{sentence}"))
        assert STATUS[problem] >= 400
    assert set(sentences()["problem"]) == set(sentences()["heading"]) == {problem.value for problem in Problem}


def test_every_answer_and_standing_has_its_words() -> None:
    assert set(sentences()["answer"]) == set(sentences()["extra"]) == {grade.value for grade in Grade}
    assert set(sentences()["standing"]) == {outcome.value for outcome in Outcome}


def test_sentences_take_their_values_by_name() -> None:
    for table in sentences().values():
        for text in table.values():
            assert all(name.isidentifier() for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize(
    ("trusted", "seen"), [(["127.0.0.1"], "203.0.113.9"), (["10.0.0.0/8"], "127.0.0.1"), ([], "127.0.0.1")]
)
async def test_only_a_trusted_proxy_says_who_sent_a_request(trusted: list[str], seen: str) -> None:
    app = FastAPI()

    @app.get("/")
    async def who(request: Request) -> str:
        return request.client.host if request.client else ""

    listening = serving.bind("127.0.0.1", 0)
    server = serving.server(app, trusted)
    pages = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            port = listening.getsockname()[1]
            answer = await client.get(f"http://127.0.0.1:{port}/", headers={"X-Forwarded-For": "1.2.3.4, 203.0.113.9"})
            assert answer.json() == seen
    finally:
        server.should_exit = True
        await pages

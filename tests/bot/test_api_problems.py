"""What the API says when something is wrong: problem details, always; and the gate's other duties."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.web.api.described import FROM_SERVICES
from bot.web.api.gate import PER_MINUTE, Gate
from bot.web.api.problems import AROUND, BY_STATUS, STATUS, Trouble
from bot.web.problems import STATUS as PAGES
from bot.web.server import BODY
from bot.web.wording import sentences
from db.engine import Database
from tests.bot.conftest_api import Service, open_api

PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def service(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    async with open_api(sqlite_database, tmp_path) as service:
        yield service


def is_problem(answer: httpx.Response, trouble: Trouble) -> dict[str, Any]:
    assert answer.headers["content-type"] == PROBLEM, answer.text
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"]) == (STATUS[trouble], STATUS[trouble])
    assert body["type"] == f"/api/docs#problem-{trouble}"
    assert body["title"] == sentences()["api_title"][trouble]
    assert body["detail"].endswith(".")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    return body


async def test_what_is_not_there_or_not_so(service: Service) -> None:
    key = await service.key()
    is_problem(await service.ask(key, "GET", "/khac"), Trouble.NOT_FOUND)
    is_problem(await service.ask(key, "GET", "/announcements/TB-0000"), Trouble.NOT_FOUND)
    is_problem(await service.ask(key, "GET", "/announcements/TB%0A0000"), Trouble.NOT_FOUND)
    answer = await service.ask(key, "DELETE", "/announcements")
    assert "chỉ nhận GET, POST" in is_problem(answer, Trouble.METHOD_WRONG)["detail"]
    assert answer.headers["allow"] == "GET, POST"
    async with service.village.device() as device:
        is_problem(await device.get("/api/khac"), Trouble.NOT_FOUND)


async def test_a_challenge_comes_with_401_and_403(service: Service) -> None:
    answer = await service.ask(None, "GET", "/me")
    is_problem(answer, Trouble.UNAUTHORISED)
    assert answer.headers["www-authenticate"] == 'Bearer realm="loa"'
    answer = await service.ask(await service.key(scopes=[]), "GET", "/areas")
    is_problem(answer, Trouble.SCOPE_MISSING)
    assert 'error="insufficient_scope", scope="read"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("scheme", ["Basic", "", "loa"])
async def test_a_key_is_a_bearers(service: Service, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {await service.key()}"}
    is_problem(await service.ask(None, "GET", "/me", headers=headers), Trouble.UNAUTHORISED)


async def test_the_scheme_is_read_in_any_case(service: Service) -> None:
    headers = {"Authorization": f"bearer  {await service.key()}"}
    assert (await service.ask(None, "GET", "/me", headers=headers)).status_code == 200


async def test_a_body_that_is_no_json(service: Service) -> None:
    key = await service.key()
    path = f"/announcements/{(await service.notice()).announcement}/told"
    is_problem(await service.ask(key, "POST", path, content=b"household=H-001"), Trouble.NOT_JSON)
    is_problem(await service.ask(key, "POST", path, data={"household": "H-001"}), Trouble.NOT_JSON)
    for broken in (b"{", b"\xff\xfe", b"[" * 20_000):
        body = is_problem(await service.ask(key, "POST", path, content=broken, headers=JSON), Trouble.INVALID)
        assert not body.get("errors") or body["errors"][0]["in"] == "body"


async def test_a_body_over_the_cap_announced_or_not(service: Service) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(BODY // 1000 + 1):
            yield b"x" * 1000

    key = await service.key()
    path = f"/announcements/{(await service.notice()).announcement}/told"
    for content in (b"x" * (BODY + 1), chunks()):
        is_problem(await service.ask(key, "POST", path, content=content, headers=JSON), Trouble.TOO_LARGE)


async def test_a_page_of_another_site_is_refused(service: Service) -> None:
    headers = {"Origin": "https://khac.example", "Sec-Fetch-Site": "cross-site"}
    answer = await service.ask(await service.key(), "POST", "/announcements", json={}, headers=headers)
    is_problem(answer, Trouble.FOREIGN_PAGE)


async def test_every_wrong_field_is_named(service: Service) -> None:
    body = {"title": "", "areas": ["Thu Quế", 5], "kind": "party", "urgent": True, "at": 7}
    answer = await service.ask(await service.key(), "POST", "/announcements", json=body)
    errors = {(one["in"], one["field"]): one["detail"] for one in is_problem(answer, Trouble.INVALID)["errors"]}
    assert errors == {
        ("header", "Idempotency-Key"): "Thiếu.",
        ("body", "title"): "Quá ngắn, ít nhất 1 ký tự.",
        ("body", "body"): "Thiếu.",
        ("body", "areas.0"): "Sai dạng; phải khớp ^[a-z0-9-]{1,120}$.",
        ("body", "areas.1"): "Phải là chuỗi chữ.",
        ("body", "kind"): "Chỉ nhận: notice, meeting, health, payment, utility, warning.",
        ("body", "at"): "Phải là chuỗi chữ.",
        ("body", "urgent"): "Không có ô này.",
    }


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=%00",
        "cursor=MS4x!",
        "cursor=Mi4x",
        "state=x",
        "area=Thu Quế",
        "kinds=meeting",
    ],
)
async def test_a_wrong_parameter_is_named(service: Service, query: str) -> None:
    answer = await service.ask(await service.key(), "GET", f"/announcements?{query}")
    (error,) = is_problem(answer, Trouble.INVALID)["errors"]
    assert (error["in"], error["field"]) == ("query", query.partition("=")[0])


@pytest.mark.parametrize("when", ["hôm nay", "0001-01-01T00:00", "9999-12-31T23:59:59-12:00", "9999-12-31T23:00:00Z"])
async def test_a_time_outside_the_calendar_is_refused(service: Service, when: str) -> None:
    key = await service.key()
    is_problem(await service.create(key, "mot", at=when), Trouble.REFUSED)
    listed = await service.ask(key, "GET", "/announcements", params={"due_from": when})
    assert listed.status_code in (200, 422)


async def test_half_letters_and_nothings_in_a_request_are_survived(service: Service) -> None:
    key = await service.key()
    code = (await service.notice()).announcement
    for field, known in (("\ud800", Trouble.INVALID), ("\x00", Trouble.NOT_FOUND), ("a\x00b", Trouble.NOT_FOUND),
                         ("\u202e", Trouble.NOT_FOUND)):  # fmt: skip
        body = json.dumps({"household": field, "how": "met", field: 1})
        answer = await service.ask(key, "POST", f"/announcements/{code}/told", content=body, headers=JSON)
        is_problem(answer, Trouble.INVALID)
        answer = await service.ask(key, "POST", f"/announcements/{code}/undo", content=json.dumps({"household": field}),
                                   headers=JSON)  # fmt: skip
        is_problem(answer, known)


async def test_what_can_not_be_done_says_why(service: Service) -> None:
    key = await service.key()
    notice = await service.notice()
    await service.village.withdraw(notice)
    for path, body in (("told", {"household": "H-001", "how": "met"}), ("resend", {"states": ["failed"]})):
        answer = await service.ask(key, "POST", f"/announcements/{notice.announcement}/{path}", json=body)
        assert notice.announcement in is_problem(answer, Trouble.REFUSED)["detail"]


async def test_a_fault_of_ours_shows_nothing_of_the_inside(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret from the inside")

    monkeypatch.setattr("bot.office.documents.areas", broken)
    answer = await service.ask(await service.key(), "GET", "/areas")
    is_problem(answer, Trouble.BROKEN)
    assert "secret" not in answer.text
    assert "RuntimeError" in caplog.text


async def test_a_key_that_asks_too_often_waits_and_the_others_do_not(service: Service) -> None:
    moment = [1000.0]

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    gate = Gate(application, service.village.context, lambda: moment[0])
    one, other = await service.key(), await service.key()

    async def ask(key: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://loa.example") as client:
            return await client.get("/v1/me", headers={"Authorization": f"Bearer {key}"})

    for _ in range(PER_MINUTE):
        moment[0] += 0.1
        assert (await ask(one)).status_code == 204
    answer = await ask(one)
    assert (answer.status_code, answer.headers["content-type"]) == (429, PROBLEM)
    wait = int(answer.headers["retry-after"])
    assert 25 <= wait <= 31
    assert f"sau {wait} giây" in answer.json()["detail"]
    assert (await ask(other)).status_code == 204
    moment[0] += wait
    assert (await ask(one)).status_code == 204


def test_every_problem_has_its_words() -> None:
    assert set(STATUS) == set(Trouble)
    for table in ("api_title", "api_remedy"):
        assert set(sentences()[table]) == {trouble.value for trouble in Trouble}
    assert set(sentences()["api_detail"]) == {trouble.value for trouble in set(Trouble) - set(FROM_SERVICES)}
    assert all(STATUS[trouble] == status for status, trouble in BY_STATUS.items())
    assert {problem: STATUS[trouble] for problem, trouble in AROUND.items()}.items() <= PAGES.items()


async def test_every_type_leads_to_its_place_in_the_documentation(service: Service) -> None:
    async with service.village.device() as device:
        page = (await device.get("/api/docs")).text
    for trouble in Trouble:
        assert re.search(rf'<dt id="problem-{trouble}">{STATUS[trouble]}', page)

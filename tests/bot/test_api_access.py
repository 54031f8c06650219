"""Who may do what through the API, as a table: every operation × every scope × own, wider, narrower, foreign area."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from announcements.types import KeyScope
from bot.office.staff import keys as office
from bot.web.api.openapi import describe
from bot.web.api.server import routed
from db.engine import Database
from db.tables import t
from tests.bot.conftest_api import ALL, LAN_PHONE, Service, open_api

HEADS = ("Bà Lan", "Ông Hải", "Ông Bình", "Chị Mai", "Anh Tú", "Cụ Sáu")
NEW = {"title": "Họp", "body": "Mời dự.", "areas": ["thu-que"]}
# A request of each operation that succeeds for a key of Thu Quế: {code} is a notice to Thu Quế.
REQUESTS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "show_key": ("GET", "/me", None),
    "list_areas": ("GET", "/areas", None),
    "list_announcements": ("GET", "/announcements", None),
    "create_announcement": ("POST", "/announcements", NEW),
    "show_announcement": ("GET", "/announcements/{code}", None),
    "withdraw_announcement": ("POST", "/announcements/{code}/withdraw", None),
    "resend_announcement": ("POST", "/announcements/{code}/resend", {"states": ["failed"]}),
    "show_report": ("GET", "/announcements/{code}/report", None),
    "list_deliveries": ("GET", "/announcements/{code}/deliveries", None),
    "record_told": ("POST", "/announcements/{code}/told", {"household": "H-001", "how": "met"}),
    "record_unreachable": ("POST", "/announcements/{code}/unreachable", {"household": "H-001", "why": "away"}),
    "undo_record": ("POST", "/announcements/{code}/undo", {"household": "H-001"}),
    "list_households": ("GET", "/households", None),
    "list_unreached": ("GET", "/announcements/{code}/unreached", None),
    "list_late_joiners": ("GET", "/announcements/{code}/late-joiners", None),
}
OPERATIONS = {
    operation["operationId"]: (method.upper(), path.removeprefix("/v1"), operation["security"][0]["key"])
    for path, methods in describe(routed())["paths"].items()
    for method, operation in methods.items()
}
LISTS = {"show_key", "list_areas", "list_announcements", "list_households"}  # of whatever the key sees


@pytest.fixture
async def service(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    async with open_api(sqlite_database, tmp_path) as service:
        yield service


async def request(service: Service, key: str | None, operation: str, code: str) -> tuple[int, Any]:
    method, path, body = REQUESTS[operation]
    headers = {"Idempotency-Key": f"{operation} {key}"[:60].replace(" ", "-")}
    answer = await service.ask(key, method, path.format(code=code), json=body, headers=headers)
    return answer.status_code, answer.json()


def test_the_table_has_every_operation() -> None:
    assert {name: request[:2] for name, request in REQUESTS.items()} == {
        name: operation[:2] for name, operation in OPERATIONS.items()
    }


@pytest.mark.parametrize("operation", REQUESTS)
async def test_an_operation_opens_to_its_scope_alone(service: Service, operation: str) -> None:
    code = (await service.notice()).announcement
    needed = OPERATIONS[operation][2]
    for scope in KeyScope:
        status, body = await request(service, await service.key(scopes=[scope]), operation, code)
        if not needed or scope in needed:
            assert status in (200, 201), body
        else:
            assert (status, body["type"]) == (403, "/api/docs#problem-scope_missing")
            assert f"“{needed[0]}”" in body["detail"]


@pytest.mark.parametrize("operation", REQUESTS)
async def test_no_key_opens_nothing_nor_does_a_wrong_or_ended_one(service: Service, operation: str) -> None:
    code = (await service.notice()).announcement
    good = await service.key()
    ended = await service.key()
    await office.end(service.village.context, ended)
    before = await service.village.rows()
    for key in (None, "", "loa_", good[:-1], good[:-1] + "*", ended, f"{good} {good}"):
        status, body = await request(service, key, operation, code)
        assert (status, body["type"]) == (401, "/api/docs#problem-unauthorised"), key
    assert await service.village.rows() == before


@pytest.mark.parametrize("operation", REQUESTS)
async def test_a_key_of_another_village_sees_and_changes_nothing(service: Service, operation: str) -> None:
    notice = await service.notice(title="Riêng Thu Quế")
    foreign = await service.key("Thống Nhất")
    before = await service.village.rows()
    status, body = await request(service, foreign, operation, notice.announcement)
    if operation in LISTS:
        assert status == 200
        assert not [name for name in (*HEADS[:3], "Thu Quế", "thu-que", "Riêng") if name in str(body)]
    else:
        assert (status, body["type"]) == (404, "/api/docs#problem-not_found")
        unknown = await request(service, foreign, operation, "TB-0000")
        assert (unknown[0], {**unknown[1], "detail": ""}) == (status, {**body, "detail": ""})
        assert not [name for name in (*HEADS, "Thôn") if name in body["detail"]]
    after = await service.village.rows()
    assert {name for name in after if after[name] != before[name]} <= {"api_key"}


@pytest.mark.parametrize("operation", REQUESTS)
async def test_a_key_of_the_commune_reaches_every_village(service: Service, operation: str) -> None:
    code = (await service.notice()).announcement
    status, body = await request(service, await service.key("Xã Thử"), operation, code)
    assert status in (200, 201), body


async def test_a_foreign_and_an_unknown_code_are_answered_alike_to_the_letter(service: Service) -> None:
    notice = await service.notice()
    foreign = await service.key("Thống Nhất")
    known, unknown = notice.announcement, "TB-0000"
    answers = [(await request(service, foreign, "show_report", code))[1]["detail"] for code in (known, unknown)]
    assert answers[0].replace(known, unknown) == answers[1]
    areas = [(await service.create(foreign, f"a{place}", areas=[place])).json()["detail"]
             for place in ("thu-que", "khong-co")]  # fmt: skip
    assert answers
    assert areas[0].replace("thu-que", "khong-co") == areas[1]


async def test_a_group_sees_its_part_of_a_villages_notice_and_may_not_take_it_back(service: Service) -> None:
    code = (await service.notice()).announcement
    key = await service.key("Tổ 1, Thu Quế")
    report = await service.get(key, f"/announcements/{code}/report")
    assert [area["code"] for area in report["areas"]] == ["thu-que-to-1"]
    assert report["areas"][0]["parent"] is None
    assert report["total"]["audience"] == 2
    assert sum(report["deliveries"].values()) == 1
    doors = await service.get(key, f"/announcements/{code}/unreached")
    assert [door["head_name"] for door in doors["items"]] == ["Bà Lan", "Ông Hải"]
    for operation in ("withdraw_announcement", "resend_announcement"):
        status, body = await request(service, key, operation, code)
        assert (status, body["type"]) == (403, "/api/docs#problem-not_allowed")
    told = await service.ask(key, "POST", f"/announcements/{code}/told", json={"household": "H-003", "how": "met"})
    assert (told.status_code, "Ông Bình" in told.text) == (404, False)
    assert (await service.ask(key, "POST", f"/announcements/{code}/told", json={"household": "H-002", "how": "met"})
            ).status_code == 200  # fmt: skip


async def test_a_part_counts_only_its_own_answers(service: Service) -> None:
    code = (await service.notice("Thu Quế", "Thống Nhất")).announcement
    everywhere, mai, lan = await service.key("Xã Thử"), await service.key("Thống Nhất"), await service.key()
    for head in ("Bà Lan", "Ông Bình", "Chị Mai"):
        async with service.village.device() as device:
            await device.post(f"/n/{code}/ack", data={"card": service.village.cards[head], "grade": "received"})
    whole = await service.get(everywhere, f"/announcements/{code}/report")
    parts = [await service.get(key, f"/announcements/{code}/report") for key in (lan, mai)]
    assert [part["total"]["acknowledged"] for part in (whole, *parts)] == [3, 2, 1]
    assert [part["by_channel"] for part in (whole, *parts)] == [{"board": 3}, {"board": 2}, {"board": 1}]
    assert [part["by_grade"] for part in parts] == [{"received": 2}, {"received": 1}]
    assert whole["half_acknowledged_after_s"] is not None
    assert [part["half_acknowledged_after_s"] for part in parts] == [None, None]
    for part in parts:
        assert part["total"]["audience"] == sum(
            part["total"][column] for column in ("acknowledged", "told_in_person", "not_reached", "open")
        )


async def test_a_notice_that_waits_is_seen_from_its_areas_and_those_around(service: Service) -> None:
    code = await service.village.schedule(title="Hẹn giờ", due_at=service.village.now.replace(hour=23))
    for area, status in (("Thu Quế", 200), ("Tổ 2, Thu Quế", 200), ("Xã Thử", 200), ("Thống Nhất", 404)):
        answer = await service.ask(await service.key(area), "GET", f"/announcements/{code}")
        assert answer.status_code == status, area
        listed = await service.get(await service.key(area), "/announcements")
        assert len(listed["items"]) == (1 if status == 200 else 0), area


async def test_without_the_scope_for_households_nobody_is_named(service: Service) -> None:
    code = (await service.notice()).announcement
    key = await service.key("Xã Thử", ALL - {KeyScope.HOUSEHOLDS})
    for operation in sorted(REQUESTS, key=lambda name: name == "withdraw_announcement"):
        _, body = await request(service, key, operation, code)
        assert not [name for name in (*HEADS, LAN_PHONE, LAN_PHONE[3:]) if name in str(body)], operation
    told = {"household": "H-009", "how": "met"}
    assert "H-009" in (await service.ask(key, "POST", f"/announcements/{code}/told", json=told)).text


async def test_with_it_they_are(service: Service) -> None:
    code = (await service.notice()).announcement
    key = await service.key(scopes=[KeyScope.HOUSEHOLDS])
    households = (await service.get(key, "/households"))["items"]
    assert (households[0]["head_name"], households[0]["phones"]) == ("Bà Lan", [LAN_PHONE])
    doors = (await service.get(key, f"/announcements/{code}/unreached"))["items"]
    assert doors[0]["phone"] == LAN_PHONE


async def test_the_audit_log_names_the_key(service: Service) -> None:
    code = (await service.notice()).announcement
    key = await service.key()
    prefix = key[:12]
    for operation in ("create_announcement", "record_told", "undo_record", "resend_announcement",
                      "withdraw_announcement"):  # fmt: skip
        await request(service, key, operation, code)
    async with service.village.context.database.read() as connection:
        rows = (await connection.execute(t.audit.select().where(t.audit.c.actor == prefix))).all()
    assert [row.action for row in rows] == ["announce", "met", "undo", "resend", "withdraw"]


async def test_a_key_is_in_no_log(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    code = (await service.notice()).announcement
    key = await service.key()
    secret = key[13:]
    await request(service, key, "show_report", code)
    await request(service, key[:-1], "show_report", code)
    assert caplog.text  # the database says every statement at this level
    assert secret[:-1] not in caplog.text

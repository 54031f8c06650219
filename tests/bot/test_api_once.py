"""`Idempotency-Key`: announced once, however often and however simultaneously it is asked for; on both engines."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.config.accounts import TelegramAccount
from db.engine import Database
from db.tables import t
from scheduler import upkeep
from tests.bot.conftest_api import Service, open_api
from tests.makers import make_chats

REPLAYED = "idempotency-replayed"


@pytest.fixture
async def service(database: Database, tmp_path: Path) -> AsyncIterator[Service]:
    async with open_api(database, tmp_path) as service:
        yield service


async def count(service: Service, table: str = "announcement") -> int:
    async with service.village.context.database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(getattr(t, table)))).scalar_one()


async def test_the_same_request_again_gets_the_first_answer(service: Service) -> None:
    key = await service.key()
    first = await service.create(key, "mot")
    again = await service.create(key, "mot")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"] == (
        f"/api/v1/announcements/{first.json()['announcement']}"
    )  # fmt: skip
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert await count(service) == 1


async def test_the_first_answer_stands_even_after_a_withdrawal(service: Service) -> None:
    key = await service.key()
    first = (await service.create(key, "mot")).json()
    await service.ask(key, "POST", f"/announcements/{first['announcement']}/withdraw")
    assert (await service.create(key, "mot")).json() == first


async def test_spaces_and_order_do_not_make_it_another_request(service: Service) -> None:
    key = await service.key()
    headers = {"Idempotency-Key": "mot", "Content-Type": "application/json; charset=utf-8"}
    for body in ('{"title":"a","body":"b","areas":["thu-que"]}',
                 '{ "areas": ["thu-que"], "kind": "notice",\n "body": "b", "title": "\\u0061" }'):  # fmt: skip
        answer = await service.ask(key, "POST", "/announcements", content=body, headers=headers)
        assert answer.status_code == 201
    assert await count(service) == 1


@pytest.mark.parametrize("fields", [{"title": "Khác"}, {"areas": ["thu-que-to-1"]}, {"urgency": "urgent"}])
async def test_a_name_used_for_another_request_is_refused(service: Service, fields: dict[str, object]) -> None:
    key = await service.key()
    await service.create(key, "mot")
    answer = await service.create(key, "mot", **fields)
    assert (answer.status_code, answer.json()["type"]) == (422, "/api/docs#problem-key_reused")
    assert await count(service) == 1


async def test_the_name_is_the_keys_own(service: Service) -> None:
    for key in (await service.key(), await service.key(), await service.key("Xã Thử")):
        assert REPLAYED not in (await service.create(key, "mot")).headers
    assert await count(service) == 3


async def test_twins_make_one_announcement_and_hear_the_same(service: Service) -> None:
    key = await service.key()
    answers = await asyncio.gather(*(service.create(key, "mot") for _ in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum(REPLAYED not in answer.headers for answer in answers) == 1
    assert (await count(service), await count(service, "broadcast"), await count(service, "recipient")) == (1, 1, 3)


async def test_twins_that_differ_make_one_announcement(service: Service) -> None:
    key = await service.key()
    answers = await asyncio.gather(*(service.create(key, "mot", title=f"Số {n % 2}") for n in range(10)))
    said = [answer.json().get("title") for answer in answers if answer.status_code == 201]
    assert len(said) == 5
    assert len(set(said)) == 1
    assert {answer.json()["type"] for answer in answers if answer.status_code != 201} == {
        "/api/docs#problem-key_reused"
    }
    assert await count(service) == 1


async def test_what_was_refused_may_be_mended_under_the_same_name(service: Service) -> None:
    key = await service.key()
    assert (await service.create(key, "mot", at="2020-01-01T07:00")).json()["type"] == "/api/docs#problem-refused"
    assert (await service.create(key, "mot", areas=["khong-co"])).status_code == 404
    assert (await service.create(key, "mot")).status_code == 201
    assert await count(service) == 1


async def test_after_a_day_the_name_is_free_again(service: Service) -> None:
    key = await service.key()
    first = (await service.create(key, "mot")).json()
    service.village.later(hours=23, minutes=59)
    assert (await service.create(key, "mot")).json() == first
    service.village.later(minutes=1)
    second = await service.create(key, "mot", title="Khác")
    assert (second.status_code, REPLAYED in second.headers) == (201, False)
    assert await count(service) == 2


async def test_old_answers_are_forgotten_and_young_ones_kept(service: Service) -> None:
    key, village = await service.key(), service.village
    await service.create(key, "mot")
    village.later(hours=12)
    await service.create(key, "hai")
    village.later(hours=12)
    assert await upkeep.forget_answers(village.context.database, village.now) == 1
    assert await upkeep.forget_answers(village.context.database, village.now) == 0
    assert (await service.create(key, "hai")).headers[REPLAYED] == "true"


async def test_an_announcement_needs_a_name(service: Service) -> None:
    body = {"title": "a", "body": "b", "areas": ["thu-que"]}
    answer = await service.ask(await service.key(), "POST", "/announcements", json=body)
    assert (answer.status_code, answer.json()["errors"]) == (
        422, [{"in": "header", "field": "Idempotency-Key", "detail": "Thiếu."}],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", "hai tu", "x" * 201])
async def test_a_name_is_short_and_of_visible_ascii(service: Service, name: str) -> None:
    answer = await service.create(await service.key(), name)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_sending_again_rings_once(service: Service) -> None:
    rung: list[bool] = []
    service.village.context.ring = lambda: rung.append(True)
    key = await service.key()
    for _ in range(3):
        await service.create(key, "mot")
    assert rung == [True]


async def test_what_the_plan_has_no_room_for_is_refused_with_the_number_and_may_come_again(service: Service) -> None:
    village = service.village
    await make_chats(village.context.database, [village.area("Thu Quế 1"), village.area("Thu Quế 2")])
    plan = TelegramAccount(name="telegram", channel="telegram", token="1:x", most_messages_per_month=1)
    village.context.settings.accounts = [plan]
    key = await service.key()
    refused = await service.create(key, "one")
    assert refused.status_code == 422
    assert "cần 2 tin, tháng này còn 1" in refused.json()["detail"]
    assert await count(service) == 0
    plan.most_messages_per_month = 2
    assert (await service.create(key, "one")).status_code == 201

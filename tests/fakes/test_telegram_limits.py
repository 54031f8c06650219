"""What the fake lets through and what it refuses: sizes, buttons, rates, programmed faults."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.in_thread import in_thread
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import Faults, Programmed, RateLimiter, RateLimits, late, refusal, too_many
from tests.fakes.telegram_world import Chat, ChatType, Clock, Json

GROUP, PRIVATE = Chat(-1, ChatType.GROUP), Chat(1, ChatType.PRIVATE)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


async def call(fake: FakeTelegram, http: aiohttp.ClientSession, method: str, **params: Any) -> Json:
    """A call with a JSON body, as neither of the two client libraries makes it."""
    async with http.post(f"{fake.base_url}/bot{fake.token}/{method}", json=params) as answer:
        body: Json = await answer.json()
        assert answer.status == (200 if body["ok"] else body["error_code"])
        return body


def keyboard(*rows: list[Json]) -> Json:
    return {"inline_keyboard": list(rows)}


def button(data: str) -> Json:
    return {"text": "Đã nhận", "callback_data": data}


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"text": "ộ" * 4096}, None),
        ({"text": "<b>" + "ộ" * 4096 + "</b>", "parse_mode": "HTML"}, None),
        ({"text": "ộ" * 4097}, "message is too long"),
        ({"text": "📢" * 2049}, "message is too long"),
        ({"text": " \n"}, "message text is empty"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "x", "reply_markup": keyboard([button("ộ" * 21)])}, None),
        ({"text": "x", "reply_markup": keyboard([button("ộ" * 21 + "ab")])}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard([button("")])}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard([button("a")] * 9)}, "reply markup is too long"),
        ({"text": "x", "reply_markup": keyboard(*[[button("a")]] * 101)}, "reply markup is too long"),
        ({"text": "x", "reply_markup": keyboard([{"text": "Xem"}])}, "Text buttons are unallowed"),
        (
            {"text": "x", "reply_markup": {"keyboard": [[{"text": "Gửi số", "request_contact": True}]]}},
            "phone number can be requested in private chats only",
        ),
        ({"text": "x", "reply_parameters": {"message_id": 9}}, "message to be replied not found"),
    ],
)
async def test_a_message_is_measured_before_it_is_accepted(
    fake: FakeTelegram, http: aiohttp.ClientSession, params: Json, reason: str | None
) -> None:
    group = fake.group("Tổ 1")
    answer = await call(fake, http, "sendMessage", chat_id=group.id, **params)
    assert len(fake.messages) == (reason is None)
    if reason is not None:
        assert answer["error_code"] == 400
        assert reason in answer["description"]


@pytest.mark.parametrize(("length", "accepted"), [(1024, True), (1025, False)])
async def test_a_caption_is_shorter_than_a_text(
    fake: FakeTelegram, http: aiohttp.ClientSession, length: int, accepted: bool
) -> None:
    group = fake.group("Tổ 1")
    form = aiohttp.FormData({"chat_id": str(group.id), "caption": "ộ" * length, "document": "attach://giay"})
    form.add_field("giay", b"synthetic", filename="giay-moi.pdf")
    async with http.post(f"{fake.base_url}/bot{fake.token}/sendDocument", data=form) as answer:
        assert (answer.status == 200) is accepted
    assert len(fake.uploads) == accepted


@pytest.mark.parametrize(("length", "accepted"), [(200, True), (201, False)])
async def test_an_answer_to_a_press_has_two_hundred_characters(
    fake: FakeTelegram, http: aiohttp.ClientSession, length: int, accepted: bool
) -> None:
    press = fake.press(fake.user("Lan"), fake.group("Tổ 1").id, 1, "a:1")
    answer = await call(fake, http, "answerCallbackQuery", callback_query_id=press.id, text="ộ" * length)
    assert answer["ok"] is accepted


async def test_a_picture_must_be_one(fake: FakeTelegram, http: aiohttp.ClientSession) -> None:
    form = aiohttp.FormData({"chat_id": str(fake.group("Tổ 1").id)})
    form.add_field("photo", b"not a picture", filename="anh.png")
    async with http.post(f"{fake.base_url}/bot{fake.token}/sendPhoto", data=form) as answer:
        assert (await answer.json())["description"] == "Bad Request: IMAGE_PROCESS_FAILED"


async def test_a_method_the_fake_doesnt_play_fails_the_test_that_needs_it(http: aiohttp.ClientSession) -> None:
    fake = FakeTelegram()
    if fake.state.schema is None:
        pytest.skip("the Bot API schema is not at hand")
    with pytest.raises(AssertionError, match="the fake doesn't play sendDice"):
        async with fake:
            assert (await call(fake, http, "sendDice", chat_id=1))["error_code"] == 404


def test_a_group_may_get_twenty_a_minute_and_a_person_more() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimits(per_second=0), clock)
    assert [limiter.wait_for(GROUP) for _ in range(20)] == [0.0] * 20
    assert 59 < limiter.wait_for(GROUP) <= 60
    assert [limiter.wait_for(PRIVATE) for _ in range(40)] == [0.0] * 40
    clock.advance(60)
    assert limiter.wait_for(GROUP) == 0.0


def test_all_chats_together_share_a_limit_a_second_and_a_faster_clock_shortens_it() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimits(per_second=3, speed=10), clock)
    assert [limiter.wait_for(Chat(n, ChatType.PRIVATE)) for n in range(3)] == [0.0] * 3
    assert 0.09 < limiter.wait_for(PRIVATE) <= 0.1
    clock.advance(0.1)
    assert limiter.wait_for(PRIVATE) == 0.0


def test_a_fault_strikes_what_it_names_after_what_it_skips() -> None:
    faults = Faults()
    named = Programmed(too_many(), chat_id=-1, method="sendMessage", skip=1, times=2)
    faults.programmed = [named, Programmed(late(1.0), times=None)]
    struck = [faults.take("sendMessage", chat_id) for chat_id in (-1, -2, -1, -1, -1)]
    assert [fault is named.fault for fault in struck] == [False, False, True, True, False]
    assert faults.take("getUpdates", None) is None


async def test_any_refusal_can_be_programmed(fake: FakeTelegram, http: aiohttp.ClientSession) -> None:
    fake.fault(refusal(400, "Bad Request: TOPIC_CLOSED"), method="sendMessage")
    answer = await call(fake, http, "sendMessage", chat_id=fake.group("Tổ 1").id, text="Chào")
    assert answer == {"ok": False, "error_code": 400, "description": "Bad Request: TOPIC_CLOSED"}
    assert json.dumps(fake.requests[0].params, ensure_ascii=False).endswith('"text": "Chào"}')


def test_a_blocking_test_can_host_the_fake_in_a_thread() -> None:
    with in_thread(FakeTelegram) as (fake, do):
        lan = do(lambda: fake.user("Lan"))
        assert do(lambda: fake.text(lan, lan.id, "/start")) is not None
        assert fake.base_url.startswith("http://127.0.0.1:")

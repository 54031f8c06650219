"""Webhooks of platforms on the real application: proved, stored once, answered at once; nothing else is touched."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from announcements.types import ChannelKind
from bot.config import Settings
from bot.config.accounts import ZaloOaAccount
from bot.context import Context
from bot.web.server import create_app
from db.engine import Database
from db.platforms import accounts
from db.platforms.inbox import Stored
from db.tables import t
from db.writer import Writer
from tests.fakes.zalo_oa import FakeZaloOa, Person
from tests.fakes.zalo_oa_webhook import Delivery

PATH = "/webhooks/zalo_oa/oa"
LAN = Person("7001", "Lan")


@dataclass(slots=True)
class Door:
    """The application with one Official Account, and a fake that signs but is not asked for anything."""

    context: Context
    web: httpx.AsyncClient
    zalo: FakeZaloOa
    heard: list[Stored] = field(default_factory=list)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def hear(self, account: str, stored: Sequence[Stored]) -> None:
        assert account == "oa"
        self.heard.extend(stored)

    async def post(self, delivery: Delivery, path: str = PATH, **headers: str) -> int:
        answer = await self.web.post(path, content=delivery.body, headers=delivery.headers | headers)
        return answer.status_code

    async def stored(self) -> list[Any]:
        async with self.context.database.read() as connection:
            return list(await connection.execute(select(t.inbox.c.update_id, t.inbox.c.payload).order_by(t.inbox.c.id)))

    def said(self, text: str = "Đã nhận", **more: Any) -> Delivery:
        return self.zalo.webhook.signed(self.zalo.group("Tổ 1").event(LAN, text) | more)


@pytest.fixture
async def door(database: Database, writer: Writer) -> AsyncIterator[Door]:
    zalo = FakeZaloOa()
    settings = Settings(accounts=[ZaloOaAccount.model_validate(zalo.account("oa", base_url="http://127.0.0.1:9"))])
    context = Context(settings, database, writer, b"secret")
    async with database.write() as connection:
        await accounts.register(connection, "oa", ChannelKind.ZALO_OA)
    transport = httpx.ASGITransport(create_app(context), client=("203.0.113.7", 40_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", trust_env=False) as web:
        made = Door(context, web, zalo)
        context.hear, context.clock = made.hear, lambda: made.now
        yield made


async def test_an_event_is_stored_answered_and_handed_over(door: Door) -> None:
    delivery = door.said("Nhà tôi đã nhận")
    assert await door.post(delivery) == 200
    ((update_id, payload),) = await door.stored()
    event = json.loads(delivery.body)
    assert update_id == event["message"]["msg_id"]
    assert json.loads(payload) == event
    assert payload.isascii()
    await asyncio.sleep(0)
    assert [one.decoded for one in door.heard] == [event]


async def test_repetitions_are_taken_and_change_nothing(door: Door) -> None:
    delivery = door.said()
    for number in range(4):
        assert await door.post(delivery, num_retry=str(number)) == 200
    assert (len(await door.stored()), len(door.heard)) == (1, 1)


async def test_the_same_message_in_another_order_of_keys_is_the_same_message(door: Door) -> None:
    event = json.loads(door.said().body)
    for one in (event, dict(reversed(event.items()))):
        assert await door.post(door.zalo.webhook.signed(one)) == 200
    assert len(await door.stored()) == 1


async def test_events_without_a_message_are_known_by_all_they_say(door: Door) -> None:
    first = door.zalo.event("user_join_group", group_id="g", users=[{"id": "1"}])
    second = first | {"users": [{"id": "2"}]}
    for event in (second, first, second, first):
        assert await door.post(door.zalo.webhook.signed(event)) == 200
    assert len(await door.stored()) == 2


async def test_events_out_of_order_and_at_once_are_each_stored_once(door: Door) -> None:
    deliveries = [door.said(f"Đã nhận {number}") for number in range(60)]
    statuses = await asyncio.gather(*(door.post(one) for one in [*reversed(deliveries), *deliveries]))
    assert set(statuses) == {200}
    assert len(await door.stored()) == 60


@pytest.mark.parametrize("signature", ["", "mac=", "mac=" + "0" * 64, "0" * 64])
async def test_what_is_not_signed_touches_nothing(door: Door, signature: str) -> None:
    delivery = door.said()
    assert await door.post(delivery, **{"X-ZEvent-Signature": signature}) == 403
    assert await door.stored() == [] == door.heard


async def test_a_changed_body_touches_nothing(door: Door) -> None:
    delivery = door.said()
    delivery.body = delivery.body.replace("Đã nhận".encode(), "Chưa nhận".encode())
    assert await door.post(delivery) == 403
    assert await door.stored() == []


@pytest.mark.parametrize("path", ["zalo_oa/other", "telegram/oa", "zalo_bot/oa", "nothing/oa"])
async def test_another_account_or_channel_is_nobodys(door: Door, path: str) -> None:
    assert await door.post(door.said(), f"/webhooks/{path}") == 403
    assert await door.stored() == []


async def test_looking_at_the_address_tells_nothing(door: Door) -> None:
    known, unknown = await door.web.get(PATH), await door.web.get("/webhooks/zalo_oa/other")
    assert (known.status_code, unknown.status_code) == (405, 405)
    assert known.text == unknown.text
    assert await door.stored() == []


async def test_another_sites_page_can_not_post_for_the_platform(door: Door) -> None:
    assert await door.post(door.said(), Origin="https://elsewhere.example") == 403
    assert await door.stored() == []


async def test_a_body_over_the_cap_is_refused_before_it_is_read(door: Door) -> None:
    assert await door.post(door.said("a" * 70_000)) == 413
    assert await door.stored() == []


async def test_an_event_of_long_ago_is_taken_and_left_alone(door: Door) -> None:
    """Its first copy is forgotten by now, with the words people said: told again it would pass for news."""
    delivery = door.said()
    door.now += timedelta(days=8)
    assert await door.post(delivery) == 200
    assert await door.stored() == [] == door.heard


async def test_the_way_events_are_signed_after_all_is_kept_and_logged(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    door.zalo.webhook.starts_with, door.zalo.webhook.secret = "oa_id", "app_secret"
    assert await door.post(door.said()) == 403
    async with door.context.database.read() as connection:
        (row,) = await accounts.everything(connection)
    assert row.signed_otherwise == "oa_id+app_secret"
    assert "oa_id+app_secret" in caplog.text
    assert "Đã nhận" not in caplog.text
    assert door.zalo.state.app_secret not in caplog.text
    assert await door.stored() == []
    door.zalo.webhook.starts_with, door.zalo.webhook.secret = "app_id", "webhook_secret"
    assert await door.post(door.said()) == 200
    async with door.context.database.read() as connection:
        (row,) = await accounts.everything(connection)
    assert row.signed_otherwise == ""


async def test_half_an_emoji_and_a_nul_are_kept(door: Door) -> None:
    event = json.loads(door.said().body)
    event["message"] |= {"text": "\ud83d \x00 ok", "msg_id": "m\ud83d\x00 1"}
    delivery = door.zalo.webhook.sign(json.dumps(event).encode(), event["timestamp"])
    assert await door.post(delivery) == 200
    assert len(await door.stored()) == 1


async def test_an_ear_that_fails_leaves_the_event_in_the_inbox(door: Door) -> None:
    async def deaf(account: str, stored: Sequence[Stored]) -> None:
        raise OSError("away")

    door.context.hear = deaf
    assert await door.post(door.said()) == 200
    await asyncio.sleep(0.01)
    assert len(await door.stored()) == 1

"""Whose word a delivery to the webhook is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.webhook import Foreign
from bot.channels.zalo_bot.webhook import HEADER, open_event
from bot.config.accounts import ZaloBotAccount

SETTINGS = ZaloBotAccount(
    name="zalo", channel="zalo_bot", token="1:synthetic", mode="webhook", webhook_secret="bi-mat-thu"
)  # fmt: skip
UPDATE = {"event_name": "message.text.received", "message": {"message_id": "a1", "date": 1_750_316_131_602}}


def body(update: Any = UPDATE) -> bytes:
    return json.dumps({"ok": True, "result": update}).encode()


def test_a_delivery_with_the_secret_is_told_by_its_message_and_its_time() -> None:
    event = open_event(SETTINGS, {HEADER: "bi-mat-thu"}, body())
    assert event.key == "a1"
    assert event.at == datetime(2025, 6, 19, 6, 55, 31, 602_000, UTC)
    assert event.payload["result"] == UPDATE


@pytest.mark.parametrize("secret", ["", "bi-mat", "bi-mat-thu ", "BI-MAT-THU", "bí-mật-thử", "bi-mat-thu\x00"])
def test_without_the_right_secret_it_is_nobodys(secret: str) -> None:
    with pytest.raises(Foreign):
        open_event(SETTINGS, {HEADER: secret}, body())
    with pytest.raises(Foreign):
        open_event(SETTINGS, {}, body())


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'"a"', b"\xff"])
def test_what_is_no_object_is_nobodys_even_with_the_secret(raw: bytes) -> None:
    with pytest.raises(Foreign):
        open_event(SETTINGS, {HEADER: "bi-mat-thu"}, raw)


@pytest.mark.parametrize("date", [None, "hôm nay", "-1", -1, 10**20, 1.5, True])
def test_a_time_that_is_none_is_left_out(date: Any) -> None:
    update = {"event_name": "message.text.received", "message": {"message_id": "a1", "date": date}}
    assert open_event(SETTINGS, {HEADER: "bi-mat-thu"}, body(update)).at is None

"""Events of an Official Account: signatures in both disputed ways, what people said, whatever else may come."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.hearing import Heard
from bot.channels.webhook import Foreign
from bot.channels.zalo_oa.events import Change, GroupChange, is_known, read_change, read_heard
from bot.channels.zalo_oa.mentions import neutral, without
from bot.channels.zalo_oa.webhook import open_event
from bot.config.accounts import ZaloOaAccount

APP, OA, SECRET, APP_SECRET = "111222333", "444555666", "oa-secret-key", "app-secret-key"
STAMP = "1732400000123"


def account(**more: Any) -> ZaloOaAccount:
    return ZaloOaAccount.model_validate(
        {"name": "oa", "channel": "zalo_oa", "app_id": APP, "app_secret": APP_SECRET, "oa_id": OA,
         "webhook_secret": SECRET, **more}
    )  # fmt: skip


def said(**message: Any) -> dict[str, Any]:
    return {"app_id": APP, "event_name": "user_send_group_text", "timestamp": STAMP, "sender": {"id": "7001"},
            "recipient": {"id": "group-1"}, "message": {"text": "Đã nhận", "msg_id": "m-1", **message}}  # fmt: skip


def mac(*parts: str | bytes) -> dict[str, str]:
    """The header as a platform makes it from these, one after the other."""
    whole = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return {"x-zevent-signature": "mac=" + hashlib.sha256(whole).hexdigest()}


# Spaces and the order of keys as no serialiser of ours would write them: the raw body is signed.
BODY = ('{ "timestamp":"1732400000123" , "event_name":"user_send_group_text", "sender":{"id":"7001"},\n'
        ' "recipient":{"id":"group-1"}, "message":{"msg_id":"m-1","text":"Đã nhận ạ"} }').encode()  # fmt: skip


@pytest.mark.parametrize(
    ("signature", "signed_with", "parts"),
    [
        ("app_id", "webhook_secret", (APP, BODY, STAMP, SECRET)),
        ("oa_id", "webhook_secret", (OA, BODY, STAMP, SECRET)),
        ("app_id", "app_secret", (APP, BODY, STAMP, APP_SECRET)),
        ("oa_id", "app_secret", (OA, BODY, STAMP, APP_SECRET)),
    ],
)
def test_each_way_of_signing_is_understood_and_the_others_are_named(
    signature: str, signed_with: str, parts: tuple[str | bytes, ...]
) -> None:
    settings = account(webhook_signature=signature, webhook_signed_with=signed_with)
    event = open_event(settings, mac(*parts), BODY)
    assert (event.key, event.at is not None) == ("m-1", True)
    other = account(webhook_signature="oa_id" if signature == "app_id" else "app_id", webhook_signed_with=signed_with)
    with pytest.raises(Foreign) as foreign:
        open_event(other, mac(*parts), BODY)
    assert foreign.value.otherwise == f"{signature}+{signed_with}"


def test_a_known_digest() -> None:
    body = b'{"event_name":"follow","timestamp":"1","follower":{"id":"9"}}'
    header = {"x-zevent-signature": f"mac={hashlib.sha256(b'1' + body + b'1' + b's').hexdigest()}"}
    assert open_event(account(app_id="1", webhook_secret="s"), header, body)


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-zevent-signature": ""}, {"x-zevent-signature": "mac="}, mac(APP, BODY, "1", SECRET),
     mac(APP, BODY + b" ", STAMP, SECRET), mac(APP, BODY, STAMP, "guess")],
)  # fmt: skip
def test_what_is_not_signed_so_is_foreign(headers: dict[str, str]) -> None:
    with pytest.raises(Foreign) as foreign:
        open_event(account(), headers, BODY)
    assert foreign.value.otherwise == ""


def test_an_empty_secret_signs_nothing() -> None:
    settings = account(webhook_secret="")
    assert not settings.takes_events
    with pytest.raises(Foreign):
        open_event(settings, mac(APP, BODY, STAMP, ""), BODY)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"text"', b"\xff\xfe", b"{" * 30_000, b"[" * 60_000])
def test_a_body_that_is_no_object_is_foreign(body: bytes) -> None:
    with pytest.raises(Foreign):
        open_event(account(), mac(APP, body, "", SECRET), body)


@given(st.binary(max_size=300), st.text(max_size=80))
def test_no_body_and_no_header_break_the_door(body: bytes, signature: str) -> None:
    with pytest.raises(Foreign):
        open_event(account(), {"x-zevent-signature": signature}, body)


def test_what_a_person_says_in_a_group_is_heard() -> None:
    assert read_heard(said(quote_msg_id="m-0")) == Heard("m-1", "group-1", "7001", False, "Đã nhận", quoted="m-0")


def test_what_a_person_writes_to_the_account_is_heard_as_private() -> None:
    heard = read_heard({**said(), "event_name": "user_send_text", "recipient": {"id": OA}})
    assert heard == Heard("m-1", "user:7001", "7001", True, "Đã nhận")


@pytest.mark.parametrize("kind", ["image", "link", "audio", "video", "sticker", "gif", "file", "business_card"])
def test_a_picture_or_voice_without_words_can_not_be_read(kind: str) -> None:
    event = {**said(), "event_name": f"user_send_group_{kind}", "message": {"msg_id": "m-2", "attachments": []}}
    heard = read_heard(event)
    assert heard is not None
    assert (heard.text, heard.readable) == ("", False)
    event["message"] = {"msg_id": "m-2", "text": "Nhà tôi nhận rồi"}
    heard = read_heard(event)
    assert heard is not None
    assert (heard.text, heard.readable) == ("Nhà tôi nhận rồi", True)


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        ("[@4445] đã nhận ạ", "đã nhận ạ"),
        ("đã nhận [@4445][@1]", "đã nhận"),
        ("nhận[@1]rồi", "nhận rồi"),
        ("[@]ok", "ok"),
        ("[@1\n2] ok", "ok"),
        ('{"text": "đã nhận"}', "đã nhận"),
        ('{"payload": "DA DOC A17"}', "DA DOC A17"),
        ("{thôi nhé", "{thôi nhé"),
        ({"payload": "OK"}, "OK"),
        (7, ""),
        (None, ""),
    ],
)
def test_mention_tokens_and_wrappings_come_off(sent: object, heard: str) -> None:
    read = read_heard(said(text=sent))
    assert read is not None
    assert read.text == heard


@pytest.mark.parametrize("name", ["oa_send_group_text", "oa_send_text", "user_seen_message", "user_join_group", ""])
def test_echoes_receipts_and_comings_are_nothing_that_was_said(name: str) -> None:
    assert read_heard({**said(), "event_name": name}) is None


@pytest.mark.parametrize("name", ["disperse_group", "delete_group"])
def test_a_disbanded_group_is_told_by_either_name(name: str) -> None:
    event = {"event_name": name, "timestamp": STAMP, "group_id": "group-1", "oa_id": OA}
    assert read_change(event) == Change(GroupChange.GONE, "group-1", oa=OA)
    assert is_known(event)


def test_a_group_tells_its_new_name() -> None:
    event = {"event_name": "update_group_info", "group_id": "group-1", "group_info": {"name": "Tổ 1 Thu Quế"}}
    assert read_change(event) == Change(GroupChange.NAMED, "group-1", "Tổ 1 Thu Quế")


def test_permission_can_be_revoked() -> None:
    assert read_change({"event_name": "permission_revoked", "oa_id": OA}) == Change(GroupChange.REVOKED, oa=OA)


def test_receipts_of_one_message_are_told_apart_from_it() -> None:
    """A receipt names the message that was received: it must not pass for a repetition of that message."""
    events = [said(), {**said(), "event_name": "user_received_message"}, {**said(), "event_name": "user_seen_message"}]
    bodies = [json.dumps(event).encode() for event in events]
    keys = {open_event(account(), mac(APP, body, STAMP, SECRET), body).key for body in bodies}
    assert len(keys) == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["user_send_group_text", "user_send_text", "delete_group", "create_group", "permission_revoked"]
)


@given(st.fixed_dictionaries({"event_name": NAMES | JSON, "sender": JSON, "recipient": JSON, "message": JSON,
                              "timestamp": JSON, "group_id": JSON, "group_info": JSON}))  # fmt: skip
def test_whatever_is_inside_an_event_is_read_or_left_alone(event: dict[str, Any]) -> None:
    heard, change = read_heard(event), read_change(event)
    for text in filter(None, (heard and heard.text, heard and heard.person, change and change.name)):
        text.encode()
        assert "\x00" not in text
    body = json.dumps(event).encode()
    stamp = event["timestamp"]
    signed_at = str(stamp) if isinstance(stamp, str | int) else ""
    try:
        parts = (APP, body, signed_at, SECRET)
        key = open_event(account(), mac(*parts), body).key
    except (Foreign, UnicodeEncodeError):
        return
    assert key.encode() and "\x00" not in key


@given(st.text(alphabet="[]@(12 a", max_size=30))
def test_nothing_of_ours_is_a_mention(text: str) -> None:
    assert "[@" not in neutral(text)
    assert len(neutral(text)) == len(text)


@given(st.text(alphabet="[]@1 a", max_size=30))
def test_a_whole_token_never_stays_in_what_people_said(text: str) -> None:
    assert "[@1]" not in without(text)

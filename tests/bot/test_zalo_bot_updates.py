"""What is read of an update of a Zalo bot, and that nothing in one can do harm."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.hearing import Heard
from bot.channels.zalo_bot.updates import EVENTS, Reader, key_of

BOT = "4242424242"
Payload = dict[str, Any]
LAN = {"id": "6ede9afa66b88fe6d6a9", "display_name": "Nguyễn Thị Lan", "is_bot": False}


def reader(*names: str) -> Reader:
    made = Reader(BOT)
    made.call(names or ("Bot Loa Thôn",))
    return made


def update(
    event: str = "message.text.received", *, group: bool = True, sender: Any = LAN, **held: Any
) -> dict[str, Any]:
    chat = {"id": "zgr-000001", "chat_type": "GROUP"} if group else {"id": LAN["id"], "chat_type": "PRIVATE"}
    message = {"message_id": "82599fa32f56d00e8941", "date": 1750316131602, "from": sender, "chat": chat, **held}
    return {"event_name": event, "message": message}


def heard(payload: dict[str, Any], *names: str) -> Heard:
    found = reader(*names).read_heard(payload)
    assert found is not None
    return found


def test_a_reply_in_a_group_says_who_said_what_where() -> None:
    assert heard(update(text="đã nhận")) == Heard(
        "82599fa32f56d00e8941", "zgr-000001", LAN["id"], False, "đã nhận", "Nguyễn Thị Lan"
    )


def test_a_private_message_is_private() -> None:
    found = heard(update(group=False, text="LK 7K3M9Q"))
    assert (found.private, found.address, found.text) == (True, LAN["id"], "LK 7K3M9Q")


def test_the_envelope_of_a_webhook_makes_no_difference() -> None:
    bare = update(text="đã nhận")
    wrapped = {"ok": True, "result": bare}
    assert heard(wrapped) == heard(bare)
    assert key_of(wrapped, b"1") == key_of(bare, b"2") == "82599fa32f56d00e8941"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("@Bot Loa Thôn đã nhận", "đã nhận"),
        ("@BOT LOA THÔN: đã nhận", "đã nhận"),
        ("@bot  loa\u00a0thôn\nđã nhận", "đã nhận"),
        (unicodedata.normalize("NFD", "@Bot Loa Thôn đã nhận"), "đã nhận"),
        ("đã nhận @Bot Loa Thôn", "đã nhận"),
        ("@bot.VDKyGxQvc đã nhận", "đã nhận"),
        ("@BotKhác đã nhận", "đã nhận"),
        ("@Bot Loa Thônn đã nhận", "Loa Thônn đã nhận"),
        ("@Hải đã nhận chưa?", "@Hải đã nhận chưa?"),
        ("lan@bot.vn", "lan@bot.vn"),
        ("@Bot Loa Thôn", ""),
    ],
)
def test_the_bots_name_is_taken_out_however_it_is_written(said: str, meant: str) -> None:
    assert heard(update(text=said), "Bot Loa Thôn", "bot.VDKyGxQvc").text == meant


def test_a_picture_speaks_by_its_caption_under_either_name_of_its_field() -> None:
    for field in ("photo", "photo_url"):
        found = heard(update("message.image.received", caption="đã nhận", **{field: "https://photo.example.vn/1.jpg"}))
        assert (found.text, found.readable) == ("đã nhận", True)


@pytest.mark.parametrize(
    ("event", "held"),
    [
        ("message.unsupported.received", {}),
        ("message.image.received", {"photo_url": "https://photo.example.vn/1.jpg"}),
        ("message.sticker.received", {"sticker": "0e078a", "url": "https://zalo.example.vn/1"}),
        ("message.voice.received", {"voice_url": "https://zalo.example.vn/1.aac"}),
        ("message.text.received", {"text": "  "}),
        ("message.text.received", {"text": 7}),
    ],
)
def test_what_holds_no_words_was_said_but_cannot_be_read(event: str, held: dict[str, Any]) -> None:
    found = heard(update(event, **held))
    assert (found.text, found.readable) == ("", False)


@pytest.mark.parametrize(
    "sender",
    [
        {"id": BOT, "display_name": "Bot Loa Thôn", "is_bot": False},
        {"id": "77", "display_name": "Bot khác", "is_bot": True},
    ],
)
def test_our_own_echo_and_other_bots_say_nothing(sender: dict[str, Any]) -> None:
    assert reader().read_heard(update(sender=sender, text="đã nhận")) is None


@pytest.mark.parametrize("event", ["message.read", "", None, 5])
def test_an_event_we_do_not_know_says_nothing(event: Any) -> None:
    assert reader().read_heard(update(event, text="đã nhận")) is None


def test_an_update_without_a_message_id_is_known_by_what_came() -> None:
    payload = {"event_name": "message.text.received", "message": {}}
    assert key_of(payload, b"a") == key_of(payload, b"a") != key_of(payload, b"b")


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=8,
)
TEXTS = st.text(alphabet=st.characters(codec="utf-16"), max_size=60) | st.sampled_from(["@Bot Loa Thôn", "\ud83d"])


@given(
    st.fixed_dictionaries(
        {
            "event_name": st.sampled_from(EVENTS) | SCRAPS,
            "message": st.fixed_dictionaries(
                {},
                optional={
                    "message_id": st.text(max_size=300) | SCRAPS,
                    "from": st.fixed_dictionaries({"id": st.just("5") | SCRAPS}, optional={"display_name": SCRAPS}),
                    "chat": st.fixed_dictionaries({"id": st.just("zgr-1"), "chat_type": st.just("GROUP") | SCRAPS}),
                    "text": TEXTS | SCRAPS,
                    "caption": TEXTS | SCRAPS,
                },
            )
            | SCRAPS,
        }
    )
    | st.dictionaries(st.sampled_from(["result", "ok", "message", "event_name"]), SCRAPS)
)  # fmt: skip
def test_whatever_comes_is_read_without_a_fault_and_can_be_stored(payload: dict[str, Any]) -> None:
    found = reader().read_heard(payload)
    key_of(payload, json.dumps(payload).encode())
    if found is not None:
        assert found.message_id and found.person and found.address
        assert found.text == unicodedata.normalize("NFC", found.text)
        assert "@bot loa thôn" not in found.text.casefold()
        found.text.encode()  # no half letters
        assert found.readable == bool(found.text)

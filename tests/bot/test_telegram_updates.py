"""Raw updates as values. Bà Lan and Ông Hải are in one group; what comes from outside may be anything."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.updates import (
    NOBODY,
    BotStatus,
    ContactUpdate,
    MemberUpdate,
    MigrationUpdate,
    PressUpdate,
    TextUpdate,
    read_update,
)
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_membership import Notice
from tests.fakes.telegram_world import Json, Standing

LAN: Json = {"id": 700000001, "is_bot": False, "first_name": "Nguyễn Thị", "last_name": "Lan"}
GROUP: Json = {"id": -4000000001, "type": "group", "title": "Tổ 1"}
PRIVATE: Json = {"id": LAN["id"], "type": "private", "first_name": "Nguyễn Thị", "last_name": "Lan"}


def update(**fields: Any) -> str:
    return json.dumps({"update_id": 500000001, **fields})


def message(chat: Json = GROUP, **fields: Any) -> Json:
    return {"message_id": 12, "date": 1_795_000_000, "chat": chat, "from": LAN, **fields}


def press(**fields: Any) -> Json:
    return {"id": "77", "from": LAN, "chat_instance": "5", "data": "a:1", "message": message(), **fields}


def member(status: str, chat: Json = GROUP, **rights: Any) -> Json:
    standing = {"user": {"id": 424242, "is_bot": True, "first_name": "Loa Thôn"}, "status": status, **rights}
    return {"chat": chat, "from": LAN, "date": 1_795_000_000, "new_chat_member": standing}


def test_a_press_says_who_pressed_what_where() -> None:
    assert read_update(update(callback_query=press())) == PressUpdate(
        "77", LAN["id"], "Nguyễn Thị Lan", GROUP["id"], 12, "a:1"
    )


def test_a_press_under_a_message_that_is_gone_counts_all_the_same() -> None:
    gone = {"message_id": 12, "date": 0, "chat": GROUP}
    assert isinstance(read_update(update(callback_query=press(message=gone))), PressUpdate)


def test_a_press_in_a_channel_is_the_subscribers() -> None:
    post = {"message_id": 12, "date": 1, "chat": {"id": -100, "type": "channel"}, "sender_chat": {"id": -100}}
    read = read_update(update(callback_query=press(message=post)))
    assert isinstance(read, PressUpdate)
    assert read.user_id == LAN["id"]


@pytest.mark.parametrize("missing", ["id", "from", "message", "data"])
def test_a_press_without_a_message_or_data_is_none_of_ours(missing: str) -> None:
    query = press()
    del query[missing]
    assert read_update(update(callback_query=query)) is None


def test_a_reply_in_a_group_names_what_it_answers() -> None:
    words = message(text="Đã nhận ạ", reply_to_message=message(message_id=9))
    assert read_update(update(message=words)) == TextUpdate(
        LAN["id"], "Nguyễn Thị Lan", GROUP["id"], False, 12, "Đã nhận ạ", 9, False
    )


def test_a_private_start_keeps_its_card() -> None:
    read = read_update(update(message=message(PRIVATE, text="/start LAN-7K3M")))
    assert isinstance(read, TextUpdate)
    assert (read.private, read.text) == (True, "/start LAN-7K3M")


def test_words_come_in_composed_form_and_can_be_stored() -> None:
    decomposed = unicodedata.normalize("NFD", "đã nhận")
    read = read_update(update(message=message(text=f" {decomposed}\x00\ud83d\r\n")))
    assert isinstance(read, TextUpdate)
    assert read.text == "đã nhận"


def test_the_words_under_a_picture_are_words() -> None:
    read = read_update(update(message=message(photo=[], caption="đã nhận")))
    assert isinstance(read, TextUpdate)
    assert read.text == "đã nhận"


@pytest.mark.parametrize(
    "sender",
    [
        {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}, "sender_chat": GROUP},
        {"from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}, "sender_chat": GROUP},
        {"from": {"id": 5, "is_bot": True, "first_name": "Another bot"}},
        {"from": None, "sender_chat": GROUP},
        {"from": None},
    ],
)
def test_who_hides_behind_a_group_proves_nothing(sender: Json) -> None:
    read = read_update(update(message=message(text="/baocao", **sender)))
    assert isinstance(read, TextUpdate)
    assert (read.anonymous, read.user_id) == (True, NOBODY)


def test_a_channel_post_is_anonymous() -> None:
    post = {"message_id": 3, "date": 1, "chat": {"id": -100, "type": "channel"}, "text": "Thông báo"}
    read = read_update(update(channel_post=post))
    assert isinstance(read, TextUpdate)
    assert (read.anonymous, read.private) == (True, False)


@pytest.mark.parametrize(("owner", "own"), [(LAN["id"], True), (700000002, False), (None, False)])
def test_a_shared_number_is_proof_only_of_its_owner(owner: int | None, own: bool) -> None:
    contact = {"phone_number": "+84900000001", "first_name": "Lan", **({"user_id": owner} if owner else {})}
    assert read_update(update(message=message(PRIVATE, contact=contact))) == ContactUpdate(
        LAN["id"], "Nguyễn Thị Lan", PRIVATE["id"], "+84900000001", own
    )


@pytest.mark.parametrize("contact", [{"first_name": "Lan"}, {"phone_number": ""}])
def test_a_contact_without_a_number_is_nothing(contact: Json) -> None:
    assert read_update(update(message=message(contact=contact))) is None


def test_a_number_from_nobody_is_nothing() -> None:
    nobody: Json = {"from": None, "sender_chat": GROUP, "contact": {"phone_number": "+84900000001"}}
    assert read_update(update(message=message(**nobody))) is None


@pytest.mark.parametrize(
    ("status", "rights", "in_channel", "can_post"),
    [
        ("creator", {}, True, True),
        ("administrator", {}, False, True),
        ("administrator", {"can_post_messages": True}, True, True),
        ("administrator", {"can_post_messages": False}, True, False),
        ("administrator", {}, True, False),
        ("member", {}, False, True),
        ("member", {}, True, False),
        ("restricted", {"is_member": True, "can_send_messages": True}, False, True),
        ("restricted", {"is_member": True, "can_send_messages": False}, False, False),
        ("restricted", {"is_member": False, "can_send_messages": True}, False, False),
        ("left", {}, False, False),
        ("kicked", {}, False, False),
    ],
)
def test_the_bots_place_in_a_chat_says_whether_it_may_post(
    status: str, rights: Json, in_channel: bool, can_post: bool
) -> None:
    chat = {**GROUP, "type": "channel"} if in_channel else GROUP
    expected = MemberUpdate(GROUP["id"], "Tổ 1", BotStatus(status), can_post, LAN["id"])
    assert read_update(update(my_chat_member=member(status, chat, **rights))) == expected


def test_a_person_who_blocks_the_bot_is_named() -> None:
    read = read_update(update(my_chat_member=member("kicked", PRIVATE)))
    assert isinstance(read, MemberUpdate)
    assert (read.title, read.chat_id) == ("Nguyễn Thị Lan", LAN["id"])


def test_a_place_nobody_knows_of_yet_is_nothing() -> None:
    assert read_update(update(my_chat_member=member("emperor"))) is None


def test_both_sides_of_a_migration_say_the_same() -> None:
    new: Json = {"id": -1002000000001, "type": "supergroup", "title": "Tổ 1"}
    moved = MigrationUpdate(GROUP["id"], new["id"])
    assert read_update(update(message=message(migrate_to_chat_id=new["id"]))) == moved
    assert read_update(update(message=message(new, migrate_from_chat_id=GROUP["id"]))) == moved


@pytest.mark.parametrize(
    "payload",
    [
        update(message=message(sticker={"emoji": "👍"})),
        update(message=message(new_chat_title="Tổ 1 mới")),
        update(edited_message=message(text="sửa")),
        update(poll={}),
        update(),
        "[]",
        "null",
        "1",
        '"text"',
        "{",
        "",
        "[" * 100_000,
    ],
)
def test_what_does_not_concern_us_is_nothing(payload: str) -> None:
    assert read_update(payload) is None


def test_a_number_too_large_for_any_column_is_no_id() -> None:
    assert read_update(update(message=message({"id": 2**63, "type": "group"}, text="đã nhận"))) is None


async def test_what_the_platform_sends_is_understood() -> None:
    async with FakeTelegram() as fake:
        lan = fake.user("Lan")
        group = fake.group("Tổ 1", [lan])
        told = [
            fake.text(lan, lan.id, "/start LAN-7K3M"),
            fake.text(lan, group.id, "/baocao", anonymous=True),
            fake.contact(lan, lan.id, "+84900000001"),
            fake.press(lan, group.id, 1, "a:1").update,
            fake.restrict(group.id, lan),
            fake.set_standing(group.id, Standing.MEMBER, lan),
            fake.block(lan),
        ]
        new = fake.migrate(group.id, notices=())
        told += [fake.tell_of_migration(group, notice) for notice in Notice]
        kinds = [type(read_update(json.dumps(one))) for one in told]
    assert kinds == [
        TextUpdate, TextUpdate, ContactUpdate, PressUpdate, *[MemberUpdate] * 3, *[MigrationUpdate] * 2,
    ]  # fmt: skip
    assert read_update(json.dumps(told[-1])) == MigrationUpdate(group.id, new.id)


KEYS = [
    "message", "channel_post", "callback_query", "my_chat_member", "chat", "from", "sender_chat", "id", "message_id",
    "data", "text", "caption", "contact", "phone_number", "user_id", "type", "title", "first_name", "new_chat_member",
    "status", "is_member", "can_post_messages", "reply_to_message", "migrate_to_chat_id", "migrate_from_chat_id",
]  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*BotStatus, "private"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=4))
def test_no_object_breaks_the_reading(anything: Json) -> None:
    read_update(json.dumps(anything))


WHOLE = [press(), member("member"), message(text="a"), message(contact={"phone_number": "+84900000001"})]


@given(
    st.sampled_from(["callback_query", "my_chat_member", "message"]),
    st.sampled_from(WHOLE),
    st.dictionaries(st.sampled_from(KEYS), ANYTHING, max_size=4),
)
def test_no_field_of_another_kind_breaks_the_reading(kind: str, whole: Json, wrong: Json) -> None:
    read_update(update(**{kind: {**whole, **wrong}}))

"""The schema checker, and that the fake's methods are those of the Bot API.

The schema is downloaded, so these tests skip without network; in continuous integration (`CI` set) they fail instead.
"""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes import telegram_schema_source
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_members import member_json
from tests.fakes.telegram_methods import METHODS
from tests.fakes.telegram_schema import Schema
from tests.fakes.telegram_schema_source import SchemaUnavailable, load, required
from tests.fakes.telegram_world import Standing, User

CHAT = {"id": -1, "type": "group", "title": "Tổ 1"}
MESSAGE = {"message_id": 1, "date": 2, "chat": CHAT}


@pytest.fixture(scope="module")
def schema() -> Schema:
    try:
        return load()
    except SchemaUnavailable as error:
        if required():
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


def test_it_is_the_version_the_fake_is_written_for(schema: Schema) -> None:
    assert schema.version == "10.3"


@pytest.mark.parametrize(
    ("type_name", "value", "problem"),
    [
        ("Message", MESSAGE, None),
        ("Message", {**MESSAGE, "date": 1.5}, ".date: Integer expected, got 1.5"),
        ("Message", {**MESSAGE, "date": True}, ".date: Integer expected, got True"),
        ("Message", {**MESSAGE, "colour": 1}, ".colour: Message has no such field"),
        ("Message", {"message_id": 1, "date": 2}, ": Message lacks chat"),
        ("Message", {**MESSAGE, "chat": {**CHAT, "id": "x"}}, ".chat.id: Integer expected, got 'x'"),
        ("Array of Message", [MESSAGE, 3], "[1]: Message expected, got 3"),
        ("Message", {**MESSAGE, "reply_to_message": {**MESSAGE, "text": 1}}, ".reply_to_message.text: String expected"),
        ("MaybeInaccessibleMessage", {**MESSAGE, "date": 0}, None),
        ("ChatMember", {"status": "member", "user": {"id": 1, "is_bot": False, "first_name": "Lan"}}, None),
        ("ChatMember", {"status": "owner", "user": {"id": 1, "is_bot": False, "first_name": "Lan"}}, "no ChatMember"),
        ("Update", {"update_id": 1, "callback_query": {"id": "1"}}, ".callback_query: CallbackQuery lacks chat_inst"),
        ("DisabledButton", {}, None),
        ("True", False, ": True expected, got False"),
    ],
)
def test_a_value_is_held_against_its_type(schema: Schema, type_name: str, value: Any, problem: str | None) -> None:
    found = schema.problem(type_name, value)
    assert found is None if problem is None else problem in str(found)


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"chat_id": "-1", "text": "Chào", "disable_notification": "true"}, None),
        ({"chat_id": -1, "text": "Chào", "disable_notification": True}, None),
        ({"chat_id": "-1"}, "sendMessage needs the parameter text"),
        ({"chat_id": "-1", "text": "Chào", "message_thread_id": "x"}, "message_thread_id: Integer expected"),
        ({"chat_id": "-1", "text": "Chào", "parsemode": "HTML"}, "sendMessage has no parameter parsemode"),
        (
            {"chat_id": "-1", "text": "Chào", "reply_markup": {"inline_keyboard": [[{"label": "Đã nhận"}]]}},
            "InlineKeyboardButton has no such field",
        ),
    ],
)
def test_a_calls_parameters_are_held_against_the_method(
    schema: Schema, params: dict[str, Any], problem: str | None
) -> None:
    found = schema.problem_with_call("sendMessage", params, {})
    assert found is None if problem is None else problem in str(found)


def test_every_type_and_method_of_the_schema_can_be_compiled(schema: Schema) -> None:
    for name, entry in schema.entries.items():
        if entry["category"] == "methods":
            assert schema.problem_with_call(name, {"no such parameter": 1}, {}) is not None
        else:
            assert schema.problem(name, object()) is not None, name


def test_every_method_the_fake_plays_gives_back_what_the_documentation_says(schema: Schema) -> None:
    for method in METHODS.values():
        type_name = method.result.removeprefix("Array of ")
        assert type_name in schema.entries[method.name]["description"], method.name


@pytest.mark.parametrize("standing", Standing)
def test_every_kind_of_member_has_the_rights_it_must_show(schema: Schema, standing: Standing) -> None:
    assert schema.problem("ChatMember", member_json(User(1, "Lan"), standing)) is None


async def test_a_test_fails_when_the_bot_sends_what_the_bot_api_doesnt_know(schema: Schema) -> None:
    with pytest.raises(AssertionError, match="sendMessage has no parameter colour"):
        async with FakeTelegram() as fake, aiohttp.ClientSession() as http:
            group = fake.group("Tổ 1")
            form = {"chat_id": str(group.id), "text": "Chào", "colour": "red"}
            async with http.post(f"{fake.base_url}/bot{fake.token}/sendMessage", data=form) as answer:
                assert answer.status == 200


def test_without_a_cache_or_a_package_index_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(SchemaUnavailable, match=r"neither in .* nor could pip download aiogram 3\.31\.0"):
        telegram_schema_source.load(tmp_path / "schema.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("", False)])
def test_only_continuous_integration_insists_on_the_schema(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    monkeypatch.setenv("CI", value)
    assert required() is expected

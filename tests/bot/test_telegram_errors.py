"""What every answer of the Bot API, and every silence, is taken to mean."""

import json
from datetime import timedelta
from typing import Any

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from announcements.channels import ChannelError, Moved, Refused, RefusedReason, Scope, SlowDown, TryLater, Unsure
from bot.channels.telegram.errors import NeverConnected, OtherPoller, channel_errors, read_error
from bot.channels.telegram.request import TelegramRequest

BLOCKED, CHAT_GONE = RefusedReason.BLOCKED, RefusedReason.CHAT_GONE
NO_RIGHTS, BAD_CONTENT = RefusedReason.NO_RIGHTS, RefusedReason.BAD_CONTENT

REFUSALS = [
    ("Forbidden: bot was kicked from the group chat", BLOCKED),
    ("Forbidden: bot was kicked from the supergroup chat", BLOCKED),
    ("Forbidden: bot was kicked from the channel chat", BLOCKED),
    ("Forbidden: bot is not a member of the supergroup chat", BLOCKED),
    ("Forbidden: bot is not a member of the channel chat", BLOCKED),
    ("Forbidden: bot is not a member of the group chat", BLOCKED),
    ("Forbidden: the group chat was deleted", CHAT_GONE),
    ("Forbidden: bot was blocked by the user", BLOCKED),
    ("Forbidden: user is deactivated", CHAT_GONE),
    ("Forbidden: bot can't initiate conversation with a user", BLOCKED),
    ("Forbidden: not enough rights to send text messages to the chat", NO_RIGHTS),
    ("Forbidden: something new", BLOCKED),
    ("Bad Request: chat not found", CHAT_GONE),
    ("Bad Request: PEER_ID_INVALID", CHAT_GONE),
    ("Bad Request: have no write access to the chat", NO_RIGHTS),
    ("Bad Request: not enough rights to send text messages to the chat", NO_RIGHTS),
    ("Bad Request: not enough rights to send photos to the chat", NO_RIGHTS),
    ("Bad Request: not enough rights to send documents to the chat", NO_RIGHTS),
    ("Bad Request: need administrator rights in the channel chat", NO_RIGHTS),
    ("Bad Request: CHAT_WRITE_FORBIDDEN", NO_RIGHTS),
    ("Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN", NO_RIGHTS),
    ("Bad Request: message thread not found", NO_RIGHTS),
    ("Bad Request: TOPIC_CLOSED", NO_RIGHTS),
    ("Bad Request: message to edit not found", BAD_CONTENT),
    ("Bad Request: message can't be edited", BAD_CONTENT),
    ("Bad Request: BUTTON_DATA_INVALID", BAD_CONTENT),
    ("Bad Request: message is too long", BAD_CONTENT),
    ("Bad Request: message caption is too long", BAD_CONTENT),
    ('Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 3', BAD_CONTENT),
    ("Bad Request: wrong file identifier/HTTP URL specified", BAD_CONTENT),
    ("Bad Request: something new", BAD_CONTENT),
    ("Unauthorized", RefusedReason.UNAUTHORISED),
    ("Not Found", RefusedReason.UNAUTHORISED),
    ("Request Entity Too Large", BAD_CONTENT),
]
STATUS = {"Forbidden": 403, "Bad Request": 400, "Unauthorized": 401, "Not Found": 404, "Request Entity Too Large": 413}


class CannedRequest(TelegramRequest):
    """Answers every request with one status and body; the library does the rest."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__("1:synthetic", "http://127.0.0.1")
        self._answer = status, body

    async def do_request(self, *_args: Any, **_kwargs: Any) -> tuple[int, bytes]:
        return self._answer


async def meaning(status: int, description: str, **parameters: int) -> ChannelError:
    """How the Bot API's error answer is read in the end."""
    body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    return await meaning_of_body(status, json.dumps(body).encode())


async def meaning_of_body(status: int, body: bytes) -> ChannelError:
    with pytest.raises(ChannelError) as caught, channel_errors():
        await CannedRequest(status, body).post("/sendMessage")
    return caught.value


@pytest.mark.parametrize(("description", "reason"), REFUSALS)
async def test_a_refusal_says_what_is_wrong_with_chat_account_or_notice(
    description: str, reason: RefusedReason
) -> None:
    error = await meaning(STATUS[description.partition(":")[0]], description)
    assert isinstance(error, Refused)
    assert error.reason is reason


async def test_an_upgraded_group_is_moved_and_not_a_bad_request() -> None:
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    error = await meaning(400, description, migrate_to_chat_id=-1002000000001)
    assert isinstance(error, Moved)
    assert error.new_address == "-1002000000001"


@pytest.mark.parametrize("status", [429, 500])
async def test_a_pause_that_is_asked_for_holds_for_the_chat(status: int) -> None:
    error = await meaning(status, "Too Many Requests: retry after 17", retry_after=17)
    assert isinstance(error, SlowDown)
    assert (error.after, error.scope) == (17.0, Scope.CHAT)


async def test_a_pause_without_a_figure_is_a_short_one() -> None:
    error = await meaning(429, "Too Many Requests")
    assert isinstance(error, SlowDown)
    assert error.after == 1.0


@pytest.mark.parametrize("pause", [17, timedelta(seconds=17)])
@pytest.mark.parametrize("opted_in", ["true", "false"])
@pytest.mark.filterwarnings("ignore:.*PTB_TIMEDELTA.*")
def test_a_pause_may_come_as_a_number_or_as_a_duration(
    pause: int | timedelta, opted_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", opted_in)
    error = read_error(RetryAfter(pause))
    assert isinstance(error, SlowDown)
    assert error.after == 17.0


@pytest.mark.parametrize(
    ("description", "who"),
    [
        ("Conflict: terminated by other getUpdates request; make sure …", "another program"),
        ("Conflict: can't use getUpdates method while webhook is active; use …", "webhook"),
    ],
)
async def test_a_second_poller_is_waited_for(description: str, who: str) -> None:
    error = await meaning(409, description)
    assert isinstance(error, OtherPoller)
    assert isinstance(error, TryLater)
    assert who in error.detail


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_broken_server_may_have_posted_all_the_same(status: int) -> None:
    assert isinstance(await meaning(status, "Internal Server Error"), Unsure)


@pytest.mark.parametrize(("status", "body"), [(502, b"<html>Bad Gateway</html>"), (200, b"<html>"), (200, b"[]")])
async def test_an_answer_in_no_known_form_leaves_it_open(status: int, body: bytes) -> None:
    error = await meaning_of_body(status, body)
    assert isinstance(error, Unsure)
    assert "html" not in error.detail


@pytest.mark.parametrize(
    ("exc", "kind"),
    [
        (NeverConnected("ClientConnectorError: Cannot connect to host"), TryLater),
        (TimedOut("SocketTimeoutError: read"), Unsure),
        (NetworkError("ServerDisconnectedError: gone"), Unsure),
        (TelegramError("Invalid server response"), Unsure),
        (EndPointNotFound("Endpoint not found"), Refused),
        (ChatMigrated(-1002000000001), Moved),
        (KeyError("message_id"), Unsure),
    ],
)
def test_only_a_connection_never_made_may_be_tried_again(exc: Exception, kind: type[ChannelError]) -> None:
    assert type(read_error(exc)) is kind


def test_an_error_already_read_stays_what_it_is() -> None:
    error = Refused(BAD_CONTENT, "the attachment can't be read")
    assert read_error(error) is error


@pytest.mark.parametrize(
    "description",
    [
        'can\'t parse entities: Unsupported start tag "Bà Lan" at byte offset 3',
        "inline keyboard button URL 'https://Bà Lan' is invalid: Wrong HTTP URL",
        "something new about “Bà Lan”",
    ],
)
def test_words_of_a_notice_are_never_stored_with_its_error(description: str) -> None:
    detail = read_error(BadRequest(f"Bad Request: {description}")).detail
    assert detail
    assert "Lan" not in detail


def test_a_chat_id_is_not_stored_with_an_error() -> None:
    assert "1002000000001" not in read_error(BadRequest("Bad Request: no such place -1002000000001 here")).detail


def test_words_of_a_notice_cannot_close_a_chat() -> None:
    error = read_error(BadRequest('Bad Request: can\'t parse entities: Unsupported start tag "chat not found"'))
    assert isinstance(error, Refused)
    assert error.reason is BAD_CONTENT

"""What every answer of the Zalo Bot Platform, and every silence, is taken to mean; and that no token gets out."""

import json
import logging
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.channels import ChannelError, Refused, RefusedReason, Scope, SlowDown, TryLater, Unsure
from bot.channels.zalo_bot.client import Pauses, ZaloBotClient
from bot.channels.zalo_bot.errors import PAUSES, TimedOut, read_answer, read_failure
from tests.doubles import StepClock

SECRET = "AbCdEf-synthetic"
TOKEN = f"4242424242:{SECRET}"


def refused(code: Any, status: int = 200, description: str = "Refused", *, names_chat: bool = True) -> ChannelError:
    body = json.dumps({"ok": False, "error_code": code, "description": description}).encode()
    with pytest.raises(ChannelError) as caught:
        read_answer(status, body, names_chat=names_chat)
    return caught.value


def outcome(error: ChannelError) -> tuple[type[ChannelError], RefusedReason | None]:
    return type(error), error.reason if isinstance(error, Refused) else None


@pytest.mark.parametrize("as_status", [False, True])
@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (400, Refused, RefusedReason.BAD_CONTENT),
        (401, Refused, RefusedReason.UNAUTHORISED),
        (403, TryLater, None),
        (404, Refused, RefusedReason.CHAT_GONE),
        (408, Unsure, None),
        (413, Refused, RefusedReason.BAD_CONTENT),
        (429, SlowDown, None),
        (500, Unsure, None),
        (503, Unsure, None),
        (-1, Unsure, None),
    ],
)
def test_a_code_counts_whatever_the_http_status(
    code: int, kind: type[ChannelError], reason: RefusedReason | None, as_status: bool
) -> None:
    error = refused(code, code if as_status and code > 0 else 200)
    assert isinstance(error, kind)
    assert outcome(error)[1] is reason


def test_a_code_written_as_text_counts_and_a_missing_one_is_the_http_status() -> None:
    assert isinstance(refused("429"), SlowDown)
    assert isinstance(refused(None, 401), Refused)
    assert isinstance(refused(None), Unsure)
    assert isinstance(refused(True), Unsure)


def test_404_of_a_call_without_a_chat_closes_no_chat() -> None:
    assert outcome(refused(404, names_chat=False))[1] is RefusedReason.BAD_CONTENT


def test_a_quota_concerns_the_account_as_a_whole() -> None:
    error = refused(429)
    assert isinstance(error, SlowDown)
    assert error.scope is Scope.ACCOUNT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b'{"message_id": "1"}',
        b'{"ok": 1}',
        b'{"ok": "true"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=range(9),
)
@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 500, 502, 504])
def test_what_is_not_the_platforms_answer_proves_nothing(status: int, body: bytes) -> None:
    with pytest.raises(Unsure):
        read_answer(status, body, names_chat=True)


def test_ok_under_a_bad_status_proves_nothing() -> None:
    with pytest.raises(Unsure):
        read_answer(502, b'{"ok": true, "result": {"message_id": "1"}}')


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["ok", "result", "x"]), inside),
    max_leaves=6,
)
ENVELOPES = st.fixed_dictionaries(
    {"ok": st.booleans() | ANYTHING}, optional={"error_code": ANYTHING, "description": ANYTHING, "result": ANYTHING}
)


@given(
    status=st.integers(100, 599),
    body=st.binary(max_size=40) | (ENVELOPES | ANYTHING).map(lambda it: json.dumps(it).encode()),
)
def test_whatever_is_answered_is_a_result_or_one_of_the_five_errors(status: int, body: bytes) -> None:
    try:
        read_answer(status, body, names_chat=True)
    except ChannelError as error:
        assert len(error.detail) < 200
    else:
        assert 200 <= status < 300
        assert json.loads(body)["ok"] is True


def test_too_many_requests_is_believed_even_from_the_edge() -> None:
    with pytest.raises(SlowDown):
        read_answer(429, b"<html>")
    with pytest.raises(TimedOut):
        read_answer(408, b"")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ConnectError("refused"), TryLater),
        (httpx.ConnectTimeout("slow"), TryLater),
        (httpx.PoolTimeout("full"), TryLater),
        (httpx.UnsupportedProtocol("ftp"), TryLater),
        (httpx.InvalidURL("no"), TryLater),
        (httpx.ReadTimeout("slow"), Unsure),
        (httpx.WriteTimeout("slow"), Unsure),
        (httpx.ReadError("cut"), Unsure),
        (httpx.WriteError("cut"), Unsure),
        (httpx.RemoteProtocolError("hung up"), Unsure),
        (httpx.DecodingError("gzip"), Unsure),
        (RuntimeError("what"), Unsure),
    ],
)
def test_only_a_request_that_never_left_is_surely_not_sent(failure: Exception, kind: type[ChannelError]) -> None:
    assert type(read_failure(failure)) is kind


def test_pauses_grow_while_429_goes_on_and_not_for_what_was_in_flight_together() -> None:
    clock = StepClock()
    pauses = Pauses(clock.monotonic)
    for seconds in (*PAUSES, PAUSES[-1]):
        assert pauses.next() == pytest.approx(seconds)
        clock.move(seconds / 2)
        assert pauses.next() == pytest.approx(seconds / 2)  # met the same wall
        pauses.over()  # an answer from before the pause says nothing
        clock.move(seconds / 2)
    pauses.over()
    assert pauses.next() == pytest.approx(PAUSES[0])


def client(handler: Any, token: str = TOKEN) -> ZaloBotClient:
    return ZaloBotClient(token, "https://zalo.example.vn", transport=httpx.MockTransport(handler))


async def test_the_token_is_in_the_path_and_the_base_may_have_one_of_its_own() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200, json={"ok": True, "result": {"id": "1"}})

    for base in ("https://zalo.example.vn", "https://proxy.example.vn/bot/zalo/"):
        made = ZaloBotClient(TOKEN, base, transport=httpx.MockTransport(answer))
        await made.me()
        await made.close()
    assert seen == [
        f"https://zalo.example.vn/bot{TOKEN}/getMe",
        f"https://proxy.example.vn/bot/zalo/bot{TOKEN}/getMe",
    ]


async def test_a_pause_that_is_named_is_kept() -> None:
    answer = httpx.Response(429, json={"ok": False, "error_code": 429}, headers={"Retry-After": "7"})
    with pytest.raises(SlowDown) as caught:
        await client(lambda _: answer).post("sendMessage", {"chat_id": "zgr-1", "text": "a"})
    assert caught.value.after == 7.0


@pytest.mark.parametrize("result", [None, {}, {"message_id": None}, {"message_id": ""}, [], "1", {"message_id": True}])
async def test_an_answer_without_a_message_id_is_in_doubt(result: Any) -> None:
    answer = httpx.Response(200, json={"ok": True, "result": result})
    with pytest.raises(Unsure):
        await client(lambda _: answer).post("sendMessage", {"chat_id": "zgr-1", "text": "a"})


async def test_an_account_that_is_closed_has_surely_sent_nothing() -> None:
    closed = client(lambda _: httpx.Response(200))
    await closed.close()
    with pytest.raises(TryLater):
        await closed.me()


ECHOED = st.sampled_from([TOKEN, SECRET, f"/bot{TOKEN}/sendMessage", f"https://zalo.example.vn/bot{TOKEN}/getMe"])
FAILURES = st.sampled_from(
    [httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, RuntimeError, OSError]
)


@given(
    said=st.one_of(ECHOED, st.tuples(st.text(max_size=20), ECHOED, st.text(max_size=20)).map("".join)),
    code=st.sampled_from([400, 401, 403, 404, 408, 429, 500, None]),
    status=st.sampled_from([200, 401, 404, 429, 502]),
    failure=st.none() | FAILURES,
)  # fmt: skip
async def test_no_error_no_log_and_no_repr_ever_holds_the_token(
    said: str, code: int | None, status: int, failure: type[Exception] | None
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if failure is not None:
            raise failure(f"{said} {request.url}")
        return httpx.Response(status, json={"ok": False, "error_code": code, "description": said})

    api = client(answer)
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with pytest.raises(ChannelError) as caught:
            await api.post("sendMessage", {"chat_id": "zgr-1", "text": "đã gửi"})
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    error = caught.value
    assert error.__cause__ is None and error.__context__ is None
    shown = [str(error), repr(error), error.detail, repr(api), repr(api.__dict__), repr(vars(error))]
    shown += [record.getMessage() for record in records]
    assert not [text for text in shown if SECRET in text or TOKEN in text]

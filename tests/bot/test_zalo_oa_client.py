"""Calls of the Official Account API against the fake: what each answer means, and that no token leaks."""

import logging
from collections.abc import AsyncIterator

import pytest

from announcements.channels import ChannelError, Refused, RefusedReason, Scope, SlowDown, TryLater, Unsure
from announcements.phrases import phrases
from bot.channels.zalo_oa.client import OaClient
from bot.channels.zalo_oa.errors import LATER, REFUSED, STALE_TOKEN, Code, StaleToken, read_error
from tests.fakes.zalo_oa import FakeZaloOa
from tests.fakes.zalo_oa_state import Trouble

GROUP_CALL = "/v3.0/oa/group/message"


class HandedTokens:
    """Tokens as a test hands them out; `renewed` are those that were called stale."""

    def __init__(self, *access: str) -> None:
        self.access_tokens = list(access)
        self.renewed: list[str] = []

    async def access(self) -> str:
        return self.access_tokens[0]

    async def renew(self, stale: str) -> str:
        self.renewed.append(stale)
        if len(self.access_tokens) > 1:
            self.access_tokens.pop(0)
        return self.access_tokens[0]


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZaloOa]:
    async with FakeZaloOa() as fake:
        fake.state.access_tokens.add("good")
        yield fake


async def asked(zalo: FakeZaloOa, *access: str) -> tuple[ChannelError | None, HandedTokens]:
    """How a text into the fake's first group ends with these tokens."""
    group = next(iter(zalo.state.groups), None) or zalo.group("Tổ 1").id
    tokens = HandedTokens(*(access or ("good",)))
    client = OaClient(zalo.base_url, tokens, chance=lambda: 0.5)
    body = {"recipient": {"group_id": group}, "message": {"text": "Mời họp"}}
    try:
        await client.post(GROUP_CALL, body)
    except ChannelError as error:
        return error, tokens
    finally:
        await client.close()
    return None, tokens


async def test_a_message_goes_out_under_the_access_token(zalo: FakeZaloOa) -> None:
    error, _ = await asked(zalo)
    assert error is None
    assert [sent.text for sent in zalo.sent()] == ["Mời họp"]


@pytest.mark.parametrize("number", [-216, -220, 216, 401, -401, -124])
async def test_a_stale_token_is_renewed_once_and_the_call_made_again(zalo: FakeZaloOa, number: int) -> None:
    zalo.refuse(GROUP_CALL, number)
    error, tokens = await asked(zalo, "good", "good")
    assert (error, tokens.renewed) == (None, ["good"])
    assert len(zalo.sent()) == 1


async def test_a_status_of_401_is_a_stale_token_too(zalo: FakeZaloOa) -> None:
    zalo.fault(Trouble.STATUS, GROUP_CALL, error=401)
    error, tokens = await asked(zalo)
    assert (error, tokens.renewed) == (None, ["good"])


async def test_a_token_that_stays_stale_is_a_refused_account(zalo: FakeZaloOa) -> None:
    error, tokens = await asked(zalo, "old", "older")
    assert isinstance(error, Refused)
    assert error.reason is RefusedReason.UNAUTHORISED
    assert tokens.renewed == ["old"]


async def test_too_many_calls_pause_the_account_for_a_while_that_varies(zalo: FakeZaloOa) -> None:
    zalo.refuse(GROUP_CALL, -32)
    error, _ = await asked(zalo)
    assert isinstance(error, SlowDown)
    assert (error.scope, error.after) == (Scope.ACCOUNT, 20.0)


@pytest.mark.parametrize("number", REFUSED)
async def test_each_refusal_has_its_reason_and_a_sentence(zalo: FakeZaloOa, number: int) -> None:
    zalo.refuse(GROUP_CALL, number)
    error, _ = await asked(zalo)
    assert isinstance(error, Refused)
    assert error.reason is REFUSED[number]
    assert error.sentence == phrases()[f"zalo_error.{Code(number).name.lower()}"]
    assert error.detail == f"error {int(number)}"


def test_every_number_of_the_table_is_read() -> None:
    for code in Code:
        error = read_error(code, 0.0)
        assert not isinstance(error, Unsure), code.name
        if code in LATER:
            assert isinstance(error, TryLater)
        if code in STALE_TOKEN:
            assert isinstance(error, StaleToken)


@pytest.mark.parametrize("status", [500, 502, 404, 200])
async def test_a_page_that_is_no_answer_leaves_us_unsure(zalo: FakeZaloOa, status: int) -> None:
    zalo.fault(Trouble.STATUS, GROUP_CALL, error=status)
    error, _ = await asked(zalo)
    assert isinstance(error, Unsure)


async def test_an_unknown_number_leaves_us_unsure(zalo: FakeZaloOa) -> None:
    zalo.refuse(GROUP_CALL, -9999)
    error, _ = await asked(zalo)
    assert isinstance(error, Unsure)


async def test_a_connection_lost_after_the_request_left_leaves_us_unsure(zalo: FakeZaloOa) -> None:
    zalo.fault(Trouble.CUT_AFTER, GROUP_CALL)
    error, _ = await asked(zalo)
    assert isinstance(error, Unsure)
    assert len(zalo.sent()) == 1


async def test_no_connection_means_nothing_was_sent(zalo: FakeZaloOa) -> None:
    client = OaClient("http://127.0.0.1:9", HandedTokens("good"))
    with pytest.raises(TryLater):
        await client.post(GROUP_CALL, {})
    await client.close()


async def test_the_token_is_in_no_error_and_no_log(zalo: FakeZaloOa, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    zalo.state.access_tokens.add("very-secret")
    zalo.fault(Trouble.CUT_AFTER, GROUP_CALL)
    error, _ = await asked(zalo, "very-secret")
    assert error is not None
    assert error.__cause__ is None and error.__context__ is None
    assert "very-secret" not in f"{error!r}{error.detail}{caplog.text}"

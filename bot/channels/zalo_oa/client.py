"""Calls of the Official Account API: one access token, one way to read answers, `ChannelError`s and nothing else.

Used by `sender`, `attachments` and `groups`. The token travels in a header and stays out of logs, errors and `repr`s.
"""

import random
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Protocol

import httpx

from announcements.channels import ChannelError, TryLater, Unsure
from bot.channels.zalo_oa.errors import StaleToken, read_error, too_fast

Json = dict[str, Any]

CONNECT, READ = 5.0, 20.0  # seconds
# Raised before a byte of the request has left. Anything else may have come after.
BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


class Tokens(Protocol):
    """Where the access token comes from: see `tokens.TokenKeeper`."""

    async def access(self) -> str:
        """The present token. Raises `ChannelError`s only."""

    async def renew(self, stale: str) -> str:
        """Another than `stale`, which the platform refused. Raises `ChannelError`s only."""


class OaClient:
    """The API at `base_url`. `chance` is for tests."""

    def __init__(self, base_url: str, tokens: Tokens, *, chance: Callable[[], float] = random.random) -> None:
        self._tokens = tokens
        self._chance = chance
        self._http = httpx.AsyncClient(
            base_url=base_url, timeout=httpx.Timeout(READ, connect=CONNECT), trust_env=False, follow_redirects=False
        )

    async def get(self, path: str, **params: str | int) -> Json:
        """The `data` of an answer. A token that the platform refuses is renewed once."""
        return await self._call("GET", path, params=params)

    async def post(self, path: str, body: Mapping[str, Any]) -> Json:
        return await self._call("POST", path, json=body)

    async def upload(self, path: str, name: str, content: bytes, kind: str) -> Json:
        """`kind` is the content's MIME type."""
        return await self._call("POST", path, files={"file": (name, content, kind)})

    async def close(self) -> None:
        await self._http.aclose()

    async def _call(self, method: str, path: str, **content: Any) -> Json:
        token = await self._tokens.access()
        try:
            return await self._ask(token, method, path, content)
        except StaleToken:
            fresh = await self._tokens.renew(token)
        return await self._ask(fresh, method, path, content)

    async def _ask(self, token: str, method: str, path: str, content: Mapping[str, Any]) -> Json:
        try:
            answer = await self._http.request(method, path, headers={"access_token": token}, **content)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, RuntimeError) as error:
            failure = unreached(error)
        else:
            return self._read(answer)
        raise failure  # out here, so that it carries no chain: the library's errors hold the request and its headers

    def _read(self, answer: httpx.Response) -> Json:
        """Success is both: status 200 and `error` 0."""
        status, body = answer.status_code, read_object(answer)
        if status == HTTPStatus.UNAUTHORIZED:
            raise StaleToken("status 401")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise too_fast(self._chance(), "status 429")
        number = read_number(body.get("error"))
        if number is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR or (number == 0 and status != HTTPStatus.OK):
            raise Unsure(f"status {status}, no answer that can be read")
        if number:
            raise read_error(number, self._chance())
        data = body.get("data")
        return data if isinstance(data, dict) else {"items": data}


def unreached(error: Exception) -> ChannelError:
    """What a failure of the connection means; its own words may hold addresses, so only its kind is kept."""
    name = type(error).__name__
    if isinstance(error, BEFORE_SENDING):
        return TryLater(f"no connection: {name}")
    if isinstance(error, RuntimeError):  # the client is closed already
        return TryLater("the account is closed")
    return Unsure(f"no answer: {name}")


def read_object(answer: httpx.Response) -> Json:
    """The body as an object, empty when it is none: a proxy's or a maintenance page, say."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def read_number(value: object) -> int | None:
    """An error number, which may come as text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None

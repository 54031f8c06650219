"""The network under python-telegram-bot: its `BaseRequest` on aiohttp, and the only place that knows the token.

Made by `sender`, once for calls and once for polling. The library's own pool reaches a tenth of the pace at a hundred
requests in flight (docs/decisions.md has the figures); here nothing waits for a free connection.
"""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, ClassVar, cast
from urllib.parse import quote, quote_plus

import aiohttp
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.errors import NeverConnected

# Raised before a byte of the request has left. Anything else may have come after.
BEFORE_CONNECTING = (
    aiohttp.ClientConnectorError,  # refused, unreachable, no such host, TLS
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)

# The Bot API server cuts a file's name at these, quoted or not (tdlib, HttpReader.cpp).
_BREAKS_A_FILE_NAME = re.compile(r'[;"\\\x00-\x1f\x7f]')

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_SHORT = 32  # characters: chat ids and the like, not worth remembering


@dataclass(frozen=True, slots=True)
class Fields:
    """What `do_request` reads of the library's `RequestData`, for a call that is put together by hand."""

    json_parameters: Mapping[str, str]
    contains_files: ClassVar[bool] = False
    multipart_data: ClassVar[Mapping[str, Any]] = {}


class TelegramRequest(BaseRequest):
    """Requests of one bot. URLs are paths below the bot's own address: "/sendMessage".

    Timeouts in seconds: `read_timeout` for an answer once the request is out, `connect_timeout` for a connection,
    `upload_timeout` on top of both for getting a file out.
    """

    def __init__(
        self,
        token: str,
        base_url: str,
        *,
        read_timeout: float = 20.0,
        connect_timeout: float = 5.0,
        upload_timeout: float = 120.0,
    ) -> None:
        self._token = token
        self._base = f"{base_url.rstrip('/')}/bot{token}"
        self._files = f"{base_url.rstrip('/')}/file/bot{token}"
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._upload_timeout = upload_timeout
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    @property
    def read_timeout(self) -> float:
        return self._read_timeout

    async def initialize(self) -> None:
        """Nothing to do ahead: the session is opened by the first request, on the loop that makes it."""

    async def shutdown(self) -> None:
        """Close every connection; requests from now on fail as never connected."""
        self._closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, method: str, fields: Mapping[str, str]) -> Any:
        """The result of one method as plain JSON; errors as the library raises them."""
        return await self.post(f"/{method}", cast(RequestData, Fields(fields)))

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = None,
        write_timeout: object = None,
        connect_timeout: object = None,
        pool_timeout: object = None,
    ) -> tuple[int, bytes]:
        """The status and body of the answer. Of the timeouts only `read_timeout` is heeded, when it is a number.

        Raises `NeverConnected`, `TimedOut` (no answer) or `NetworkError` (broken off), none of them with the token.
        """
        read = float(read_timeout) if isinstance(read_timeout, int | float) else self._read_timeout
        upload = request_data is not None and request_data.contains_files
        timeout = aiohttp.ClientTimeout(
            total=self._connect_timeout + read + (self._upload_timeout if upload else 0.0),
            connect=self._connect_timeout,
            sock_read=read,
        )
        try:
            session = self._open()
            body = _body(request_data)
            form = _FORM if isinstance(body, bytes) else None
            async with session.request(
                method, self._base + url, data=body, headers=form, timeout=timeout, allow_redirects=False
            ) as answer:
                return answer.status, await answer.read()
        except Exception as exc:
            failure = self._read_failure(exc)
        # Raised out here so that it carries no chain: aiohttp puts whole addresses, so the token, into its errors.
        raise failure

    async def fetch(self, path: str, most: int) -> bytes:
        """The file at `path` as the platform named it. Raises like `do_request`, and for one of over `most` bytes."""
        timeout = aiohttp.ClientTimeout(
            total=self._connect_timeout + self._read_timeout + self._upload_timeout,
            connect=self._connect_timeout,
            sock_read=self._read_timeout,
        )
        try:
            async with self._open().get(
                f"{self._files}/{quote(path)}", timeout=timeout, allow_redirects=False
            ) as answer:
                if answer.status != HTTPStatus.OK:
                    raise NetworkError(f"no file: status {answer.status}")
                return await _at_most(answer.content, most)
        except Exception as exc:
            failure = self._read_failure(exc)
        raise failure  # out here for the same reason as above

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as an object. Unlike the library's own, it doesn't log a body that it can't read."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response")
        return answer

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise NeverConnected("the account is closed")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    def _read_failure(self, exc: Exception) -> TelegramError:
        if isinstance(exc, TelegramError):
            return exc
        text = f"{type(exc).__name__}: {exc}".replace(self._token, "<token>")
        if isinstance(exc, BEFORE_CONNECTING):
            return NeverConnected(text)
        return TimedOut(text) if isinstance(exc, TimeoutError) else NetworkError(text)


async def _at_most(stream: aiohttp.StreamReader, most: int) -> bytes:
    """All that `stream` holds; an endless one must not fill our memory."""
    content = bytearray()
    async for chunk in stream.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > most:
            raise BadRequest("file is too big")
    return bytes(content)


def _body(data: RequestData | None) -> bytes | aiohttp.FormData | None:
    """A URL-encoded form, or multipart when files go along."""
    if data is None:
        return None
    if not data.multipart_data:
        return "&".join(f"{name}={_quoted(value)}" for name, value in data.json_parameters.items()).encode("ascii")
    # The server takes a file's name as it stands: percent signs would show in the chat.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, kind) in data.multipart_data.items():
        stream = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, stream, filename=_BREAKS_A_FILE_NAME.sub("_", file_name), content_type=kind)
    return form


def _quoted(value: str) -> str:
    return quote_plus(value) if len(value) <= _SHORT else _quoted_long(value)


_quoted_long = lru_cache(maxsize=128)(quote_plus)  # a notice's words are the same for every chat

"""The Zalo Bot API over httpx: one method a call, and the only place that knows the token.

Made by `sender`, once for calls and once for polling. Raises `ChannelError`s only. There is no idempotency key, so
nothing is ever sent twice by itself.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from announcements.channels import SlowDown, TryLater, Unsure
from bot.channels.zalo_bot.errors import PAUSES, NotFound, TimedOut, read_answer, read_failure

READ_TIMEOUT = 20.0  # seconds for an answer once the request is out
CONNECT_TIMEOUT = 5.0
POLL_GRACE = 10.0  # seconds an empty answer may come late
POLITE = {"User-Agent": "loa-thon"}
LONGEST_RETRY_AFTER = 3600.0


class ZaloBotClient:
    """One bot at `base_url`. `pauses`: seconds to wait after the first, second … 429 in a row. `transport` and
    `monotonic` are for tests."""

    def __init__(
        self,
        token: str,
        base_url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        read_timeout: float = READ_TIMEOUT,
        pauses: Sequence[float] = PAUSES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._pauses = Pauses(monotonic, pauses)
        self._road = _WithToken(token, transport or httpx.AsyncHTTPTransport())
        self._http = httpx.AsyncClient(
            transport=self._road,
            timeout=httpx.Timeout(read_timeout, connect=CONNECT_TIMEOUT),
            headers=POLITE,
        )

    async def call(self, method: str, fields: Mapping[str, Any] | None = None, *, wait: float | None = None) -> Any:
        """The result of one method. `wait`: seconds its answer may take."""
        names_chat = fields is not None and "chat_id" in fields
        answer = await self._request(method, dict(fields or {}), wait)
        try:
            result = read_answer(
                answer.status_code, answer.content, names_chat=names_chat, is_secret=self._road.holds_token
            )
        except SlowDown as error:
            error.after = _asked_for(answer) or self._pauses.next()
            raise
        if names_chat or method == "getUpdates":  # what else there is may be counted by itself
            self._pauses.over()
        return result

    async def _request(self, method: str, fields: Mapping[str, Any], wait: float | None) -> httpx.Response:
        if self._http.is_closed:
            raise TryLater("the account is closed")
        timeout: Any = httpx.USE_CLIENT_DEFAULT if wait is None else httpx.Timeout(wait, connect=CONNECT_TIMEOUT)
        try:
            return await self._http.post(f"{self._base}/bot/{method}", json=fields, timeout=timeout)
        except Exception as error:
            failure = read_failure(error)
        raise failure  # out here so that it carries no chain: whatever the library knows of the request stays behind

    async def me(self) -> dict[str, Any]:
        """`{id, account_name, account_type, can_join_groups}`."""
        return _object(await self.call("getMe"))

    async def updates(self, timeout: int) -> list[dict[str, Any]]:
        """What came next, usually one update; waits up to `timeout` seconds for it. There is no offset and no
        confirmation: what is handed out is gone."""
        try:
            found = await self.call("getUpdates", {"timeout": timeout}, wait=timeout + POLL_GRACE)
        except TimedOut:
            self._pauses.over()
            return []
        batch = found if isinstance(found, list) else [found]
        return [one for one in batch if isinstance(one, dict) and one]

    async def post(self, method: str, fields: Mapping[str, Any]) -> str:
        """Post to a chat; the message's id."""
        message_id = _object(await self.call(method, fields)).get("message_id")
        if isinstance(message_id, bool) or not isinstance(message_id, str | int) or not str(message_id):
            raise Unsure("an answer without a message id")
        return str(message_id)

    async def webhook(self) -> str:
        """The address updates are delivered to; "" for none, which the platform says in two ways."""
        try:
            return str(_object(await self.call("getWebhookInfo")).get("url") or "")
        except NotFound:
            return ""

    async def set_webhook(self, url: str, secret: str) -> None:
        await self.call("setWebhook", {"url": url, "secret_token": secret})

    async def delete_webhook(self) -> None:
        """Polling works from now on; that there was no webhook is fine."""
        try:
            await self.call("deleteWebhook")
        except NotFound:
            return

    async def close(self) -> None:
        """Close every connection; calls from now on fail as never connected."""
        await self._http.aclose()


class Pauses:
    """How long to leave the platform alone after a 429: longer each time in a row. What was on its way when a pause
    began and met the same wall doesn't make the next one longer."""

    def __init__(self, monotonic: Callable[[], float], pauses: Sequence[float] = PAUSES) -> None:
        self._monotonic = monotonic
        self._pauses = pauses
        self._in_a_row = 0
        self._until = 0.0

    def next(self) -> float:
        """Seconds to wait from now."""
        now = self._monotonic()
        if now >= self._until:
            self._until = now + self._pauses[min(self._in_a_row, len(self._pauses) - 1)]
            self._in_a_row += 1
        return self._until - now

    def over(self) -> None:
        """Something got through."""
        if self._monotonic() >= self._until:
            self._in_a_row = 0


class _WithToken(httpx.AsyncBaseTransport):
    """Puts the token into the path on the last few inches: what the library logs and raises never had it."""

    def __init__(self, token: str, inner: httpx.AsyncBaseTransport) -> None:
        self._token = token
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        head, _, method = request.url.path.rpartition("/bot/")
        url = request.url.copy_with(path=f"{head}/bot{self._token}/{method}")
        whole = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return await self._inner.handle_async_request(whole)

    def holds_token(self, text: str) -> bool:
        """Does `text` show the token, or the secret part of it?"""
        return self._token.rpartition(":")[2].casefold() in text.casefold()

    async def aclose(self) -> None:
        await self._inner.aclose()


def _object(result: Any) -> dict[str, Any]:
    return result if isinstance(result, dict) else {}


def _asked_for(answer: httpx.Response) -> float:
    """`Retry-After` in seconds, should one ever come; 0 for none."""
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_RETRY_AFTER) if asked.isascii() and asked.isdigit() else 0.0

"""The door of the API: who is asking, and are they asking too often? Before anything of a request is read."""

import time
from collections.abc import Callable
from datetime import timedelta

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.context import Context
from bot.office.staff.keys import opened_by
from bot.web.api.problems import NO_STORE, Trouble, after, answer
from bot.web.wording import say
from db.access.keys import KeyRow
from scheduler.limiter import Limiter

PER_MINUTE = 300  # requests of one key in any minute
PER_SECOND = 1_000  # requests of all keys together
OPEN = frozenset({"/v1/openapi.json"})
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="loa"'}


class Gate:
    """Lets requests with a good key through and leaves the key in `request.state.key`; refuses the others."""

    def __init__(self, app: ASGIApp, context: Context, ticks: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._context = context
        self._ticks = ticks
        # What paces our own sending paces keys, too: a sliding window, and memory of the last minute only.
        self._pace = Limiter(per_second=PER_SECOND, per_chat_per_minute=PER_MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or not path.startswith("/v1/") or path in OPEN:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        key = await self._key(headers)
        refused = self._refused(key, scope["method"], headers)
        if refused is not None:
            await refused(scope, receive, send)
            return
        scope.setdefault("state", {})["key"] = key

        async def unkept(message: Message) -> None:
            if message["type"] == "http.response.start":
                for name, value in NO_STORE.items():
                    MutableHeaders(scope=message).setdefault(name, value)
            await send(message)

        await self._app(scope, receive, unkept)

    async def _key(self, headers: Headers) -> KeyRow | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return await opened_by(self._context, token.strip()) if scheme.lower() == "bearer" else None

    def _refused(self, key: KeyRow | None, method: str, headers: Headers) -> Response | None:
        if key is None:
            return answer(Trouble.UNAUTHORISED, say("api_detail.unauthorised"), headers=CHALLENGE)
        wait = self._pace.take(key.prefix, self._ticks())
        if wait > 0:
            retry = after(timedelta(seconds=wait))
            detail = say("api_detail.too_many", most=PER_MINUTE, seconds=retry["Retry-After"])
            return answer(Trouble.TOO_MANY, detail, headers=retry)
        if method == "POST" and _has_body(headers) and not _is_json(headers):
            return answer(Trouble.NOT_JSON, say("api_detail.not_json"), headers={"Accept": "application/json"})
        return None


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _is_json(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))

"""The HTTP side of the fake Telegram: one address, tokens checked, faults applied, everything recorded.

`FakeTelegram` starts it; a request goes path -> token -> parameters -> fault -> method -> answer.
"""

import asyncio
import inspect
import json
import re
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from tests.fakes.faults import Fault, Where
from tests.fakes.serving import FakeServer
from tests.fakes.telegram_errors import BotApiError
from tests.fakes.telegram_methods import METHODS, Method
from tests.fakes.telegram_params import Call, read_call
from tests.fakes.telegram_state import State
from tests.fakes.telegram_world import Request

LARGEST_BODY = 52_000_000
METHOD_PATH = re.compile(r"/bot([^/]+)/(\w+)")
FILE_PATH = re.compile(r"/file/bot([^/]+)/(.+)")
WELL_FORMED_TOKEN = re.compile(r"[1-9]\d*:[\w-]{3,}")

NOT_FOUND = BotApiError(404, "Not Found")
NO_SUCH_METHOD = BotApiError(404, "Not Found: method not found")
UNAUTHORIZED = BotApiError(401, "Unauthorized")
TOO_LARGE = BotApiError(413, "Request Entity Too Large")
ENCODE = json.JSONEncoder(separators=(",", ":")).encode


class Server(FakeServer):
    """Serves `state`."""

    def __init__(self, state: State, token: str) -> None:
        super().__init__(token)
        self.state = state

    def made(self) -> web.Server:
        return web.Server(self._handle, request_factory=_request, access_log=None)

    async def let_go(self) -> None:
        self.state.updates.close()

    def changed(self) -> None:
        self.state.on_change()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            file = FILE_PATH.fullmatch(request.path)
            if file is not None:
                return self._download(file[1], file[2])
            return await self._call(request, self._method(request.path))
        except BotApiError as error:
            return _respond(error.code, error.body())

    def _require_token(self, token: str) -> None:
        if not WELL_FORMED_TOKEN.fullmatch(token):
            raise NOT_FOUND
        if token != self.token:
            raise UNAUTHORIZED

    def _method(self, path: str) -> Method:
        match = METHOD_PATH.fullmatch(path)
        if match is None:
            raise NOT_FOUND
        self._require_token(match[1])
        method = METHODS.get(match[2].lower())
        if method is None:
            if self.state.schema is not None and match[2] in self.state.schema.entries:
                self.state.violations.append(f"the fake doesn't play {match[2]}")
            raise NO_SUCH_METHOD
        return method

    def _download(self, token: str, path: str) -> web.Response:
        self._require_token(token)
        for file in self.state.files.values():
            if file.path == path:
                return web.Response(body=file.content, content_type="application/octet-stream")
        raise NOT_FOUND

    async def _call(self, request: web.BaseRequest, method: Method) -> web.StreamResponse:
        try:
            call = await read_call(method.name, request)
        except web.HTTPRequestEntityTooLarge:
            raise TOO_LARGE from None
        self._check_call(call)
        record = Request(method.name, call.params, self.state.clock.now(), uploads=tuple(call.files))
        self.state.requests.append(record)
        self.state.on_change()
        fault = self.state.faults.take(method.name, record.chat_id)
        return await self.play(
            request, fault, partial(self._outcome, method, call, fault), partial(self._answer, record)
        )

    def _answer(self, record: Request, outcome: tuple[int, dict[str, Any]]) -> web.Response:
        record.status, body = outcome
        record.description, record.result = body.get("description", ""), body.get("result")
        self.state.on_change()
        return _respond(record.status, body)

    def _check_call(self, call: Call) -> None:
        schema = self.state.schema
        problem = schema.problem_with_call(call.method, call.params, call.files) if schema is not None else None
        if problem is not None:
            self.state.violations.append(f"request: {problem}")

    async def _outcome(self, method: Method, call: Call, fault: Fault | None) -> tuple[int, dict[str, Any]]:
        """Carry the call out, unless a fault refuses it first."""
        error = fault.answer if fault is not None else None
        if fault is not None and fault.where is Where.REFUSED and isinstance(error, BotApiError):
            return error.code, error.body()
        try:
            result = method.run(self.state, call)
            if inspect.isawaitable(result):
                result = await result
        except BotApiError as refused:
            return refused.code, refused.body()
        if isinstance(error, BotApiError):
            return error.code, error.body()
        self.state.check(f"{method.name} result", method.result, result)
        return 200, {"ok": True, "result": result}


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: Any,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    """A request that takes a body as large as the Bot API does."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST_BODY)


def _respond(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(status=status, body=ENCODE(body).encode(), content_type="application/json")

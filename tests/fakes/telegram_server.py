"""The HTTP side of the fake Telegram: one address, tokens checked, faults applied, everything recorded.

`FakeTelegram` starts it; a request goes path -> token -> parameters -> fault -> method -> answer.
"""

import asyncio
import inspect
import json
import re
from contextlib import suppress
from typing import Any

from aiohttp import web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader

from tests.fakes.telegram_errors import BotApiError
from tests.fakes.telegram_faults import Fault, Where
from tests.fakes.telegram_methods import METHODS, Method
from tests.fakes.telegram_params import Call, read_call
from tests.fakes.telegram_state import State
from tests.fakes.telegram_world import Request

HOST = "127.0.0.1"
LARGEST_BODY = 52_000_000
METHOD_PATH = re.compile(r"/bot([^/]+)/(\w+)")
FILE_PATH = re.compile(r"/file/bot([^/]+)/(.+)")
WELL_FORMED_TOKEN = re.compile(r"[1-9]\d*:[\w-]{3,}")

NOT_FOUND = BotApiError(404, "Not Found")
NO_SUCH_METHOD = BotApiError(404, "Not Found: method not found")
UNAUTHORIZED = BotApiError(401, "Unauthorized")
TOO_LARGE = BotApiError(413, "Request Entity Too Large")
ENCODE = json.JSONEncoder(separators=(",", ":")).encode


class Server:
    """Serves `state` on 127.0.0.1 between `start` and `stop`. `latency` is added to every answer, in seconds."""

    def __init__(self, state: State, token: str) -> None:
        self.state = state
        self.token = token
        self.latency = 0.0
        self.port = 0
        self._closing = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    async def start(self, port: int = 0) -> None:
        server = web.Server(self._handle, request_factory=_request, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Let go of hanging and polling requests, then close."""
        self._closing.set()
        self.state.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()

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
        if fault is not None and fault.where is Where.CUT_BEFORE:
            return _cut(request)
        await self._pause(fault)
        status, body = await self._outcome(method, call, fault)
        if fault is not None and fault.where in (Where.CUT_AFTER, Where.SILENT):
            self.state.on_change()
            if fault.where is Where.SILENT:
                await self._closing.wait()
            return _cut(request)
        record.status, record.description = status, body.get("description", "")
        record.result = body.get("result")
        self.state.on_change()
        return _respond(status, body)

    def _check_call(self, call: Call) -> None:
        schema = self.state.schema
        problem = schema.problem_with_call(call.method, call.params, call.files) if schema is not None else None
        if problem is not None:
            self.state.violations.append(f"request: {problem}")

    async def _pause(self, fault: Fault | None) -> None:
        seconds = self.latency + (fault.seconds if fault is not None else 0.0)
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), seconds)

    async def _outcome(self, method: Method, call: Call, fault: Fault | None) -> tuple[int, dict[str, Any]]:
        """Carry the call out, unless a fault refuses it first."""
        if fault is not None and fault.where is Where.REFUSED and fault.error is not None:
            return fault.error.code, fault.error.body()
        try:
            result = method.run(self.state, call)
            if inspect.isawaitable(result):
                result = await result
        except BotApiError as error:
            return error.code, error.body()
        if fault is not None and fault.error is not None:
            return fault.error.code, fault.error.body()
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


def _cut(request: web.BaseRequest) -> web.Response:
    """Drop the connection: what is returned has nowhere to go."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()

"""The HTTP side of the fake of Zalo's bots: one address, tokens checked, faults applied, everything recorded.

Answers carry the doubled `Server` header that Zalo's edge is reported to send.
"""

import asyncio
import inspect
import json
import re
import time
from contextlib import suppress
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from tests.fakes.telegram_faults import Where
from tests.fakes.zalo_bot_faults import Fault, take
from tests.fakes.zalo_bot_methods import METHODS, Method, State
from tests.fakes.zalo_bot_world import Json, Refusal, Request

HOST = "127.0.0.1"
METHOD_PATH = re.compile(r"/bot([^/]+)/(\w+)")
Answer = tuple[int, bytes]


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
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        self._closing.set()
        await self.state.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = METHOD_PATH.fullmatch(request.path)
        params = await self._params(request)
        record = Request(path[2] if path else request.path, params, time.time())
        self.state.requests.append(record)
        self.state.on_change()
        try:
            method = self._method(path)
        except Refusal as error:
            return self._respond(record, self._refused(error))
        return await self._play(request, method, record)

    def _method(self, path: "re.Match[str] | None") -> Method:
        if path is None:
            raise Refusal(404, "Not Found")
        if path[1] != self.token:
            raise Refusal(401, "Unauthorized")
        if path[2] not in METHODS:
            self.state.violations.append(f"no such method, or one the fake doesn't play: {path[2]}")
            raise Refusal(404, "Not Found: method not found")
        return METHODS[path[2]]

    async def _params(self, request: web.BaseRequest) -> Json:
        """Only what the manual recommends: POST with JSON."""
        body = await request.read()
        try:
            params = json.loads(body) if body else {}
        except ValueError:
            params = None
        if request.method != "POST" or request.content_type != "application/json" or not isinstance(params, dict):
            self.state.violations.append(f"{request.method} {request.content_type}: POST with a JSON object expected")
            return {}
        return params

    async def _play(self, request: web.BaseRequest, method: Method, record: Request) -> web.StreamResponse:
        strange = set(record.params) - method.params
        if strange:
            self.state.violations.append(f"{record.method} has no parameter {', '.join(sorted(strange))}")
        fault = take(self.state.faults, record.method, record.chat_id)
        if fault is not None and fault.where is Where.CUT_BEFORE:
            return _cut(request)
        await self._pause(fault)
        answer = await self._outcome(method, record, fault)
        if fault is not None and fault.where in (Where.CUT_AFTER, Where.SILENT):
            self.state.on_change()
            if fault.where is Where.SILENT:
                await self._closing.wait()
            return _cut(request)
        return self._respond(record, answer, fault)

    async def _pause(self, fault: Fault | None) -> None:
        seconds = self.latency + (fault.seconds if fault is not None else 0.0)
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), seconds)

    async def _outcome(self, method: Method, record: Request, fault: Fault | None) -> Answer:
        """Carry the call out, unless a fault refuses it first."""
        if fault is not None and fault.where is Where.REFUSED:
            return fault.raw or self._refused(fault.refusal or Refusal(400, "Refused"))
        try:
            result = method.run(self.state, record.params)
            if inspect.isawaitable(result):
                result = await result
        except Refusal as error:
            return self._refused(error)
        if fault is not None and fault.raw is not None:
            return fault.raw
        record.result = result
        return 200, _encode({"ok": True} if result is None else {"ok": True, "result": result})

    def _refused(self, error: Refusal) -> Answer:
        status = error.status or self.state.habits.refusal_status or error.code
        return status, _encode(error.body())

    def _respond(self, record: Request, answer: Answer, fault: Fault | None = None) -> web.Response:
        record.status, body = answer
        with suppress(ValueError):
            said = json.loads(body)
            record.code = said.get("error_code") if isinstance(said, dict) else None
        self.state.on_change()
        headers = CIMultiDict([("Server", "ZGS"), ("Server", "ZGS"), ("Content-Type", "application/json")])
        if fault is not None and fault.retry_after is not None:
            headers["Retry-After"] = str(fault.retry_after)
        return web.Response(status=record.status, body=body, headers=headers)


def _encode(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _cut(request: web.BaseRequest) -> web.Response:
    """Drop the connection: what is returned has nowhere to go."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()

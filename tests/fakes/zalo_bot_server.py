"""The HTTP side of the fake of Zalo's bots: one address, tokens checked, faults applied, everything recorded.

Answers carry the doubled `Server` header that Zalo's edge is reported to send.
"""

import inspect
import json
import re
import time
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from tests.fakes.faults import Fault, Where
from tests.fakes.serving import FakeServer
from tests.fakes.zalo_bot_faults import Wrong
from tests.fakes.zalo_bot_methods import METHODS, Method, State
from tests.fakes.zalo_bot_world import Json, Refusal, Request

METHOD_PATH = re.compile(r"/bot([^/]+)/(\w+)")
Answer = tuple[int, bytes]


class Server(FakeServer):
    """Serves `state`."""

    def __init__(self, state: State, token: str) -> None:
        super().__init__(token)
        self.state = state

    def made(self) -> web.Server:
        return web.Server(self._handle, access_log=None)

    async def let_go(self) -> None:
        await self.state.updates.close()

    def changed(self) -> None:
        self.state.on_change()

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
        fault = self.state.faults.take(record.method, record.chat_id)
        wrong = fault.answer if fault is not None and isinstance(fault.answer, Wrong) else Wrong()
        return await self.play(
            request,
            fault,
            partial(self._outcome, method, record, fault, wrong),
            lambda answer: self._respond(record, answer, wrong.retry_after),
        )

    async def _outcome(self, method: Method, record: Request, fault: Fault | None, wrong: Wrong) -> Answer:
        """Carry the call out, unless a fault refuses it first."""
        if fault is not None and fault.where is Where.REFUSED:
            return wrong.raw or self._refused(wrong.refusal or Refusal(400, "Refused"))
        try:
            result = method.run(self.state, record.params)
            if inspect.isawaitable(result):
                result = await result
        except Refusal as error:
            return self._refused(error)
        if wrong.raw is not None:
            return wrong.raw
        record.result = result
        return 200, _encode({"ok": True} if result is None else {"ok": True, "result": result})

    def _refused(self, error: Refusal) -> Answer:
        status = error.status or self.state.habits.refusal_status or error.code
        return status, _encode(error.body())

    def _respond(self, record: Request, answer: Answer, retry_after: int | None = None) -> web.Response:
        record.status, body = answer
        with suppress(ValueError):
            said = json.loads(body)
            record.code = said.get("error_code") if isinstance(said, dict) else None
        self.state.on_change()
        headers = CIMultiDict([("Server", "ZGS"), ("Server", "ZGS"), ("Content-Type", "application/json")])
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        return web.Response(status=record.status, body=body, headers=headers)


def _encode(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()

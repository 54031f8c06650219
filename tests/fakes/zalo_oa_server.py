"""The HTTP side of the fake Official Account: the API and the token service under one address on 127.0.0.1."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from aiohttp import web

from tests.fakes.zalo_oa_calls import CALLS, OaError, upload
from tests.fakes.zalo_oa_state import Fault, Request, State, Trouble

TOKEN_PATH = "/v4/oa/access_token"
UPLOADS = {"/v2.0/oa/upload/image", "/v2.0/oa/upload/file"}


class Server:
    """Serves `state` between `start` and `stop`."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.port = 0
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._minute: list[float] = []

    async def start(self) -> None:
        app = web.Application(client_max_size=8_000_000)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        self._closing.set()
        self.state.released.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        fault = self.state.take_fault(request.path)
        self.state.note()
        if fault is not None and fault.what is Trouble.CUT_BEFORE:
            return _cut(request)
        if fault is not None and fault.what is Trouble.HELD_BEFORE:
            await self._hold()
            return _cut(request)
        if fault is not None and fault.what is Trouble.STATUS:
            return web.Response(status=fault.error, text="<html>Bảo trì</html>", content_type="text/html")
        answer = await (self._tokens(request, fault) if request.path == TOKEN_PATH else self._api(request, fault))
        self.state.note()
        if fault is not None and fault.what is Trouble.CUT_AFTER:
            return _cut(request)
        if fault is not None and fault.what is Trouble.HELD:
            await self._hold()
        return web.json_response(answer)

    async def _hold(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.state.released.wait(), 60)

    async def _tokens(self, request: web.Request, fault: Fault | None) -> dict[str, Any]:
        """Failures come under HTTP 200, in a shape of their own."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.state.requests.append(Request(TOKEN_PATH, {"grant_type": form.get("grant_type")}))
        if fault is not None and fault.what is Trouble.REFUSED:
            return _oauth_error(fault.error)
        if request.headers.get("secret_key") != self.state.app_secret:
            return _oauth_error(-14004)
        if form.get("app_id") != self.state.app_id or form.get("grant_type") != "refresh_token":
            return _oauth_error(-14001)
        pair = self.state.exchange(form.get("refresh_token", ""))
        if pair is None:
            return _oauth_error(-14014)
        return {"access_token": pair[0], "refresh_token": pair[1], "expires_in": self.state.expires_in}

    async def _api(self, request: web.Request, fault: Fault | None) -> dict[str, Any]:
        record = Request(request.path, {})
        self.state.requests.append(record)
        try:
            self._check(request, fault)
            data = await self._call(request, record)
        except OaError as error:
            record.error = error.error
            return {"error": error.error, "message": error.message}
        record.error = 0
        return {"data": data, "error": 0, "message": "Success"}

    def _check(self, request: web.Request, fault: Fault | None) -> None:
        if fault is not None and fault.what is Trouble.REFUSED:
            raise OaError(fault.error)
        if request.headers.get("access_token") not in self.state.access_tokens or "Authorization" in request.headers:
            raise OaError(-216, "access token is invalid")
        if not self.state.permitted:
            raise OaError(-223, "OA has not authorised the app")
        now = asyncio.get_running_loop().time()
        self._minute = [at for at in self._minute if at > now - 60.0]
        if self.state.calls_per_minute and len(self._minute) >= self.state.calls_per_minute:
            raise OaError(-32, "too many requests")
        self._minute.append(now)

    async def _call(self, request: web.Request, record: Request) -> Any:
        if request.path in UPLOADS:
            field = (await request.post()).get("file")
            if not isinstance(field, web.FileField):
                raise OaError(-201, "file is missing")
            record.body = {"name": field.filename, "type": field.content_type}
            return upload(self.state, request.path, field.filename, field.file.read())
        call = CALLS.get((request.method, request.path))
        if call is None:
            raise OaError(-404, "no such call")
        record.body = dict(request.query) if request.method == "GET" else json.loads(await request.text())
        return call(self.state, record.body)


def _oauth_error(number: int) -> dict[str, Any]:
    return {"error_name": "Invalid token", "error_reason": "refused", "error_description": "refused", "error": number}


def _cut(request: web.Request) -> web.Response:
    """Drop the connection: what is returned has nowhere to go."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()

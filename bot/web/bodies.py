"""How much a request may carry: more is refused before it is read into memory."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.numbers import row_number
from bot.web.problems import STATUS, Problem, Refusal, Refuse


class BodyCap:
    """Refuses bodies over `most` bytes: at once when the length is announced, otherwise when it is passed.

    `roomy` are paths that may carry more, each a pattern of the whole path and how much.
    """

    def __init__(
        self, app: ASGIApp, most: int, refuse: Refuse, roomy: Mapping[re.Pattern[str], int] = MappingProxyType({})
    ) -> None:
        self._app = app
        self._most = most
        self._refuse = refuse
        self._roomy = roomy

    def allowed(self, path: str) -> int:
        """How many bytes a body sent to `path` may have."""
        return next((most for pattern, most in self._roomy.items() if pattern.fullmatch(path)), self._most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self.allowed(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        if (length := row_number(announced)) is None or length > most:
            await self._refuse(scope, Refusal(Problem.TOO_BIG))(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                # The framework turns any other error met while reading a body into "400".
                raise HTTPException(STATUS[Problem.TOO_BIG])
            return message

        await self._app(scope, counted, send)

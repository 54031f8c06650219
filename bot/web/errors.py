"""Every error becomes a page (or JSON) with a sentence; nothing of the inside is ever shown."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from announcements.mistakes import Mistake, NotAllowed, NotFound
from bot.web.api.problems import outside
from bot.web.headers import secured
from bot.web.pages import Pages
from bot.web.problems import BY_STATUS, Problem, Refusal

log = logging.getLogger(__name__)

# What a service refused, where it is not simply the input.
STATUS_OF: dict[type[Mistake], int] = {NotFound: 404, NotAllowed: 403}


class Errors:
    """The application's error handlers, and `refuse` for the guards in front of it."""

    def __init__(self, pages: Pages, *, https: bool) -> None:
        self._pages = pages
        self._headers = secured(https)

    def install(self, app: FastAPI) -> None:
        """Make `app` answer its errors with our pages."""
        app.add_exception_handler(Refusal, self._refused)
        app.add_exception_handler(Mistake, self._mistaken)
        app.add_exception_handler(HTTPException, self._by_status)
        app.add_exception_handler(RequestValidationError, self._unreadable)
        app.add_exception_handler(Exception, self._broken)

    def refuse(self, scope: Scope, refusal: Refusal) -> Response:
        """The answer to a request that a guard does not let in, or that no route takes."""
        if scope["path"].startswith("/api/"):
            return outside(refusal)
        return self._pages.refusal(Request(scope), refusal)

    async def _refused(self, request: Request, error: Exception) -> Response:
        refusal = error if isinstance(error, Refusal) else Refusal(Problem.BROKEN)
        return self.refuse(request.scope, refusal)

    async def _mistaken(self, request: Request, error: Exception) -> Response:
        status = next((status for kind, status in STATUS_OF.items() if isinstance(error, kind)), None)
        sentence = error.sentence if isinstance(error, Mistake) else ""
        return self._pages.refusal(request, Refusal(Problem.MISTAKE, status=status, sentence=sentence))

    async def _by_status(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
        problem = BY_STATUS.get(status, Problem.FORM_WRONG if status < 500 else Problem.BROKEN)
        return self.refuse(request.scope, Refusal(problem, status=status))

    async def _unreadable(self, request: Request, error: Exception) -> Response:
        return self._pages.refusal(request, Refusal(Problem.FORM_WRONG))

    async def _broken(self, request: Request, error: Exception) -> Response:
        log.error("a page failed (%s)", type(error).__name__, extra={"action": "page_failed"})
        response = self._pages.refusal(request, Refusal(Problem.BROKEN))
        # This handler runs outside every guard, the one that adds these included.
        response.headers.update(self._headers)
        return response

"""The cookie of a signed-in member of staff: a random secret that the database knows by its hash."""

from fastapi import Request
from starlette.responses import Response

from bot.office.staff.access import SESSION_LASTS

COOKIE = "loa_session"


class SessionCookie:
    """Reads and writes it. `https` says whether it may only travel encrypted."""

    def __init__(self, *, https: bool) -> None:
        self._https = https

    def of(self, request: Request) -> str:
        """The secret; empty for whoever is not signed in."""
        return request.cookies.get(COOKIE, "")

    def give(self, response: Response, secret: str) -> None:
        """Have the browser keep the secret as long as a session that is used now lasts."""
        response.set_cookie(
            COOKIE,
            secret,
            max_age=int(SESSION_LASTS.total_seconds()),
            path="/",
            secure=self._https,
            httponly=True,
            samesite="lax",
        )

    def take_back(self, response: Response) -> None:
        response.delete_cookie(COOKIE, path="/", secure=self._https, httponly=True, samesite="lax")

"""One call: a refresh token for a new pair of tokens. What may have gone wrong is told apart by what is to be done.

Called by `tokens`, which sees to it that the call is made once: a refresh token serves a single time.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from announcements.channels import TryLater
from bot.channels.zalo_oa.client import CONNECT, Json, read_number, read_object, unreached
from bot.channels.zalo_oa.errors import Code

READ = 10.0  # seconds
LASTS = 90_000.0  # seconds, what the platform says of every access token
PATH = "/v4/oa/access_token"


@dataclass(frozen=True, slots=True)
class Pair:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lasts: float  # seconds the access token is good for


class RefreshFailed(Exception):
    """No pair came, and the next try may bring one. `in_doubt`: the old token may be used up all the same."""

    def __init__(self, detail: str, *, in_doubt: bool) -> None:
        super().__init__(detail)
        self.detail = detail
        self.in_doubt = in_doubt


class RefreshRefused(Exception):
    """The platform said no: a person is needed. `code` is its number as text, or "" when it gave none."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class OAuth:
    """The token service at `oauth_url`, for one app."""

    def __init__(self, oauth_url: str, app_id: str, app_secret: str) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._http = httpx.AsyncClient(
            base_url=oauth_url, timeout=httpx.Timeout(READ, connect=CONNECT), trust_env=False, follow_redirects=False
        )

    async def refresh(self, refresh_token: str) -> Pair:
        """A new pair; `refresh_token` is dead from then on. Raises `RefreshFailed`, `RefreshRefused`."""
        form = {"app_id": self._app_id, "grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            answer = await self._http.post(PATH, data=form, headers={"secret_key": self._app_secret})
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, RuntimeError) as error:
            reason = unreached(error)
        else:
            return _read(answer)
        # Out here, so that it carries no chain: the library's errors hold the request, its form and its headers.
        raise RefreshFailed(reason.detail, in_doubt=not isinstance(reason, TryLater))

    async def close(self) -> None:
        await self._http.aclose()


def _read(answer: httpx.Response) -> Pair:
    """Failures come with status 200, too; a reply without both tokens is none."""
    body = read_object(answer)
    pair = _pair(body) if answer.status_code == HTTPStatus.OK else None
    if pair is not None:
        return pair
    number = read_number(body.get("error"))
    if number == Code.TOO_FAST or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise RefreshFailed("too many requests", in_doubt=False)
    if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and (number or "error_name" in body):
        raise RefreshRefused(str(number or ""))
    raise RefreshFailed(f"status {answer.status_code}, no tokens in the answer", in_doubt=True)


def _pair(body: Json) -> Pair | None:
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        return None
    lasts = read_number(body.get("expires_in"))  # a text
    return Pair(access, refresh, float(lasts) if lasts is not None and lasts > 0 else LASTS)

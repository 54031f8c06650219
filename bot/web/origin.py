"""Which requests may change something: those our own pages sent, and programs that are no browser.

A browser names the page a form came from in `Sec-Fetch-Site` or `Origin`; no other site can forge them, so forms need
no tokens. Old browsers, and all of them over plain http, send only `Origin`. A request with neither did not come from
a browser and carries nobody's cookies: platforms' webhooks, scripts.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.problems import Problem, Refusal, Refuse

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = frozenset({"same-origin", "none"})  # "none": typed or from a bookmark, no page is behind it


def is_ours(method: str, headers: Mapping[str, str], public_url: str) -> bool:
    """May this request change something? `headers` by lower-case name; `public_url` is always one of ours."""
    if method in SAFE:
        return True
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None and origin == _origin_of(public_url):
        return True
    if site is not None:
        return site in OURS
    return origin is None or _same_host(origin, headers.get("host", ""))


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _same_host(origin: str, host: str) -> bool:
    # Not the scheme: a proxy in front may speak https for us.
    return bool(host) and urlsplit(origin).netloc.lower() == host.lower()


class OriginGuard:
    """Refuses what other sites' pages send, before anything reads it."""

    def __init__(self, app: ASGIApp, public_url: str, refuse: Refuse) -> None:
        self._app = app
        self._public_url = public_url
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            if not is_ours(scope["method"], headers, self._public_url):
                await self._refuse(scope, Refusal(Problem.FOREIGN_PAGE))(scope, receive, send)
                return
        await self._app(scope, receive, send)

"""Headers every answer carries: pages load nothing from elsewhere, the board runs no script, nothing can be framed."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    # Not "no-referrer": with it browsers send "Origin: null" from our own forms. Cards in addresses stay with us.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # browsers that don't know frame-ancestors
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Staff's pages may run our own scripts; what they do without them, they do more comfortably with them.
OFFICE_POLICY = SECURITY["Content-Security-Policy"] + "; script-src 'self'; connect-src 'self'"
HSTS = "max-age=31536000"


def secured(https: bool) -> dict[str, str]:
    """The headers; with HSTS when the public address is https."""
    return {**SECURITY, "Strict-Transport-Security": HSTS} if https else dict(SECURITY)


class SecurityHeaders:
    """Adds them where the answer says nothing of its own."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self._app = app
        self._headers = secured(https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)

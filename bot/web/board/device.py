"""Knowing a device again: a signed cookie with a random name in it and nothing else. What the name stands for is
asked of the database every time, so a link taken back is gone at once."""

import hashlib
import secrets

from fastapi import Request
from itsdangerous import BadSignature, Signer
from starlette.responses import Response

COOKIE = "loa_device"
TWO_YEARS = 2 * 365 * 24 * 3600  # seconds


class Devices:
    """Reads and writes the cookie. `https` says whether it may only travel encrypted."""

    def __init__(self, secret: bytes, *, https: bool) -> None:
        self._signer = Signer(secret, salt="loa.board.device", key_derivation="hmac", digest_method=hashlib.sha256)
        self._https = https

    def known(self, request: Request) -> str | None:
        """The device's name; None for a new one, or when somebody else made the cookie."""
        try:
            return self._signer.unsign(request.cookies.get(COOKIE, "")).decode("ascii")
        except (BadSignature, UnicodeDecodeError):
            return None

    def of(self, request: Request) -> str:
        """The device's name, a new one when it has none."""
        return self.known(request) or secrets.token_urlsafe(16)

    def remember(self, response: Response, device: str) -> None:
        """Have the browser keep the name for two years from now."""
        response.set_cookie(
            COOKIE,
            self._signer.sign(device).decode("ascii"),
            max_age=TWO_YEARS,
            path="/",
            secure=self._https,
            httponly=True,
            samesite="lax",
        )

"""The signature of an Official Account's events: `mac=` and a SHA-256 over id, raw body, timestamp and secret. Pure.

Which id comes first and which secret comes last is disputed (zalo-api §5), so each account says which it is; when an
event is signed another of these ways, that way is named, and a person can correct the configuration.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from bot.config.accounts import ZaloOaAccount

HEADER = "x-zevent-signature"
IDS = ("app_id", "oa_id")
SECRETS = ("webhook_secret", "app_secret")


@dataclass(frozen=True, slots=True)
class Way:
    """What the digest begins and ends with, by the names of the settings."""

    starts_with: str
    secret: str

    def __str__(self) -> str:
        return f"{self.starts_with}+{self.secret}"


@dataclass(frozen=True, slots=True)
class Signer:
    """What an account's events may be signed with."""

    ids: dict[str, str]
    secrets: dict[str, str] = field(repr=False)

    def is_signed(self, way: Way, signature: str, body: bytes, timestamp: str) -> bool:
        """In constant time; never with an empty secret."""
        secret = self.secrets[way.secret]
        digest = hashlib.sha256(self.ids[way.starts_with].encode() + body + timestamp.encode() + secret.encode())
        expected = f"mac={digest.hexdigest()}".encode()
        return hmac.compare_digest(expected, signature.strip().lower().encode()) and secret != ""

    def other_way(self, way: Way, signature: str, body: bytes, timestamp: str) -> Way | None:
        """The way it is signed after all, when that is not `way`."""
        return next((one for one in ways() if one != way and self.is_signed(one, signature, body, timestamp)), None)


def ways() -> Iterator[Way]:
    return (Way(*one) for one in product(IDS, SECRETS))


def read_way(text: str) -> Way | None:
    """A way as it was written down; None for anything else."""
    return next((one for one in ways() if str(one) == text), None)


def way_of(settings: ZaloOaAccount) -> Way:
    """How the configuration says events are signed."""
    return Way(settings.webhook_signature, settings.webhook_signed_with)

"""Keys of programs that use the API: `loa_7k3m9q2x_…`, a public name and a secret behind it.

Made by `bot/office/staff/keys.py`, read by `bot/web/api/gate.py`. Only the secret's SHA-256 is kept: it has 256 random
bits, so there is nothing to guess and a slow hash would only slow us down.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from announcements.codes import ALPHABET, Choose
from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.types import KeyScope

NAME_LENGTH = 80
_CHARACTERS = ALPHABET.lower()
_PREFIX = re.compile(rf"loa_[{_CHARACTERS}]{{8}}")
_TOKEN = re.compile(rf"({_PREFIX.pattern})_([A-Za-z0-9_-]{{43}})")


@dataclass(frozen=True, slots=True)
class NewKey:
    """`prefix` may be shown to anybody and names the key; `secret` is known to its holder alone."""

    prefix: str
    secret: str

    @property
    def token(self) -> str:
        """What the holder sends."""
        return f"{self.prefix}_{self.secret}"


def new_key(choose: Choose = secrets.choice) -> NewKey:
    """A key nobody has; its prefix is one of 282 thousand million."""
    return NewKey("loa_" + "".join(choose(_CHARACTERS) for _ in range(8)), secrets.token_urlsafe(32))


def read_token(text: str) -> NewKey | None:
    """The key somebody sent, or None for anything that can't be one. Whether it is good is `fits`."""
    found = _TOKEN.fullmatch(text)
    return NewKey(*found.groups()) if found else None


def read_prefix(text: str) -> str:
    """The prefix a person meant: in any case, with or without `loa_`, or out of a whole key."""
    bare = text.strip()
    if whole := read_token(bare):
        return whole.prefix
    bare = bare.lower()
    return bare if bare.startswith("loa_") else f"loa_{bare}"


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def fits(secret: str, kept: str) -> bool:
    """Is it the secret `kept` was made of? Takes the same time whatever differs."""
    return hmac.compare_digest(digest(secret), kept)


def read_scopes(words: Iterable[str]) -> frozenset[KeyScope]:
    """Scopes by their words, several in one with commas or spaces. Raises `Mistake` for none or an unknown one."""
    wanted = {word for text in words for word in text.replace(",", " ").split()}
    known = {scope.value for scope in KeyScope}
    if not wanted:
        raise Mistake(phrase("mistake.no_scopes", known=", ".join(sorted(known))))
    if unknown := wanted - known:
        raise Mistake(
            phrase("mistake.scope_unknown", unknown=", ".join(sorted(unknown)), known=", ".join(sorted(known)))
        )
    return frozenset(map(KeyScope, wanted))

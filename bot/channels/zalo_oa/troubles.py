"""Why an account's tokens need a person, in words; and how refresh tokens are told apart. Loads no client."""

import hashlib
from datetime import datetime

from announcements.phrases import phrase
from db.platforms.tokens import TokenRow

INTERRUPTED = "interrupted"  # beside the platform's own numbers: refused, after an exchange whose end nobody heard
REVOKED = "revoked"  # the account took back what it had allowed the app
# What the platform says about the app, not about the token; everything else asks for a new pair.
ABOUT_THE_APP = {"-14002": "app_inactive", "-14004": "secret_wrong"}


def trouble_words(row: TokenRow, broken_off: datetime | None) -> str:
    """What is wrong and what to do, for whoever looks after the account; `broken_off` is its `renewing_since` as a
    clock on the wall shows it."""
    if row.trouble == INTERRUPTED:
        since = f"{broken_off:%H:%M %d/%m/%Y}" if broken_off is not None else "?"
        return phrase("zalo_oa.interrupted", since=since, account=row.account)
    if row.trouble == REVOKED:
        return phrase("zalo_oa.revoked", account=row.account)
    about = ABOUT_THE_APP.get(row.trouble)
    if about is not None:
        return phrase(f"zalo_oa.{about}")
    return phrase("zalo_oa.refresh_refused", code=row.trouble, account=row.account)


def fingerprint(token: str) -> str:
    """Tells refresh tokens apart without being one."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]

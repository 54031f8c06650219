"""The only writer of deliveries' states: claim, settle, release, cancel, expire, send again.

Every arrow is one of `announcements/deliveries.py`; a settlement counts only while the lease is still its own.
"""

from db.outbox.claims import Claim, Claimed, Renewal, claim, next_at, renew
from db.outbox.reaping import cancel, expire, release, resend
from db.outbox.settlements import Settlement, settle

__all__ = [
    "Claim", "Claimed", "Renewal", "Settlement", "cancel", "claim", "expire", "next_at", "release", "renew", "resend",
    "settle",
]  # fmt: skip

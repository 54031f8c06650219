"""The only writer of deliveries' states: claim, settle, release, cancel, expire, send again, post by hand.

Every arrow is one of `announcements/deliveries.py`; a settlement counts only while the lease is still its own.
"""

from db.outbox.claims import Claim, Claimed, Renewal, claim, next_at, renew
from db.outbox.posting import ByHand, post, recall, take_back
from db.outbox.reaping import cancel, expire, release, resend
from db.outbox.settlements import Settlement, settle

__all__ = [
    "ByHand", "Claim", "Claimed", "Renewal", "Settlement", "cancel", "claim", "expire", "next_at", "post", "recall",
    "release", "renew", "resend", "settle", "take_back",
]  # fmt: skip

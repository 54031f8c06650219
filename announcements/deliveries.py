"""The delivery state machine: which arrows exist, and which one an outcome takes.

`db/outbox.py` refuses every other arrow; `scheduler/dispatcher.py` asks `after_error` and `after_lease`.
The letters are those of the diagram in docs/architecture.md.
"""

from dataclasses import dataclass

from announcements.backoff import ACCOUNT_REST, delay_after
from announcements.channels import (
    ACCOUNT_IS_DOWN,
    CHAT_IS_LOST,
    ChannelError,
    Moved,
    Refused,
    RefusedReason,
    SlowDown,
    TryLater,
    Unsure,
)
from announcements.types import REPEAT_RATHER_THAN_MISS, DeliveryState, Urgency

S = DeliveryState

ARROWS: dict[str, tuple[frozenset[DeliveryState], DeliveryState]] = {
    "b": (frozenset({S.QUEUED}), S.SENDING),
    "c": (frozenset({S.SENDING}), S.SENT),
    "d": (frozenset({S.SENDING}), S.HANDED),
    "e": (frozenset({S.HANDED}), S.SENT),
    "f": (frozenset({S.SENT}), S.DELIVERED),
    "g": (frozenset({S.SENDING}), S.QUEUED),
    "h": (frozenset({S.SENDING}), S.UNCONFIRMED),
    "i": (frozenset({S.SENDING, S.SENT}), S.FAILED),
    "j": (frozenset({S.QUEUED, S.HANDED}), S.CANCELLED),
    "k": (frozenset({S.QUEUED, S.HANDED}), S.EXPIRED),
    "l": (frozenset({S.FAILED, S.UNCONFIRMED}), S.QUEUED),
    "m": (frozenset({S.CANCELLED, S.EXPIRED}), S.SENT),
    "n": (frozenset({S.SENT}), S.HANDED),
    "o": (frozenset({S.QUEUED, S.FAILED, S.UNCONFIRMED}), S.CANCELLED),
}

MAY_CANCEL = ARROWS["j"][0]
MAY_EXPIRE = ARROWS["k"][0]
MAY_RESEND = ARROWS["l"][0]
MAY_BE_POSTED = ARROWS["e"][0] | ARROWS["m"][0]  # by a person, if it was handed to one
MAY_MOVE = ARROWS["o"][0]
ARRIVED = frozenset({S.SENT, S.DELIVERED})


def may_go(before: DeliveryState, after: DeliveryState) -> bool:
    """Is there an arrow from `before` to `after`?"""
    return any(before in sources and after is target for sources, target in ARROWS.values())


@dataclass(frozen=True, slots=True)
class Decision:
    """What to write after an attempt that did not bring a `Posted`."""

    to: DeliveryState
    wait: float = 0.0  # seconds before it may be claimed again
    give_back: bool = False  # the attempt does not count
    chat_lost: RefusedReason | None = None
    account_down: RefusedReason | None = None


def after_error(error: ChannelError, urgency: Urgency, attempts: int) -> Decision:
    """The arrow for a channel's error. `attempts` includes the one that just ended."""
    match error:
        case SlowDown(after=pause):
            return Decision(S.QUEUED, wait=pause, give_back=True)
        case Refused(reason=reason) if reason in ACCOUNT_IS_DOWN:  # says nothing about this message: it waits
            return Decision(S.QUEUED, wait=ACCOUNT_REST, give_back=True, account_down=reason)
        case Refused(reason=reason):
            return Decision(S.FAILED, chat_lost=reason if reason in CHAT_IS_LOST else None)
        case Moved():  # its new address was tried already
            return Decision(S.FAILED, chat_lost=RefusedReason.CHAT_GONE)
        case TryLater(after=wanted):
            wait = delay_after(attempts)
            return Decision(S.FAILED) if wait is None else Decision(S.QUEUED, wait=wait if wanted is None else wanted)
        case Unsure():
            return after_lease(urgency, attempts)
        case _:
            return after_lease(urgency, attempts)


def after_lease(urgency: Urgency, attempts: int) -> Decision:
    """The arrow when nobody knows whether it went out: a gap or a repeat, by what is worse for this urgency."""
    wait = delay_after(attempts)
    if urgency in REPEAT_RATHER_THAN_MISS and wait is not None:
        return Decision(S.QUEUED, wait=wait)
    return Decision(S.UNCONFIRMED)

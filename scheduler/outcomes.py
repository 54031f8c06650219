"""How attempts end: the settlement of each delivery, and what its end says about the chat and the account.

Made by `scheduler/dispatcher.py`, which writes them down.
"""

from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from typing import Any

from announcements.channels import SURELY_NOT_SENT, ChannelError, Posted
from announcements.deliveries import Decision
from announcements.quotas import period_of
from announcements.types import DeliveryState
from db.outbox import Claimed, Settlement
from db.places import chats
from db.platforms import accounts
from db.writer import Apply
from scheduler.clock import Clock

Note = tuple[Apply[Any, Any], object]  # something learnt on the way, for the writer


@dataclass(frozen=True, slots=True)
class Outcome:
    """`notes` would be learnt again: they may be lost, the settlement may not."""

    settlement: Settlement
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Of the deliveries of one account, claimed under `lease`. `by_hand`: a success is a text in a person's hands."""

    account: str
    lease: str
    clock: Clock
    by_hand: bool = False
    zone: tzinfo = UTC  # months are counted by its clocks
    summary_after: timedelta | None = None  # how long after it was sent a chat is told the count; None: never

    def sent(self, claimed: Claimed, posted: Posted, *, account_was_down: bool) -> Outcome:
        now = self.clock()
        notes: list[Note] = []
        if claimed.chat_was_lost:
            notes.append((chats.note_health, chats.Health(claimed.chat_id, "", now)))
        if account_was_down:
            notes.append((accounts.note_health, accounts.Health(self.account, now, by_sending=True)))
        settlement = Settlement(
            claimed.id,
            self.lease,
            DeliveryState.HANDED if self.by_hand else DeliveryState.SENT,
            now,
            posted=posted.message_ids,
            button_id=posted.button_id or None,
            shown=claimed.received,
            uploaded=posted.uploaded,
            uploads=posted.uploads,
            account=self.account,
            messages=_new(posted.message_ids, claimed),
            summary_due=now + self.summary_after if self.summary_after else None,
            period=period_of(now, self.zone),
        )
        return Outcome(settlement, tuple(notes))

    def again(self, claimed: Claimed, wait: float) -> Outcome:
        """It was never tried: back to the queue for `wait` seconds, and the attempt doesn't count."""
        now = self.clock()
        later = now + timedelta(seconds=wait)
        return Outcome(
            Settlement(claimed.id, self.lease, DeliveryState.QUEUED, now, next_at=later, give_back=True,
                       posted=claimed.done)
        )  # fmt: skip

    def failed(self, claimed: Claimed, error: ChannelError, decision: Decision) -> Outcome:
        now = self.clock()
        later = now + timedelta(seconds=decision.wait)
        settlement = Settlement(
            claimed.id,
            self.lease,
            decision.to,
            now,
            next_at=later if decision.to is DeliveryState.QUEUED else None,
            give_back=decision.give_back,
            doubtful=not isinstance(error, SURELY_NOT_SENT),
            posted=error.done or claimed.done,
            account=self.account,
            messages=_new(error.done, claimed),
            period=period_of(now, self.zone),
            error=error.in_short(),
        )
        notes: list[Note] = []
        if decision.chat_lost is not None:
            notes.append((chats.note_health, chats.Health(claimed.chat_id, decision.chat_lost.value, now)))
        if decision.account_down is not None:
            notes.append(self.down(decision.account_down.value))
        return Outcome(settlement, tuple(notes))

    def down(self, reason: str, *, by_sending: bool = True) -> Note:
        """Sends show that the account does not work, or a look does."""
        return accounts.note_health, accounts.Health(self.account, self.clock(), reason, by_sending=by_sending)


def _new(posted: tuple[str, ...], claimed: Claimed) -> int:
    """How many messages of `posted` an earlier attempt had not left there."""
    return max(0, len(posted) - len(claimed.done))

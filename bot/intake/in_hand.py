"""Which stored updates are being handled right now: each is in one pair of hands, whoever found it first.

Used by `bot/ears/telegram_desk.py`, whose updates come from the receiver and, after a fault, once more from the table.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from db.platforms.inbox import Stored


@dataclass(slots=True)
class InHand:
    """Ids of stored updates, from the moment they are taken until their outcome is committed."""

    _held: set[int] = field(default_factory=set)
    _let_go: set[int] = field(default_factory=set)  # while somebody looks: their list may be older than the outcome
    _looking: int = 0

    def take(self, stored: Sequence[Stored]) -> list[Stored]:
        """Those of `stored` that nobody has; from now on they are the caller's."""
        fresh = [one for one in stored if one.id not in self._held and one.id not in self._let_go]
        self._held.update(one.id for one in fresh)
        return fresh

    def let_go(self, inbox_id: int) -> None:
        """Handled, or left for another attempt."""
        self._held.discard(inbox_id)
        if self._looking:
            self._let_go.add(inbox_id)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """While the table is read for what waits: whatever is let go meanwhile isn't taken from that list again."""
        self._looking += 1
        try:
            yield
        finally:
            self._looking -= 1
            if not self._looking:
                self._let_go.clear()

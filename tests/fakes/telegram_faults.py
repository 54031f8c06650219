"""Trouble on demand: faults a test programs for a chat, a method or everything, and the platform's own rate limits.

The server asks `Faults.take` before it carries a request out, and `RateLimiter.wait_for` before it posts or edits.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field

from tests.fakes.faults import Fault, Faults, Programmed, Where, cut_after, cut_before, late, silent
from tests.fakes.telegram_errors import SERVER_ERRORS, BotApiError, too_many_requests
from tests.fakes.telegram_world import GROUPS, Chat, Clock

__all__ = [
    "Fault", "Faults", "Programmed", "RateLimiter", "RateLimits", "cut_after", "cut_before", "late", "refusal",
    "server_error", "silent", "too_many",
]  # fmt: skip


def too_many(retry_after: int = 1) -> Fault:
    """429 with `retry_after` in seconds."""
    return Fault(Where.REFUSED, too_many_requests(retry_after))


def server_error(code: int = 502, *, done: bool = False) -> Fault:
    """500, 502, 503 or 504; `done`: although the request was carried out."""
    return Fault(Where.DENIED if done else Where.REFUSED, BotApiError(code, SERVER_ERRORS[code]))


def refusal(code: int, description: str) -> Fault:
    """Any other error answer, in full: `refusal(400, "Bad Request: TOPIC_CLOSED")`."""
    return Fault(Where.REFUSED, BotApiError(code, description))


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The published limits (Bot FAQ): messages and edits together; 0 means none.

    `speed` makes the fake's minute shorter: at 60 a group's twenty a minute are twenty a second.
    """

    per_second: int = 30
    per_group_minute: int = 20
    per_chat_second: int = 0
    speed: float = 1.0


@dataclass(slots=True)
class RateLimiter:
    """Sliding windows over accepted messages and edits."""

    limits: RateLimits
    clock: Clock
    _everywhere: deque[float] = field(default_factory=deque)
    _chats: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _groups: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait_for(self, chat: Chat) -> float:
        """Seconds until `chat` may be written to; 0 when it may now, and then this one is counted."""
        limits, now = self.limits, self.clock.now()
        windows = [(self._everywhere, limits.per_second, 1.0), (self._chats[chat.id], limits.per_chat_second, 1.0)]
        if chat.type in GROUPS:
            windows.append((self._groups[chat.id], limits.per_group_minute, 60.0))
        waits = [_wait(window, most, length / limits.speed, now) for window, most, length in windows]
        if max(waits) > 0:
            return max(waits)
        for window, most, _ in windows:
            if most:
                window.append(now)
        return 0.0


def _wait(window: deque[float], most: int, length: float, now: float) -> float:
    while window and window[0] <= now - length:
        window.popleft()
    return window[0] + length - now if most and len(window) >= most else 0.0

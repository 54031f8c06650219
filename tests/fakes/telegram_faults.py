"""Trouble on demand: faults a test programs for a chat, a method or everything, and the platform's own rate limits.

The server asks `Faults.take` before it carries a request out, and `RateLimiter.wait_for` before it posts or edits.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.fakes.telegram_errors import SERVER_ERRORS, BotApiError, too_many_requests
from tests.fakes.telegram_world import GROUPS, Chat, Clock


class Where(Enum):
    """What becomes of the request under a fault."""

    REFUSED = auto()  # an error answer; nothing is done
    DENIED = auto()  # carried out, and answered with an error all the same
    LATE = auto()  # carried out and answered, after a pause
    CUT_BEFORE = auto()  # the connection drops; nothing is done
    CUT_AFTER = auto()  # carried out, then the connection drops without an answer
    SILENT = auto()  # carried out, and never answered


@dataclass(frozen=True, slots=True)
class Fault:
    where: Where
    error: BotApiError | None = None
    seconds: float = 0.0


def too_many(retry_after: int = 1) -> Fault:
    """429 with `retry_after` in seconds."""
    return Fault(Where.REFUSED, too_many_requests(retry_after))


def server_error(code: int = 502, *, done: bool = False) -> Fault:
    """500, 502, 503 or 504; `done`: although the request was carried out."""
    return Fault(Where.DENIED if done else Where.REFUSED, BotApiError(code, SERVER_ERRORS[code]))


def refusal(code: int, description: str) -> Fault:
    """Any other error answer, in full: `refusal(400, "Bad Request: TOPIC_CLOSED")`."""
    return Fault(Where.REFUSED, BotApiError(code, description))


def late(seconds: float) -> Fault:
    return Fault(Where.LATE, seconds=seconds)


def cut_before() -> Fault:
    return Fault(Where.CUT_BEFORE)


def cut_after() -> Fault:
    return Fault(Where.CUT_AFTER)


def silent() -> Fault:
    return Fault(Where.SILENT)


@dataclass(slots=True)
class Programmed:
    """A fault in waiting. `taken` counts how often it struck."""

    fault: Fault
    chat_id: int | None = None
    method: str | None = None
    skip: int = 0
    times: int | None = 1
    taken: int = 0

    def fits(self, method: str, chat_id: int | None) -> bool:
        # Polling is no act of the bot: only a fault that names getUpdates touches it.
        if self.method is None and method == "getUpdates":
            return False
        return self.method in (None, method) and self.chat_id in (None, chat_id)

    @property
    def spent(self) -> bool:
        return self.times is not None and self.taken >= self.times


class Faults:
    """What a test has programmed, in that order; the first that fits strikes."""

    def __init__(self) -> None:
        self.programmed: list[Programmed] = []

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        for one in self.programmed:
            if one.spent or not one.fits(method, chat_id):
                continue
            if one.skip > 0:
                one.skip -= 1
                continue
            one.taken += 1
            return one.fault
        return None


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

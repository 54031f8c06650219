"""Pace: may this chat of this account have a message now, and if not, in how many seconds.

One per account, used by its dispatcher and by the live counters. A sliding window, not a leaking bucket: a bucket lets
nearly twice the allowance through in its first minute. Of each chat the times of its last messages are kept, at most
its allowance of them, and only of chats written to within the last two minutes.
"""

from collections import deque
from dataclasses import dataclass, field

from announcements.channels import Scope, SlowDown

WINDOW = 60.0
ROUNDING = 1e-6  # of a message: adding up hundreds of intervals must not cost one
# So many chats told to slow down within a second: the platform means the whole account (telegram-api: it never says).
CHATS_THAT_MEAN_THE_ACCOUNT = 3
RESTING = 1_000  # chats told to slow down before those that have rested are forgotten


@dataclass(slots=True)
class Limiter:
    """Times are seconds of a monotonic clock, passed in. `per_second` holds for the account over any second.

    A chat gets `per_chat_per_minute` in any minute and one message each `1 / per_chat_per_second`; 0 means no limit.
    """

    per_second: float
    per_chat_per_minute: float = 0.0
    per_chat_per_second: float = 0.0
    _next: float = 0.0  # the account's theoretical time of the next message
    _paused_until: float = 0.0
    _times: dict[str, list[float]] = field(default_factory=dict)  # of chats written to since the last turn
    _older: dict[str, list[float]] = field(default_factory=dict)  # of the others written to since the turn before
    _turned: float = float("-inf")
    _resting: dict[str, float] = field(default_factory=dict)
    _told: deque[tuple[float, str]] = field(default_factory=deque)
    burst: int = field(init=False)
    """Messages that may go at once: a fifth of a second's, so that any second stays within 1.2 × `per_second`.

    At least one, or a slow account would never send.
    """
    _most: int = field(init=False)  # of one chat in a minute
    _remembers: int = field(init=False)  # messages of one chat

    def __post_init__(self) -> None:
        self.burst = max(1, int(self.per_second / 5 + ROUNDING))
        self._most = max(1, int(self.per_chat_per_minute)) if self.per_chat_per_minute else 0
        self._remembers = self._most or (1 if self.per_chat_per_second else 0)

    def free(self, now: float) -> int:
        """How many messages of one piece the account as a whole may send right now."""
        if now < self._paused_until:
            return 0
        ahead = max(0.0, self._next - now) * self.per_second  # messages gone before their time
        return max(0, int(self.burst - ahead + ROUNDING))

    def rest(self, now: float) -> float:
        """Seconds until the account may send anything at all."""
        return max(0.0, self._account_until(1) - now)

    def _account_until(self, pieces: int) -> float:
        # A message of more pieces than may ever go at once goes when the account has rested.
        ahead = self.burst - min(pieces, self.burst) + ROUNDING
        return max(self._paused_until, self._next - ahead / self.per_second)

    def wait(self, chat: str, now: float, pieces: int = 1) -> float:
        """Seconds until `chat` may have `pieces` messages; 0.0 means now. Takes nothing."""
        return max(0.0, self._until(self._sent_to(chat), chat, now, pieces) - now)

    def _until(self, sent: list[float] | None, chat: str, now: float, pieces: int) -> float:
        """When it may have them; any past time means now."""
        until = self._account_until(pieces)
        if self._resting:
            until = max(until, self._resting.get(chat, 0.0))
        if sent:
            if self.per_chat_per_second:
                until = max(until, sent[-1] + 1.0 / self.per_chat_per_second)
            # So many of the last must be a minute old by then that the rest and the new ones are within the allowance.
            over = len(sent) + min(pieces, self._most) - self._most
            if self._most and over > 0:
                until = max(until, sent[over - 1] + WINDOW)
        return until

    def _sent_to(self, chat: str) -> list[float] | None:
        """Times of the last messages to `chat`, the oldest first."""
        return self._times.get(chat) or self._older.get(chat)

    def take(self, chat: str, now: float, pieces: int = 1) -> float:
        """Like `wait`, and when the answer is 0.0 the messages are counted as sent."""
        sent = self._times.get(chat) or self._older.get(chat)
        until = self._until(sent, chat, now, pieces)
        if until > now:
            return until - now
        self._next = max(self._next, now) + pieces / self.per_second
        if self._remembers:
            self._remember(sent, chat, now, pieces)
        return 0.0

    def _remember(self, sent: list[float] | None, chat: str, now: float, pieces: int) -> None:
        if now - self._turned >= WINDOW:  # who was not written to since the last turn was not within this minute
            self._older, self._times, self._turned = self._times, {}, now
        if sent is None:
            sent = []
        sent.extend([now] * pieces)
        if len(sent) > self._remembers:
            del sent[: -self._remembers]
        self._times[chat] = sent

    def spare(self, chat: str, now: float) -> float:
        """How many more messages `chat` may have within the minute."""
        if not self.per_chat_per_minute:
            return float("inf")
        return self.per_chat_per_minute - sum(at > now - WINDOW for at in self._sent_to(chat) or ())

    def obey(self, chat: str, error: SlowDown, now: float) -> None:
        """The platform asked for a pause while we wrote to `chat`."""
        if error.scope is Scope.ACCOUNT:
            self.pause(error.after, now)
        else:
            self.slow_down(chat, error.after, now)

    def slow_down(self, chat: str, seconds: float, now: float) -> None:
        """The platform asked for a pause of one chat; when it asks for several at once, the account pauses."""
        self._resting[chat] = now + seconds
        self._told.append((now, chat))
        while self._told and self._told[0][0] < now - 1.0:
            self._told.popleft()
        if len({told for _, told in self._told}) >= CHATS_THAT_MEAN_THE_ACCOUNT:
            self.pause(seconds, now)
        if len(self._resting) > RESTING:
            self._resting = {chat: until for chat, until in self._resting.items() if until > now}

    def pause(self, seconds: float, now: float) -> None:
        """Nothing from this account for `seconds`."""
        self._paused_until = max(self._paused_until, now + seconds)

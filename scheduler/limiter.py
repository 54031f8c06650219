"""Pace: may this chat of this account have a message now, and if not, in how many seconds.

One per account, used by its dispatcher and by the live counters. A sliding window, not a leaking bucket: a bucket lets
nearly twice the allowance through in its first minute. Memory holds only chats written to within the last minute.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from announcements.channels import Scope, SlowDown

WINDOW = 60.0
ROUNDING = 1e-6  # of a message: adding up hundreds of intervals must not cost one
# So many chats told to slow down within a second: the platform means the whole account (telegram-api: it never says).
CHATS_THAT_MEAN_THE_ACCOUNT = 3


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
    _chats: OrderedDict[str, list[float]] = field(default_factory=OrderedDict)
    _resting: dict[str, float] = field(default_factory=dict)
    _told: deque[tuple[float, str]] = field(default_factory=deque)

    @property
    def burst(self) -> int:
        """Messages that may go at once: a fifth of a second's, so that any second stays within 1.2 × `per_second`.

        At least one, or a slow account would never send.
        """
        return max(1, int(self.per_second / 5 + ROUNDING))

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
        until = max(self._account_until(pieces), self._resting.get(chat, 0.0))
        sent = self._chats.get(chat)
        if sent:
            if self.per_chat_per_second:
                until = max(until, sent[-1] + 1.0 / self.per_chat_per_second)
            if self.per_chat_per_minute:
                recent = [at for at in sent if at > now - WINDOW]
                over = len(recent) + min(pieces, int(self.per_chat_per_minute)) - int(self.per_chat_per_minute)
                if over > 0:
                    until = max(until, recent[over - 1] + WINDOW)
        return max(0.0, until - now)

    def take(self, chat: str, now: float, pieces: int = 1) -> float:
        """Like `wait`, and when the answer is 0.0 the messages are counted as sent."""
        wait = self.wait(chat, now, pieces)
        if wait > 0.0:
            return wait
        self._next = max(self._next, now) + pieces / self.per_second
        if self.per_chat_per_minute or self.per_chat_per_second:
            sent = self._chats.pop(chat, None)
            keep = [] if sent is None else [at for at in sent if at > now - WINDOW]
            keep.extend([now] * pieces)
            self._chats[chat] = keep  # at the end: the order is by last use
            self._forget(now)
        return 0.0

    def spare(self, chat: str, now: float) -> float:
        """How many more messages `chat` may have within the minute."""
        if not self.per_chat_per_minute:
            return float("inf")
        return self.per_chat_per_minute - sum(at > now - WINDOW for at in self._chats.get(chat, ()))

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

    def pause(self, seconds: float, now: float) -> None:
        """Nothing from this account for `seconds`."""
        self._paused_until = max(self._paused_until, now + seconds)

    def _forget(self, now: float) -> None:
        """Drop two idle chats for each message taken: amortised constant, and the past never piles up."""
        for _ in range(2):
            if not self._chats:
                return
            chat, sent = next(iter(self._chats.items()))
            if sent[-1] > now - WINDOW:
                break
            del self._chats[chat]
        if len(self._resting) > 1_000:
            self._resting = {chat: until for chat, until in self._resting.items() if until > now}

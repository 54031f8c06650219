"""Counting wrong tries: a sliding window over each key, in bounded memory. Used wherever a short code is asked for."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

KEYS = 20_000  # the longest silent ones are forgotten first
CODES = 10  # of one person or sender that were none, within
CODE_WINDOW = timedelta(minutes=10)


class Attempts:
    """At most `most` wrong tries within `window` for one key; right ones are never counted."""

    def __init__(self, most: int, window: timedelta, keys: int = KEYS) -> None:
        self._most = most
        self._window = window
        self._keys = keys
        self._wrong: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wrong(self, key: str, now: datetime) -> None:
        """Count a wrong try."""
        self._wrong.setdefault(key, deque(maxlen=self._most)).append(now)
        self._wrong.move_to_end(key)
        if len(self._wrong) > self._keys:
            self._wrong.popitem(last=False)

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long until another try is heard; zero when it is now."""
        times = self._wrong.get(key)
        if times is None:
            return timedelta()
        while times and times[0] + self._window <= now:
            times.popleft()
        if not times:
            del self._wrong[key]
            return timedelta()
        return times[0] + self._window - now if len(times) == self._most else timedelta()

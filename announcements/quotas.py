"""What an account's plan allows in a month, and how much of it is used up. Pure; counted by `db/platforms/usage.py`."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import IntEnum


class Level(IntEnum):
    """How near a limit is."""

    FINE = 0
    HIGH = 80  # per cent: time to think of it
    LOW_ON = 95  # what is left is for what matters most
    GONE = 100


def period_of(moment: datetime, zone: tzinfo) -> str:
    """The month plans count by, as clocks in `zone` show it: "2026-11"."""
    return f"{moment.astimezone(zone):%Y-%m}"


@dataclass(frozen=True, slots=True)
class Quota:
    """`used` of `most`; no known limit where that is None."""

    used: int
    most: int | None = None

    @property
    def left(self) -> int | None:
        return None if self.most is None else max(0, self.most - self.used)

    @property
    def level(self) -> Level:
        if self.most is None:
            return Level.FINE
        return max(level for level in Level if self.used * 100 >= level * self.most)

"""Trouble on demand, for every fake that serves a bot: what becomes of a request, and which requests it strikes.

A server asks `Faults.take` before it carries a request out. What a platform answers when it refuses is its own:
`telegram_faults`, `zalo_bot_faults`.
"""

from dataclasses import dataclass
from enum import Enum, auto


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
    """`answer` is the platform's own kind of error answer, where there is one."""

    where: Where
    answer: object = None
    seconds: float = 0.0


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
    chat_id: int | str | None = None
    method: str | None = None
    skip: int = 0
    times: int | None = 1
    taken: int = 0

    def fits(self, method: str, chat_id: int | str | None) -> bool:
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

    def take(self, method: str, chat_id: int | str | None) -> Fault | None:
        for one in self.programmed:
            if one.spent or not one.fits(method, chat_id):
                continue
            if one.skip > 0:
                one.skip -= 1
                continue
            one.taken += 1
            return one.fault
        return None

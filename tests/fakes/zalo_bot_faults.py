"""Trouble on demand for the fake of Zalo's bots. The server asks `take` before it carries a request out."""

from dataclasses import dataclass

from tests.fakes.telegram_faults import Where
from tests.fakes.zalo_bot_world import Refusal


@dataclass(frozen=True, slots=True)
class Fault:
    """`raw` is an answer that isn't the platform's: a status and a body."""

    where: Where
    refusal: Refusal | None = None
    raw: tuple[int, bytes] | None = None
    seconds: float = 0.0
    retry_after: int | None = None


def refusal(code: int, description: str = "Refused", status: int | None = None) -> Fault:
    """`ok: false` with this `error_code`, nothing done."""
    return Fault(Where.REFUSED, Refusal(code, description, status))


def too_many(retry_after: int | None = None) -> Fault:
    """429; `retry_after` in seconds is not documented, so it usually isn't there."""
    return Fault(Where.REFUSED, Refusal(429, "Quota exceeded"), retry_after=retry_after)


def edge(status: int = 502, body: bytes = b"<html>Bad Gateway</html>", *, done: bool = False) -> Fault:
    """An answer of whatever stands in front of the platform; `done`: although the request was carried out."""
    return Fault(Where.DENIED if done else Where.REFUSED, raw=(status, body))


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
    chat_id: str | None = None
    method: str | None = None
    skip: int = 0
    times: int | None = 1
    taken: int = 0

    def fits(self, method: str, chat_id: str) -> bool:
        if self.method is None and method == "getUpdates":
            return False
        spent = self.times is not None and self.taken >= self.times
        return not spent and self.method in (None, method) and self.chat_id in (None, chat_id)


def take(programmed: list[Programmed], method: str, chat_id: str) -> Fault | None:
    """The first fault that fits strikes."""
    for one in programmed:
        if not one.fits(method, chat_id):
            continue
        if one.skip > 0:
            one.skip -= 1
            continue
        one.taken += 1
        return one.fault
    return None

"""Trouble on demand for the fake of Zalo's bots: what its error answers look like."""

from dataclasses import dataclass

from tests.fakes.faults import Fault, Where, cut_after, cut_before, late, silent
from tests.fakes.zalo_bot_world import Refusal

__all__ = ["Wrong", "cut_after", "cut_before", "edge", "late", "refusal", "silent", "too_many"]


@dataclass(frozen=True, slots=True)
class Wrong:
    """An error answer. `raw` is one that isn't the platform's: a status and a body."""

    refusal: Refusal | None = None
    raw: tuple[int, bytes] | None = None
    retry_after: int | None = None


def refusal(code: int, description: str = "Refused", status: int | None = None) -> Fault:
    """`ok: false` with this `error_code`, nothing done."""
    return Fault(Where.REFUSED, Wrong(Refusal(code, description, status)))


def too_many(retry_after: int | None = None) -> Fault:
    """429; `retry_after` in seconds is not documented, so it usually isn't there."""
    return Fault(Where.REFUSED, Wrong(Refusal(429, "Quota exceeded"), retry_after=retry_after))


def edge(status: int = 502, body: bytes = b"<html>Bad Gateway</html>", *, done: bool = False) -> Fault:
    """An answer of whatever stands in front of the platform; `done`: although the request was carried out."""
    return Fault(Where.DENIED if done else Where.REFUSED, Wrong(raw=(status, body)))

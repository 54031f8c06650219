"""Moments as scripts of our pages send them."""

from datetime import UTC, datetime


def moment_of(milliseconds: str) -> datetime | None:
    """Milliseconds since 1970 by the telephone's clock; None for whatever is no time."""
    if not milliseconds.isdecimal() or len(milliseconds) > 14:
        return None
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)

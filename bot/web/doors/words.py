"""How a door that was closed is spoken of, and which answers a leader may note beside."""

from announcements.phrases import label
from announcements.types import Grade, Kind
from db.counting.doors import Door

_OF_A_MEETING = (Grade.RECEIVED, Grade.WILL_ATTEND, Grade.WILL_NOT_ATTEND, Grade.NEEDS_HELP)


def done_words(door: Door) -> str:
    """`Không gặp được` with its reason, `Đã báo tận nơi` …: where the household stands."""
    return label(door.reason) if door.reason is not None else label(door.outcome)


def offered_grades(kind: Kind) -> tuple[Grade, ...]:
    """What can be noted when a household is told in person; empty where there is nothing to choose."""
    return _OF_A_MEETING if kind is Kind.MEETING else ()

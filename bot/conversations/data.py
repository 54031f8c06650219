"""What the buttons of conversations carry, and reading it back strictly: it comes from outside and may be forged.

`lk:h:17` is a topic, what to do, and its values. Announcements' own buttons (`ack:…`) are not among these.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.conversations.messenger import BadPress
from db.tables.columns import LARGEST_KEY

LONGEST = 64  # bytes, telegram-api §3
_DATA = re.compile(r"[a-z]{2}:[a-z](?::[A-Za-z0-9._-]{1,32}){0,6}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")

E = TypeVar("E", bound=StrEnum)


class Topic(StrEnum):
    """Which conversation a button belongs to; also what is kept of where a person is."""

    LINKING = "lk"
    REQUESTS = "rq"
    COMPOSING = "tb"
    REPORT = "bc"
    DOORS = "gc"
    APPROVAL = "dy"
    POSTING = "dt"


@dataclass(frozen=True, slots=True)
class Data:
    """A button's data taken apart. `action` is one letter with a meaning in its topic."""

    topic: Topic
    action: str
    values: tuple[str, ...] = ()

    def value(self, place: int) -> str:
        """The value at `place`. Raises `BadPress` when there is none."""
        if place >= len(self.values):
            raise BadPress
        return self.values[place]

    def number(self, place: int) -> int:
        """The whole number at `place`. Raises `BadPress` for anything else."""
        text = self.value(place)
        if not _NUMBER.fullmatch(text) or int(text) > LARGEST_KEY:
            raise BadPress
        return int(text)

    def member(self, place: int, kind: type[E]) -> E:
        """The member of `kind` at `place`. Raises `BadPress` for anything else."""
        return member(kind, self.value(place))


def member(kind: type[E], value: str) -> E:
    """The member of `kind` with this value. Raises `BadPress` when there is none."""
    try:
        return kind(value)
    except ValueError:
        raise BadPress from None


def pack(topic: Topic, action: str, *values: object) -> str:
    """Data for a button. ValueError when it could not be read back."""
    data = ":".join([topic, action, *map(str, values)])
    if len(data) > LONGEST or not _DATA.fullmatch(data):
        raise ValueError(f"not data for a button: {data!r}")
    return data


def read(text: str) -> Data:
    """A button's data. Raises `BadPress` for what `pack` never made."""
    if len(text) > LONGEST or not _DATA.fullmatch(text):
        raise BadPress
    topic, action, *values = text.split(":")
    return Data(member(Topic, topic), action, tuple(values))

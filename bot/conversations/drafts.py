"""A notice while it is being composed in a conversation: a value, what it still lacks, and how it is kept. Pure.

`composing` changes it step by step and keeps it in the person's conversation as JSON.
"""

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from announcements.drafts import TITLE_LENGTH
from announcements.splitting import shorten
from announcements.text import nfc, nfc_block
from announcements.types import FileKind, Kind, Urgency

SHORT_TITLE = 100
_END_OF_SENTENCE = (". ", "! ", "? ", "… ")


class Step(StrEnum):
    """What the person is asked for."""

    AREAS = "areas"
    KIND = "kind"
    TEXT = "text"
    TIME = "time"
    URGENCY = "urgency"
    FILES = "files"
    VALIDITY = "validity"
    REVIEW = "review"


NOW = "now"  # in place of a moment: as soon as it is confirmed
NEVER = "none"  # in place of the end of its validity


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes along. `remote_id` is the platform's own, empty where it can't be sent by that."""

    kind: FileKind
    name: str
    path: str
    size: int
    remote_id: str = ""

    @property
    def mark(self) -> str:
        """What names it in a button's data: the beginning of its content's hash."""
        return self.path[:16]


@dataclass(frozen=True, slots=True)
class Composition:
    """`token` is its own: buttons of another draft do nothing. `due` is empty, `NOW`, or a moment in ISO 8601, `until`
    empty or a moment. `album` and `listed` are the files that came last together, and the message that lists them."""

    token: str
    step: Step
    areas: tuple[int, ...]
    areas_chosen: bool = False
    kind: Kind | None = None
    title: str = ""
    body: str = ""
    due: str = ""
    urgency: Urgency = Urgency.NORMAL
    until: str = ""
    files: tuple[Attached, ...] = ()
    album: str = ""
    listed: str = ""

    @property
    def valid_until(self) -> datetime | None:
        """The end of its validity, in UTC; None when it has none."""
        return datetime.fromisoformat(self.until) if self.until else None

    @property
    def due_at(self) -> datetime | None:
        """When it goes out, in UTC; None for at once."""
        return datetime.fromisoformat(self.due) if self.due not in ("", NOW) else None

    def onwards(self, **changes: Any) -> "Composition":
        """With `changes`, at the first step that is still missing, or to be reviewed."""
        changed = replace(self, **changes)
        missing = (
            (Step.AREAS, not changed.areas_chosen),
            (Step.KIND, changed.kind is None),
            (Step.TEXT, not changed.title),
            (Step.TIME, not changed.due),
        )
        return replace(changed, step=next((step for step, lacks in missing if lacks), Step.REVIEW))

    def as_state(self) -> dict[str, Any]:
        return {
            "token": self.token,
            "step": self.step.value,
            "areas": list(self.areas),
            "areas_chosen": self.areas_chosen,
            "kind": self.kind.value if self.kind else None,
            "title": self.title,
            "body": self.body,
            "due": self.due,
            "urgency": self.urgency.value,
            "until": self.until,
            "files": [asdict(one) for one in self.files],
            "album": self.album,
            "listed": self.listed,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """What `as_state` gave."""
        return cls(
            token=state["token"],
            step=Step(state["step"]),
            areas=tuple(state["areas"]),
            areas_chosen=state["areas_chosen"],
            kind=Kind(state["kind"]) if state["kind"] else None,
            title=state["title"],
            body=state["body"],
            due=state["due"],
            urgency=Urgency(state["urgency"]),
            until=state.get("until", ""),
            files=tuple(Attached(**{**one, "kind": FileKind(one["kind"])}) for one in state.get("files", ())),
            album=state.get("album", ""),
            listed=state.get("listed", ""),
        )


def begin(area_id: int, *, has_areas_below: bool) -> Composition:
    """A new draft for the person's own area. Who has nothing to choose from is not asked where."""
    token = secrets.token_hex(4)
    return Composition(token, Step.AREAS, (area_id,)).onwards(areas_chosen=not has_areas_below)


def moment(at: datetime) -> str:
    """A moment as `Composition.due` and `until` keep it."""
    return at.astimezone(UTC).isoformat()


def title_and_body(text: str) -> tuple[str, str]:
    """The first line is the title, the rest the body; of a single line its first sentence.

    A line that is no title (too long, or all there is) is shortened for it and kept whole in the body.
    """
    text = nfc_block(text)
    first, _, rest = text.partition("\n")
    title = nfc(first)
    if rest.strip():
        return (title, rest.strip()) if len(title) <= TITLE_LENGTH else (shorten(title, SHORT_TITLE), text)
    ends = [place + 1 for mark in _END_OF_SENTENCE if (place := title.find(mark)) > 0]
    if ends and min(ends) <= SHORT_TITLE:
        return title[: min(ends)].rstrip("."), title[min(ends) :].strip()
    return (title, title) if len(title) <= SHORT_TITLE else (shorten(title, SHORT_TITLE), title)

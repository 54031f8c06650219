"""Who has a draft open just now. In memory only: what it says is out of date in a minute, and a wrong guess costs a
question. Whoever writes over somebody else's words is told by the version, not by this.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request

from db.access.people import StaffRow

GONE_AFTER = timedelta(seconds=60)  # an open page says every 20 seconds that it is there


@dataclass(slots=True)
class Presence:
    """Names by draft and person, with when they were last seen."""

    _seen: dict[int, dict[int, tuple[str, datetime]]] = field(default_factory=dict)

    def others(self, draft_id: int, staff: StaffRow, now: datetime) -> list[str]:
        """Note that `staff` has the draft open; the names of everybody else who has."""
        there = self._seen.setdefault(draft_id, {})
        there[staff.id] = (staff.name, now)
        for draft, people in list(self._seen.items()):
            kept = {one: seen for one, seen in people.items() if now - seen[1] < GONE_AFTER}
            if kept:
                self._seen[draft] = kept
            else:
                del self._seen[draft]
        return sorted(name for one, (name, _) in self._seen[draft_id].items() if one != staff.id)


def _presence(request: Request) -> Presence:
    presence: Presence = request.app.state.presence
    return presence


ThePresence = Annotated[Presence, Depends(_presence)]

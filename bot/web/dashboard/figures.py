"""The figures of a moment as the script of an open page reads them: only those of what its owner reaches."""

import json
from collections.abc import Sequence

from announcements.reach import Figures
from db.counting.live import LiveArea, Moment


def as_told(moment: Moment, path: str) -> str:
    """JSON: `state`, `total`, `areas` by code, `chats` by state; of what lies below `path` now."""
    areas = [area for area in moment.areas if area.path.startswith(path)]
    chats: dict[str, int] = {}
    for where, state, count in moment.deliveries:
        if where.startswith(path):
            chats[state.value] = chats.get(state.value, 0) + count
    told = {
        "state": moment.state.value,
        "total": numbers(total_of(areas)),
        "areas": {area.code: numbers(area.figures) for area in areas},
        "chats": chats,
    }
    return json.dumps(told, separators=(",", ":"))


def total_of(areas: Sequence[LiveArea]) -> Figures:
    """The sum of those that lie in no other of them."""
    inside = {area.area_id for area in areas}
    return sum((area.figures for area in areas if area.inside not in inside), Figures())


def numbers(figures: Figures) -> list[int]:
    """Audience, the four pieces, those who have it, reachable, sent: pages name them by their place here."""
    return [figures.audience, *figures.pieces, figures.received, figures.reachable, figures.sent]

"""Which groups fall behind: over the latest notices, clearly fewer of their households have it than elsewhere.

A rule for the dashboard: it points at places where a visit, a chat that nobody reads or a list of telephones that is
out of date may be the reason. It compares a group only with the rest of the area of whoever looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from announcements.reach import Figures

RIPE = timedelta(hours=4)  # a notice younger than this says nothing about who is slow
LATEST = 5  # notices looked at
LEAST_NOTICES = 2  # one notice is chance
GAP = 0.15  # of all households: behind by as much in sum
MOST_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Quiet:
    """A group that falls behind. Shares are of its households and of those of the whole area, from 0 to 1."""

    area_id: int
    share: float
    elsewhere: float
    behind: int  # in how many notices
    notices: int

    @property
    def gap(self) -> float:
        return self.elsewhere - self.share


def quiet(notices: Sequence[Mapping[int, Figures]]) -> list[Quiet]:
    """The groups behind, the furthest first. `notices` are the latest ripe ones: figures by the group's area id.

    A group is behind when it is in at least two of them, has fewer than the others in more than half of its notices,
    and is behind by `GAP` in the sum of them. Groups with no household in a notice are not in that notice.
    """
    areas = sorted({area for notice in notices for area in notice})
    found = [one for area in areas if (one := _look(area, [notice for notice in notices if _is_in(area, notice)]))]
    return sorted(found, key=lambda one: (-one.gap, one.area_id))[:MOST_SHOWN]


def _is_in(area: int, notice: Mapping[int, Figures]) -> bool:
    return area in notice and notice[area].audience > 0


def _look(area: int, notices: Sequence[Mapping[int, Figures]]) -> Quiet | None:
    if len(notices) < LEAST_NOTICES:
        return None
    pairs = [(notice[area], _others(area, notice)) for notice in notices]
    behind = sum(_share(own) < _share(others) for own, others in pairs)
    own, others = (sum(column, Figures()) for column in zip(*pairs, strict=True))
    one = Quiet(area, _share(own), _share(others), behind, len(notices))
    return one if behind * 2 > len(notices) and one.gap >= GAP else None


def _others(area: int, notice: Mapping[int, Figures]) -> Figures:
    return sum((figures for other, figures in notice.items() if other != area), Figures())


def _share(figures: Figures) -> float:
    return figures.share(figures.received)

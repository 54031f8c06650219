"""The curve of acknowledgements over time: how long it is, how finely it is drawn, where it stands at each moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_BUCKETS = 60  # what a picture of a telephone's width can tell apart
# Widths of a bucket, in seconds: those people count time in.
WIDTHS = (5, 15, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800)
LEAST_SPAN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Axis:
    """Time on the curve: `buckets` of `seconds` each from `start` on."""

    start: datetime
    seconds: int
    buckets: int

    def end_of(self, bucket: int) -> datetime:
        """When the bucket with this number is over, the first being 0."""
        return self.start + timedelta(seconds=self.seconds * (bucket + 1))


def axis(start: datetime, last: datetime) -> Axis:
    """The axis from `start` to `last`, in at most `MOST_BUCKETS` buckets of the finest width that allows it."""
    span = max(last - start, LEAST_SPAN).total_seconds()
    seconds = next((width for width in WIDTHS if span / width < MOST_BUCKETS), WIDTHS[-1])
    return Axis(start, seconds, int(span // seconds) + 1)


@dataclass(frozen=True, slots=True)
class Point:
    """Households by themselves and told in person, all together until `at`."""

    at: datetime
    acknowledged: int
    told: int


def curve(axis: Axis, counted: Iterable[tuple[int, int, int]]) -> list[Point]:
    """A point at the start and at the end of every bucket. `counted` has (bucket, acknowledged, told) of those in which
    something came."""
    came = {bucket: (acknowledged, told) for bucket, acknowledged, told in counted}
    points = [Point(axis.start, 0, 0)]
    for bucket in range(max([axis.buckets, *(one + 1 for one in came)])):
        acknowledged, told = came.get(bucket, (0, 0))
        points.append(Point(axis.end_of(bucket), points[-1].acknowledged + acknowledged, points[-1].told + told))
    return points


def milestones(points: Sequence[Point], most: int = 8) -> list[Point]:
    """At most `most` points for a table beside the picture: evenly spread, the last one always there."""
    step = max(1, -(-(len(points) - 1) // most))
    return list(points[:0:-step][::-1])

"""The curve of acknowledgements: how finely it is drawn, and that it ends where the truth table stands."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.curves import LEAST_SPAN, MOST_BUCKETS, Axis, axis, curve, milestones

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "seconds"), [(0, 5), (0.2, 15), (0.9, 60), (4, 300), (12, 900), (29, 1_800), (24 * 14, 21_600)]
)
def test_the_finest_width_that_fits_is_taken(hours: float, seconds: int) -> None:
    assert axis(START, START + timedelta(hours=hours)).seconds == seconds


@given(st.floats(0, 365 * 24))
def test_an_axis_holds_all_of_its_time_in_few_buckets(hours: float) -> None:
    last = START + timedelta(hours=hours)
    made = axis(START, last)
    assert 1 <= made.buckets <= MOST_BUCKETS
    assert made.end_of(made.buckets - 1) > last
    assert made.end_of(made.buckets - 1) - START >= LEAST_SPAN


@given(st.dictionaries(st.integers(0, 80), st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_a_curve_only_rises_and_ends_at_the_sum(counted: dict[int, tuple[int, int]]) -> None:
    points = curve(Axis(START, 60, 10), [(bucket, *pair) for bucket, pair in counted.items()])
    assert points[0].at == START
    assert [point.at for point in points] == sorted({point.at for point in points})
    assert [point.acknowledged for point in points] == sorted(point.acknowledged for point in points)
    assert points[-1].acknowledged == sum(pair[0] for pair in counted.values())
    assert points[-1].told == sum(pair[1] for pair in counted.values())


@given(st.integers(1, 80), st.integers(1, 12))
def test_milestones_are_few_and_end_with_the_last(buckets: int, most: int) -> None:
    points = curve(Axis(START, 60, buckets), [])
    chosen = milestones(points, most)
    assert 1 <= len(chosen) <= most
    assert chosen[-1] is points[-1]
    assert chosen == sorted(chosen, key=lambda point: point.at)


def test_nothing_has_no_milestones() -> None:
    assert milestones([]) == []

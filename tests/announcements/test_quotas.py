"""How near a plan's limit is, and which month a moment counts in."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from announcements.quotas import Level, Quota, period_of


@pytest.mark.parametrize(
    ("used", "most", "level", "left"),
    [
        (79, 100, Level.FINE, 21),
        (80, 100, Level.HIGH, 20),
        (94, 100, Level.HIGH, 6),
        (95, 100, Level.LOW_ON, 5),
        (100, 100, Level.GONE, 0),
        (130, 100, Level.GONE, 0),
        (5_000, None, Level.FINE, None),
    ],
)
def test_a_warning_comes_before_the_end(used: int, most: int | None, level: Level, left: int | None) -> None:
    quota = Quota(used, most)
    assert (quota.level, quota.left) == (level, left)


def test_months_begin_by_the_communes_clock() -> None:
    last_evening = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)  # midnight in the commune
    assert period_of(last_evening, ZoneInfo("Asia/Ho_Chi_Minh")) == "2026-12"
    assert period_of(last_evening, UTC) == "2026-11"

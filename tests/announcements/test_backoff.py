"""How long to wait before the next attempt."""

import pytest

from announcements.backoff import DELAYS, MOST_ATTEMPTS, delay_after


def test_before_the_first_attempt_nothing_is_waited_for() -> None:
    assert delay_after(0) == 0.0


@pytest.mark.parametrize("attempts", range(1, MOST_ATTEMPTS))
def test_each_wait_is_longer_than_the_one_before(attempts: int) -> None:
    wait = delay_after(attempts)
    assert wait is not None
    assert wait > (delay_after(attempts - 1) or 0.0)
    assert wait == DELAYS[attempts - 1]


@pytest.mark.parametrize("attempts", [MOST_ATTEMPTS, MOST_ATTEMPTS + 1, 100])
def test_after_the_last_attempt_there_is_no_next(attempts: int) -> None:
    assert delay_after(attempts) is None


def test_the_attempts_together_outlast_a_restart_of_the_platform_and_end_within_the_hour() -> None:
    assert 15 * 60 < sum(DELAYS) < 3600

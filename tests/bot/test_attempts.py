"""Counting wrong tries."""

from datetime import UTC, datetime, timedelta

from bot.attempts import Attempts

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=10)


def seconds(count: float) -> datetime:
    return NOW + timedelta(seconds=count)


def test_the_last_allowed_try_is_heard_and_the_next_is_not() -> None:
    attempts = Attempts(3, WINDOW)
    for number in range(3):
        assert not attempts.wait("a", seconds(number))
        attempts.wrong("a", seconds(number))
    assert attempts.wait("a", seconds(3)) == timedelta(seconds=597)


def test_keys_do_not_answer_for_each_other() -> None:
    attempts = Attempts(1, WINDOW)
    attempts.wrong("a", NOW)
    assert attempts.wait("a", NOW)
    assert not attempts.wait("b", NOW)


def test_the_window_slides_over_single_tries() -> None:
    attempts = Attempts(2, WINDOW)
    attempts.wrong("a", NOW)
    attempts.wrong("a", seconds(300))
    assert attempts.wait("a", seconds(599)) == timedelta(seconds=1)
    assert not attempts.wait("a", seconds(600))
    attempts.wrong("a", seconds(600))
    assert attempts.wait("a", seconds(600)) == timedelta(seconds=300)


def test_memory_stays_bounded_and_the_oldest_key_goes_first() -> None:
    attempts = Attempts(1, WINDOW, keys=2)
    for key in ("a", "b", "c"):
        attempts.wrong(key, NOW)
    assert not attempts.wait("a", NOW)
    assert attempts.wait("b", NOW)
    assert attempts.wait("c", NOW)


def test_a_key_whose_tries_are_all_old_takes_no_room() -> None:
    attempts = Attempts(1, WINDOW, keys=2)
    attempts.wrong("a", NOW)
    attempts.wrong("b", seconds(700))
    assert not attempts.wait("a", seconds(700))
    attempts.wrong("c", seconds(700))
    assert attempts.wait("b", seconds(700))

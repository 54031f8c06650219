"""Pace: never over a limit in any window, nobody waits for another chat, the past does not pile up."""

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as some

from announcements.channels import Scope, SlowDown
from scheduler.limiter import WINDOW, Limiter

steps = some.lists(some.tuples(some.floats(0, 5), some.sampled_from("abc"), some.integers(1, 3)), max_size=120)


@given(steps)
def test_no_minute_of_a_chat_and_no_second_of_the_account_is_over(taken: list[tuple[float, str, int]]) -> None:
    limiter = Limiter(per_second=5, per_chat_per_minute=6, per_chat_per_second=1)
    now, log = 1_000.0, []
    for wait, chat, pieces in taken:
        now += wait
        if limiter.take(chat, now, pieces) == 0.0:
            log += [(now, chat)] * pieces
    for at, chat in log:
        assert sum(1 for other, of in log if of == chat and at <= other < at + WINDOW) <= 6
        assert sum(1 for other, _ in log if at <= other < at + 1.0) <= 5 * 1.2 + 3


@given(steps)
def test_what_it_says_to_wait_is_enough(taken: list[tuple[float, str, int]]) -> None:
    limiter = Limiter(per_second=5, per_chat_per_minute=6, per_chat_per_second=1)
    now = 1_000.0
    for wait, chat, pieces in taken:
        now += wait
        pause = limiter.take(chat, now, pieces)
        if pause > 0.0:
            assert limiter.wait(chat, now + pause + 1e-6, pieces) == pytest.approx(0.0, abs=1e-5)


def test_one_chat_told_to_slow_down_holds_up_no_other() -> None:
    limiter = Limiter(per_second=30)
    limiter.slow_down("a", 5.0, 0.0)
    assert limiter.take("a", 1.0) == pytest.approx(4.0)
    assert limiter.take("b", 1.0) == 0.0


def test_three_chats_told_at_once_mean_the_account() -> None:
    limiter = Limiter(per_second=30)
    for chat in "abc":
        limiter.slow_down(chat, 5.0, 10.0)
    assert limiter.free(10.5) == 0
    assert limiter.take("d", 10.5) == pytest.approx(4.5)
    assert limiter.take("d", 15.1) == 0.0


def test_three_chats_told_seconds_apart_do_not() -> None:
    limiter = Limiter(per_second=30)
    for at, chat in ((0.0, "a"), (2.0, "b"), (4.0, "c")):
        limiter.slow_down(chat, 5.0, at)
    assert limiter.take("d", 4.5) == 0.0


def test_what_is_free_can_be_taken_by_different_chats() -> None:
    limiter = Limiter(per_second=25, per_chat_per_minute=20)
    free = limiter.free(100.0)
    assert free == 5
    assert [limiter.take(str(chat), 100.0) for chat in range(free)] == [0.0] * free
    assert limiter.free(100.0) == 0
    assert limiter.take("one more", 100.0) > 0.0


def kept(limiter: Limiter) -> list[list[float]]:
    """What it remembers of each chat."""
    return [*limiter._times.values(), *limiter._older.values()]


def test_memory_holds_the_last_two_minutes_only() -> None:
    limiter = Limiter(per_second=1e9, per_chat_per_minute=20)
    for chat in range(5_000):
        limiter.take(str(chat), chat * 0.1)
    assert 600 <= len(kept(limiter)) <= 1_200


def test_of_a_chat_no_more_is_remembered_than_it_may_have_in_a_minute() -> None:
    limiter = Limiter(per_second=1e9, per_chat_per_minute=3)
    for second in range(300):
        limiter.take("a", float(second))
        limiter.take("a", float(second), pieces=7)
    assert max(map(len, kept(limiter))) == 3


def test_a_chat_written_to_before_the_memory_turned_is_still_held_back() -> None:
    limiter = Limiter(per_second=1e9, per_chat_per_minute=2)
    limiter.take("b", 0.0)
    assert [limiter.take("a", 59.0), limiter.take("a", 59.0)] == [0.0, 0.0]
    limiter.take("b", 61.0)  # turns
    assert limiter.take("a", 62.0) == pytest.approx(57.0)
    assert limiter.spare("a", 62.0) == 0.0
    assert limiter.take("a", 119.0) == 0.0


@pytest.mark.parametrize("per_second", [0.2, 1.0, 3.0, 4.9])
def test_a_slow_account_sends_too_and_never_two_at_once(per_second: float) -> None:
    limiter = Limiter(per_second=per_second)
    assert limiter.free(50.0) == 1
    assert limiter.take("a", 50.0) == 0.0
    assert limiter.free(50.0) == 0
    assert limiter.take("b", 50.0) == pytest.approx(1 / per_second, rel=1e-5)
    assert limiter.rest(50.0) == pytest.approx(1 / per_second, rel=1e-5)
    assert limiter.take("b", 50.0 + 1 / per_second) == 0.0


@given(some.sampled_from([1, 5, 25]), some.lists(some.floats(0, 0.2), max_size=50))
def test_no_second_is_over_a_fifth_more_than_the_pace(per_second: int, waits: list[float]) -> None:
    limiter = Limiter(per_second=per_second)
    now, log = 1_000.0, []
    for wait in waits:
        now += wait
        free = limiter.free(now)
        taken = 0
        while limiter.take(str(taken), now) == 0.0:
            taken += 1
        assert taken == free
        log += [now] * taken
    for first, at in enumerate(log):
        assert bisect_left(log, at + 1.0 - 1e-4) - first <= max(per_second * 1.2, 1)


def test_a_long_message_waits_for_an_account_at_rest_and_is_counted_whole() -> None:
    limiter = Limiter(per_second=25)
    assert limiter.take("a", 0.0) == 0.0
    assert limiter.take("a", 0.0, pieces=10) == pytest.approx(0.04)
    assert limiter.take("a", 0.04, pieces=10) == 0.0
    assert limiter.take("b", 0.04) == pytest.approx(6 * 0.04)


def test_the_platforms_word_is_for_the_chat_or_for_the_account() -> None:
    limiter = Limiter(per_second=25)
    limiter.obey("a", SlowDown(3.0, Scope.CHAT), 0.0)
    assert (limiter.take("a", 0.0), limiter.take("b", 0.0)) == (3.0, 0.0)
    limiter.obey("a", SlowDown(9.0, Scope.ACCOUNT), 0.0)
    assert limiter.take("c", 0.0) == 9.0
    assert limiter.rest(1.0) == 8.0

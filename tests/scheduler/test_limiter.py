"""Pace: never over a limit in any window, nobody waits for another chat, the past does not pile up."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

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


def test_memory_holds_the_last_minute_only() -> None:
    limiter = Limiter(per_second=1e9, per_chat_per_minute=20)
    for chat in range(5_000):
        limiter.take(str(chat), chat * 0.1)
    assert len(limiter._chats) < 700

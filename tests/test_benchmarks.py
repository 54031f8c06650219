"""The benchmarks run and give figures; how large they are is for a person to read, never for a test."""

from types import ModuleType

import pytest

from benchmarks import acknowledgements, dispatch, fan_out, limiters, pages, replies, reports, rosters
from benchmarks.measuring import figure


def test_dispatch_gives_figures_for_us_and_the_peers() -> None:
    results = dispatch.run(quick=True)
    for latency in results.values():
        assert set(latency) == {"ours", "ptb", "aiogram"}
        assert all(contender["per_second"] > 0 for contender in latency.values())


def test_acknowledgements_give_figures_for_us_and_the_peers() -> None:
    results = acknowledgements.run(quick=True)
    assert all(contender["per_second"] > 0 for contender in results.values())


@pytest.mark.parametrize("benchmark", [fan_out, limiters, pages, replies, reports, rosters])
def test_the_others_give_figures_for_every_contender(benchmark: ModuleType) -> None:
    results = benchmark.run(quick=True)
    assert len(results) > 1
    assert all(contender["per_second"] > 0 for contender in results.values())


def test_figures_are_written_with_three_digits() -> None:
    assert [figure(number) for number in (0.01234, 5.678, 16_000.4)] == ["0.0123", "5.68", "16,000"]

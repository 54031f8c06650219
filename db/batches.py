"""Long lists in pieces: every engine limits how many values one statement may carry."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
A = TypeVar("A", int, str)
B = TypeVar("B", int, str)
CHUNK = 500


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """`values` in order, at most `size` at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def by_first(pairs: Iterable[tuple[A, B]]) -> Iterator[tuple[A, Sequence[B]]]:
    """Pairs in order as (first, its seconds), at most `CHUNK` seconds at a time.

    For `first = ? AND second IN (…)`: SQLite reads a whole table for `(first, second) IN (…)`.
    """
    seconds: dict[A, list[B]] = defaultdict(list)
    for first, second in sorted(set(pairs)):
        seconds[first].append(second)
    for first, all_of_it in seconds.items():
        for some in chunks(all_of_it):
            yield first, some

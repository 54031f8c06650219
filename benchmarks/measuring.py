"""Measuring: what one round gives, contenders paired in alternating rounds, and the table that shows them.

Every round runs in a process of its own, so that its processor time and memory are its own. Rates depend on who else
uses the machine; processor time per item and ratios within one run are the sturdy figures.
"""

import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
_SYNCS = 50


@dataclass(slots=True)
class Sample:
    """One round of one contender: `items` done in `seconds` of wall clock and `cpu` seconds of this process.

    `more` holds whatever else the benchmark measures, by name.
    """

    items: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    more: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Items per second."""
        return self.items / self.seconds if self.seconds else 0.0

    @property
    def cpu_us(self) -> float:
        """Microseconds of processor time per item."""
        return self.cpu / self.items * 1e6 if self.items else 0.0


Contender = Callable[[], Sample]


@contextmanager
def measured(items: int) -> Iterator[Sample]:
    """Time the block: a `Sample` of `items`, with the growth and the height of memory in MiB."""
    sample = Sample(items)
    before = _reset_peak()
    cpu, wall = time.process_time(), time.perf_counter()
    yield sample
    sample.seconds, sample.cpu = time.perf_counter() - wall, time.process_time() - cpu
    sample.more["rss_mib"] = peak_mib()
    sample.more["growth_mib"] = max(0.0, sample.more["rss_mib"] - before)


def paired(contenders: Mapping[str, Contender], rounds: int) -> dict[str, Sample]:
    """Each contender's median round by rate, the contenders taking turns: A B A B, so that a slow minute hits all.

    A contender must be importable by name (a function of a module, or a `partial` of one).
    """
    taken: dict[str, list[Sample]] = {name: [] for name in contenders}
    for turn in range(rounds):
        for name, contender in contenders.items():
            print(f"  … {name}, round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
            taken[name].append(in_child(contender))
    return {name: sorted(samples, key=lambda one: one.rate)[len(samples) // 2] for name, samples in taken.items()}


def in_child(function: Callable[[], Sample]) -> Sample:
    """Run in a fresh process and bring the answer back."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function).result()


def table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str | float]]) -> None:
    """Print a table: the first column is a name, the others are figures."""
    cells = [[one if isinstance(one, str) else figure(one) for one in row] for row in rows]
    widths = [max(len(row[place]) for row in [list(headings), *cells]) for place in range(len(headings))]
    print(f"\n{title}")
    for row in [list(headings), ["-" * width for width in widths], *cells]:
        figures = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        print("  ".join([row[0].ljust(widths[0]), *figures]))


def figure(number: float) -> str:
    """Three significant digits, thousands separated."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def times(ours: Sample, peer: Sample) -> float:
    """How many times the peer's rate ours is."""
    return ours.rate / peer.rate if peer.rate else 0.0


def as_dict(samples: Mapping[str, Sample]) -> dict[str, Any]:
    return {
        name: {"items": one.items, "per_second": one.rate, "cpu_us": one.cpu_us, **one.more}
        for name, one in samples.items()
    }


def peak_mib() -> float:
    """The most memory this process has held at once since the last reset."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (MIB if sys.platform == "darwin" else 1024)


def _reset_peak() -> float:
    """Start a new peak at what is held now, where the system lets us; returns it in MiB."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists() and os.access(clear, os.W_OK):
        clear.write_text("5")
    return peak_mib()


def machine() -> str:
    """What the figures below depend on most: processors, interpreter, and how long this disk takes to make sure."""
    with tempfile.NamedTemporaryFile() as file:
        begun = time.perf_counter()
        for _ in range(_SYNCS):
            os.write(file.fileno(), b"x" * 4096)
            os.fsync(file.fileno())
        sync = (time.perf_counter() - begun) / _SYNCS
    version = ".".join(map(str, sys.version_info[:3]))
    return f"{os.cpu_count()} processors, Python {version}, {sys.platform}; fsync {sync * 1000:.2f} ms"

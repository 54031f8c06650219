"""Pages of one notice: a thousand people look at it within half a minute while answers come in, a thousand pages of
staff stay open to be kept up to date; then how many pages a second one process makes at most. Beside each a bare
handler of the same framework that gives a ready page of the same size.

The pages run in a process of their own, as in a commune; whoever looks is another, on another core.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import places
from benchmarks.measuring import Sample, as_dict, in_child, table
from benchmarks.page_server import Served, served
from benchmarks.places import Size
from bot.web.office.cookie import COOKIE

SIZE = Size(villages=4, groups=36, households=1_490)
IN_FLIGHT = 8  # when asked for as many as can be
EACH = 10  # streams of one session


@dataclass(frozen=True, slots=True)
class Load:
    """`viewers` come evenly `within` so many seconds, while `streams` are open; then `most` pages as fast as can be."""

    viewers: int
    within: float
    streams: int
    most: int


def run(*, quick: bool = False) -> dict[str, Any]:
    """Keys: a page, or its bare peer; values: `p50_ms`, `p95_ms` of a viewer, `per_second` at most, `kb`, `told`."""
    load = Load(60, 2.0, 20, 60) if quick else Load(1_000, 30.0, 1_000, 300)
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        template = Path(folder) / "template.db"
        places.lay_out(template, SIZE)
        samples = {}
        for name in ADDRESSES:
            print(f"  … {name}", file=sys.stderr, flush=True)
            samples[name] = in_child(partial(look, template, name, load))
    table(
        f"Pages of one notice: {load.viewers:,} viewers within {load.within:.0f} s, {load.streams:,} kept up to date",
        ["", "kB", "p50 ms", "p95 ms", "x bare", "pages/s", "x bare"],
        [_line(name, one, samples[f"{name.partition(',')[0]}, bare"]) for name, one in samples.items()],
    )
    return as_dict(samples)


def _line(name: str, one: Sample, bare: Sample) -> list[str | float]:
    more = one.more
    slower = more["p95_ms"] / bare.more["p95_ms"]
    return [name, more["kb"], more["p50_ms"], more["p95_ms"], slower, one.rate, one.rate / bare.rate]


# What is asked for, given the size of the real page.
ADDRESSES: dict[str, Callable[[Served, int], str]] = {
    "board": lambda site, size: f"{site.url}/n/{site.code}",
    "board, bare": lambda site, size: f"{site.bare}/page?size={size}",
    "staff": lambda site, size: f"{site.url}/notices/{site.code}",
    "staff, bare": lambda site, size: f"{site.bare}/page?size={size}",
}


def look(template: Path, name: str, load: Load) -> Sample:
    """One contender, on a fresh copy. Streams are open beside staff's own page only."""
    page = name.partition(",")[0]
    streams = load.streams if name == "staff" else 0
    with served(places.copy(template, "pages"), SIZE, max(1, -(-streams // EACH))) as site:
        return asyncio.run(_look(site, ADDRESSES[page](site, 0), ADDRESSES[name], load, streams))


async def _look(site: Served, real: str, address: Callable[[Served, int], str], load: Load, streams: int) -> Sample:
    connector = aiohttp.TCPConnector(limit=0)
    cookies = {COOKIE: site.secrets[0]}
    async with aiohttp.ClientSession(connector=connector, cookies=cookies) as browsers:
        size = len(await _get(browsers, real))
        asked = address(site, size)
        async with _watching(site, streams) as told:
            times = await _come(browsers, asked, load)
            begun = time.perf_counter()
            await _hammer(browsers, asked, load.most)
            seconds = time.perf_counter() - begun
    if streams and not told:
        raise AssertionError("no open page was told anything")
    cut = statistics.quantiles(times, n=20)
    more = {"kb": size / 1000, "p50_ms": 1000 * cut[9], "p95_ms": 1000 * cut[18], "told": float(len(told))}
    return Sample(load.most, seconds, more=more)


async def _get(browsers: aiohttp.ClientSession, address: str) -> bytes:
    async with browsers.get(address) as answer:
        answer.raise_for_status()
        return await answer.read()


async def _come(browsers: aiohttp.ClientSession, address: str, load: Load) -> list[float]:
    """Seconds each viewer waited for the whole page; they come whether the ones before have it or not."""

    async def one(at: float) -> float:
        await asyncio.sleep(at)
        begun = time.perf_counter()
        await _get(browsers, address)
        return time.perf_counter() - begun

    return await asyncio.gather(*(one(load.within * place / load.viewers) for place in range(load.viewers)))


async def _hammer(browsers: aiohttp.ClientSession, address: str, count: int) -> None:
    left = iter(range(count))

    async def worker() -> None:
        for _ in left:
            await _get(browsers, address)

    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))


@asynccontextmanager
async def _watching(site: Served, count: int) -> AsyncIterator[list[int]]:
    """So many open pages of staff; gives what they were told, a line each."""
    told: list[int] = []
    ready = asyncio.Semaphore(0)

    async def watch(browsers: aiohttp.ClientSession, secret: str) -> None:
        headers = {"Cookie": f"{COOKIE}={secret}"}
        async with browsers.get(f"{site.url}/notices/{site.code}/events", headers=headers) as answer:
            answer.raise_for_status()
            ready.release()
            async for line in answer.content:
                if line.startswith(b"data:"):
                    told.append(len(line))

    unlimited = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=unlimited) as browsers:
        watchers = [asyncio.create_task(watch(browsers, site.secrets[place // EACH])) for place in range(count)]
        for _ in watchers:
            await ready.acquire()
        yield told
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)

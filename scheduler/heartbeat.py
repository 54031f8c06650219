"""APScheduler as a metronome: a few in-memory interval jobs. What is due lives in our tables, never in its store."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from db.engine import Database
from scheduler import broadcasts, upkeep
from scheduler.broadcasts import Check
from scheduler.clock import Clock

log = logging.getLogger(__name__)

DUE_EVERY = 1.0  # seconds
LEASES_EVERY = 5.0
EXPIRE_EVERY = 20.0
FORGET_EVERY = 3600.0
LAST_BEAT = 10.0  # seconds the beats under way have to end when the service stops


class Heartbeat(AsyncIOScheduler):  # type: ignore[misc] # the library has no types
    """A scheduler that ends between its beats: its own way is to cancel those under way, with a traceback for each."""

    def __init__(self) -> None:
        # Its defaults drop a job that is one second late; ours is late now and then and must still run, once.
        super().__init__(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._under_way: set[asyncio.Task[None] | None] = set()

    async def stop(self, seconds: float = LAST_BEAT) -> None:
        """No more beats. Those under way are let finish; what has not after `seconds` is cut short."""
        self.pause()
        await asyncio.sleep(0)  # a beat that was struck a moment ago begins, and is seen to be under way
        if under_way := list(filter(None, self._under_way)):
            await asyncio.wait(under_way, timeout=seconds)
        self.shutdown(wait=False)

    def every(self, seconds: float, name: str, step: Callable[[], Awaitable[object]]) -> None:
        """Take this step again and again, whatever becomes of one of them."""
        self.add_job(self.outliving(name, step), "interval", seconds=seconds, id=name, replace_existing=True)

    def outliving(self, name: str, step: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        """A failed beat is logged and the next one comes all the same."""

        async def run() -> None:
            this = asyncio.current_task()
            self._under_way.add(this)
            try:
                await step()
            except asyncio.CancelledError:  # the library would print it as a fault; its task ends here either way
                log.warning("%s was cut short", name, extra={"action": "beat_cut_short"})
            except Exception:
                log.exception("%s failed; it runs again shortly", name, extra={"action": "beat_failed"})
            finally:
                self._under_way.discard(this)

        return run


def heartbeat(
    database: Database, clock: Clock, ring: Callable[[], None], check: Check = broadcasts.anything
) -> Heartbeat:
    """A scheduler ready to start: makes due broadcasts, frees leases, expires and forgets. `ring` wakes dispatchers;
    `check` is asked before a broadcast goes out."""
    scheduler = Heartbeat()

    async def make_due() -> None:
        if await broadcasts.publish_due(database, clock(), check):
            ring()

    async def release() -> None:
        if await upkeep.release_leases(database, clock()):
            ring()

    scheduler.every(DUE_EVERY, "make due", make_due)
    scheduler.every(LEASES_EVERY, "release leases", release)
    scheduler.every(EXPIRE_EVERY, "expire", _at(upkeep.expire, database, clock))
    scheduler.every(FORGET_EVERY, "forget answers", _at(upkeep.forget_answers, database, clock))
    scheduler.every(FORGET_EVERY, "forget updates", _at(upkeep.forget_updates, database, clock))
    scheduler.every(FORGET_EVERY, "forget presses", _at(upkeep.forget_presses, database, clock))
    scheduler.every(FORGET_EVERY, "forget questions", _at(upkeep.forget_questions, database, clock))
    scheduler.every(FORGET_EVERY, "forget taps", _at(upkeep.forget_taps, database, clock))
    scheduler.every(FORGET_EVERY, "forget sessions", _at(upkeep.forget_sessions, database, clock))
    scheduler.every(FORGET_EVERY, "forget drafts", _at(upkeep.forget_drafts, database, clock))
    scheduler.every(FORGET_EVERY, "forget tidings", _at(upkeep.forget_tidings, database, clock))
    scheduler.every(FORGET_EVERY, "forget wishes", _at(upkeep.forget_wishes, database, clock))
    return scheduler


def _at(
    step: Callable[[Database, datetime], Awaitable[object]], database: Database, clock: Clock
) -> Callable[[], Awaitable[object]]:
    def run() -> Awaitable[object]:
        return step(database, clock())

    return run

"""The reapers: leases that ran out, deliveries past their use, old raw updates. Short, and safe in every process."""

import logging
from datetime import datetime, timedelta

from announcements.backoff import MOST_ATTEMPTS
from db import outbox, tidings
from db.access import api_answers, sessions
from db.announcing import drafts, lifecycle
from db.answering import deciding, taps
from db.engine import Database
from db.links import pending, wishes
from db.platforms import inbox

log = logging.getLogger(__name__)

TAPS_KEPT = timedelta(days=30)  # a telephone that was off for longer has lost its page
SESSIONS_KEPT = timedelta(days=30)  # after they were over: long enough to be asked about
DRAFTS_KEPT = timedelta(days=60)  # since they were last touched
DELETED_DRAFTS_KEPT = timedelta(days=1)  # long enough to want one back
PRESSES_KEPT = timedelta(days=30)  # of people who were never linked
QUESTIONS_KEPT = timedelta(days=30)  # what people wrote, after its notice was over: as long as they may ask again
TIDINGS_KEPT = timedelta(days=30)  # so long the same thing is not told again
INBOX_KEPT = timedelta(days=7)  # handled updates hold people's words: no longer than a fault needs to be found


async def release_leases(database: Database, now: datetime) -> int:
    """Deliveries whose sender went quiet: back to the queue when urgent, else shown as unconfirmed."""
    async with database.write() as connection:
        released = await outbox.release(connection, now, MOST_ATTEMPTS)
    if released:
        log.warning("%d deliveries had lost their sender", released, extra={"action": "leases_released"})
    return released


async def release_all_but(database: Database, now: datetime, lease: str) -> int:
    """At the start of the only process on this database: whatever is being sent by another is being sent by nobody."""
    async with database.write() as connection:
        return await outbox.release(connection, now, MOST_ATTEMPTS, only_living=lease)


async def expire(database: Database, now: datetime) -> int:
    """A meeting that has begun is never announced late, whether it waits to be sent or to be approved."""
    async with database.write() as connection:
        return await outbox.expire(connection, now) + await lifecycle.miss(connection, now)


async def forget_answers(database: Database, now: datetime) -> int:
    """What the API answered to requests that will hardly be repeated any more."""
    async with database.write() as connection:
        return await api_answers.forget(connection, now)


async def forget_updates(database: Database, now: datetime) -> int:
    async with database.write() as connection:
        return await inbox.forget(connection, now - INBOX_KEPT)


async def forget_presses(database: Database, now: datetime) -> int:
    """Presses of people who never said who they are, under notices that are over."""
    async with database.write() as connection:
        return await pending.forget(connection, now - PRESSES_KEPT, now)


async def forget_sessions(database: Database, now: datetime) -> int:
    """Sign-in links and sessions that were over long ago."""
    async with database.write() as connection:
        return await sessions.forget(connection, now - SESSIONS_KEPT)


async def forget_taps(database: Database, now: datetime) -> int:
    """Taps that nobody will send again."""
    async with database.write() as connection:
        return await taps.forget(connection, now - TAPS_KEPT)


async def forget_tidings(database: Database, now: datetime) -> int:
    """What staff were told of long ago."""
    async with database.write() as connection:
        return await tidings.forget(connection, now - TIDINGS_KEPT)


async def forget_questions(database: Database, now: datetime) -> int:
    """What people wrote of notices that are over, or long ago."""
    async with database.write() as connection:
        return await deciding.forget(connection, now, QUESTIONS_KEPT)


async def forget_wishes(database: Database, now: datetime) -> int:
    """What became of wishes, where it could not be said in time: the words name people."""
    async with database.write() as connection:
        return await wishes.forget(connection, now)


async def forget_drafts(database: Database, now: datetime) -> int:
    """Drafts that nobody went on with, that were sent, or that were deleted."""
    async with database.write() as connection:
        return await drafts.forget(connection, now - DRAFTS_KEPT, now - DELETED_DRAFTS_KEPT)

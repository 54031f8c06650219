"""Making due broadcasts, once: the snapshot of households, the counters and the deliveries in one transaction."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.types import AnnouncementState
from db import audit, locks, tidings
from db.announcing import drafts, fanout, lifecycle, notices
from db.announcing.notices import BroadcastRow
from db.engine import Database
from db.places import areas
from db.tidings import Tiding

log = logging.getLogger(__name__)


class TooFewLeft(Mistake):
    """An account's plan has not enough messages left for a broadcast; the sentence says how many it needs."""


# Asked before a broadcast is fanned out; raises `TooFewLeft`.
Check = Callable[[AsyncConnection, BroadcastRow], Awaitable[None]]


async def anything(_connection: AsyncConnection, _row: BroadcastRow) -> None:
    """No plan has a limit."""


async def publish_due(database: Database, now: datetime, check: Check = anything) -> list[int]:
    """Publish every broadcast whose time has come; returns the ids of those this call published.

    One that a plan has no room for goes back to its author, who is told. One that fails is logged and tried again at
    the next beat; it holds up none of the others.
    """
    async with database.read() as connection:
        due = await notices.due(connection, now)
    published = []
    for broadcast_id in due:
        try:
            async with database.write() as connection:
                fanned_out = await publish(connection, broadcast_id, now, check)
        except TooFewLeft as short:
            async with database.write() as connection:
                await _give_back(connection, broadcast_id, short.sentence, now)
            continue
        except Exception:
            log.exception("broadcast %d could not be published", broadcast_id, extra={"action": "publish_failed"})
            continue
        if fanned_out:
            published.append(broadcast_id)
    return published


async def _give_back(connection: AsyncConnection, broadcast_id: int, reason: str, now: datetime) -> None:
    """It does not go out: its author has it as a draft again, and is told why."""
    row = await notices.by_id(connection, broadcast_id)
    if not await lifecycle.leave(connection, row.id, {AnnouncementState.SCHEDULED}, AnnouncementState.RETURNED):
        return
    await drafts.hand_back(connection, row, reason, now)
    await audit.note(connection, at=now, actor="schedule", action="send back", subject=row.announcement)
    if row.created_by is not None:
        text = phrase("quota.sent_back", title=row.title, code=row.announcement, reason=reason)
        await tidings.put(connection, [Tiding(row.created_by, f"quota:{row.code}", (text,))], now)
    log.warning("broadcast %s was given back: a plan has no room for it", row.code,
                extra={"action": "broadcast_given_back"})  # fmt: skip


async def publish(connection: AsyncConnection, broadcast_id: int, now: datetime, check: Check = anything) -> bool:
    """Fan one broadcast out. False when somebody else did, or when it is too late for it to be of use. Raises what
    `check` raises."""
    row = await notices.by_id(connection, broadcast_id)
    if row.valid_until is not None and row.valid_until <= now:
        await notices.leave_scheduled(connection, broadcast_id, AnnouncementState.MISSED, now)
        log.warning("broadcast %s came after its validity and was not sent", row.code,
                    extra={"action": "broadcast_missed"})  # fmt: skip
        return False
    await check(connection, row)
    if not await notices.leave_scheduled(connection, broadcast_id, AnnouncementState.PUBLISHED, now):
        return False
    await locks.hold_tree(connection)
    top = await areas.in_use(connection, await notices.audience_of(connection, row.announcement_id))
    paths = [area.path for area in top]
    households = await fanout.snapshot(connection, broadcast_id, paths)
    await fanout.count_areas(connection, broadcast_id, [area.id for area in top], paths)
    await fanout.open_board(connection, broadcast_id, paths)
    deliveries = await fanout.queue(connection, broadcast_id, paths, priority=-row.urgency, now=now)
    log.info("broadcast %s: %d households, %d deliveries", row.code, households, deliveries,
             extra={"action": "broadcast_published"})  # fmt: skip
    return True

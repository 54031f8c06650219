"""Making due broadcasts, once: the snapshot of households, the counters and the deliveries in one transaction."""

import logging
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AnnouncementState
from db import areas, fanout, locks, notices
from db.engine import Database

log = logging.getLogger(__name__)


async def publish_due(database: Database, now: datetime) -> list[int]:
    """Publish every broadcast whose time has come; returns the ids of those this call published.

    One that fails is logged and tried again at the next beat; it holds up none of the others.
    """
    async with database.read() as connection:
        due = await notices.due(connection, now)
    published = []
    for broadcast_id in due:
        try:
            async with database.write() as connection:
                fanned_out = await publish(connection, broadcast_id, now)
        except Exception:
            log.exception("broadcast %d could not be published", broadcast_id, extra={"action": "publish_failed"})
            continue
        if fanned_out:
            published.append(broadcast_id)
    return published


async def publish(connection: AsyncConnection, broadcast_id: int, now: datetime) -> bool:
    """Fan one broadcast out. False when somebody else did, or when it is too late for it to be of use."""
    row = await notices.by_id(connection, broadcast_id)
    if row.valid_until is not None and row.valid_until <= now:
        await notices.leave_scheduled(connection, broadcast_id, AnnouncementState.MISSED, now)
        log.warning("broadcast %s came after its validity and was not sent", row.code,
                    extra={"action": "broadcast_missed"})  # fmt: skip
        return False
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

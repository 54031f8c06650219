"""The proof of the counters: the same figures recomputed from recipients and deliveries."""

from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import ARRIVED
from announcements.reach import Figures
from announcements.types import Outcome
from db.counting import reach
from db.places.areas import ancestors, last_id
from db.tables import t


async def figures(connection: AsyncConnection, broadcast_id: int) -> dict[int, Figures]:
    """What every area's counters should say, by area id."""
    rows = await reach.areas_of(connection, broadcast_id)
    paths = {row.area_id: row.path for row in rows}
    d, r = t.delivery, t.recipient
    reached = set(
        (
            await connection.execute(
                select(d.c.area_id).where(d.c.broadcast_id == broadcast_id, d.c.state.in_(ARRIVED))
            )
        ).scalars()
    )
    sums = {area_id: Figures() for area_id in paths}
    counted = await connection.execute(
        select(r.c.area_id, r.c.outcome, r.c.reachable, func.count())
        .where(r.c.broadcast_id == broadcast_id)
        .group_by(r.c.area_id, r.c.outcome, r.c.reachable)
    )
    for area_id, outcome, reachable, households in counted:
        above = [last_id(path) for path in ancestors(paths[area_id])]
        own = _own(outcome, households, reachable=reachable, sent=bool(reached.intersection(above)))
        for up in above:
            if up in sums:
                sums[up] = sums[up] + own
    return sums


def _own(outcome: Outcome, households: int, *, reachable: bool, sent: bool) -> Figures:
    in_column = Counter({outcome: households})
    return Figures(
        audience=households,
        reachable=households if reachable else 0,
        sent=households if sent else 0,
        acknowledged=in_column[Outcome.ACKNOWLEDGED],
        told_in_person=in_column[Outcome.TOLD],
        not_reached=in_column[Outcome.NOT_REACHED],
    )


async def differences(connection: AsyncConnection, broadcast_id: int) -> dict[str, tuple[Figures, Figures]]:
    """Areas whose counters are wrong: by code, what they say and what they should. Empty is the only good answer."""
    right = await figures(connection, broadcast_id)
    return {
        row.code: (row.figures, right[row.area_id])
        for row in await reach.areas_of(connection, broadcast_id)
        if row.figures != right[row.area_id]
    }

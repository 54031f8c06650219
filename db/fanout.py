"""Fan-out: the snapshot of recipients, the counters by area and the deliveries of one broadcast, set-based.

A million recipients never pass through Python: each step is one INSERT … SELECT (two small loops over the levels of
the tree, of which there are three or four). Called by `scheduler/broadcasts.py` inside the transaction that publishes.
"""

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import NO_CHAT_DEVICES, ChannelKind, DeliveryState, Outcome
from db.areas import STEP, below
from db.tables import IdentityState, t

BOARD = "board"  # the account of the embedded default channel
DEEPEST = 8  # levels a tree may have


async def snapshot(connection: AsyncConnection, broadcast_id: int, paths: list[str]) -> int:
    """Freeze who is in the audience below `paths`; returns how many households. Late joiners never slip in."""
    h, area = t.household, t.area
    served = select(area.c.id).where(below(area.c.path, paths), _has_chat(area.c.path)).subquery()
    can_read = or_(
        exists().where(t.identity.c.household_id == h.c.id, t.identity.c.state == IdentityState.LINKED),
        exists().where(t.card.c.household_id == h.c.id, t.card.c.revoked_at.is_(None)),
        and_(served.c.id.is_not(None), h.c.device.not_in(NO_CHAT_DEVICES)),
    )
    rows = (
        select(literal(broadcast_id), h.c.id, h.c.area_id, can_read, literal(Outcome.OPEN.value, String), literal(""))
        .join(area, area.c.id == h.c.area_id)
        .outerjoin(served, served.c.id == h.c.area_id)
        .where(h.c.left_at.is_(None), below(area.c.path, paths))
    )
    columns = ["broadcast_id", "household_id", "area_id", "reachable", "outcome", "channel"]
    return (await connection.execute(t.recipient.insert().from_select(columns, rows, include_defaults=False))).rowcount


def _has_chat(path: ColumnElement[str]) -> ColumnElement[bool]:
    """A condition: an active chat that is not the board serves the area at `path` or one above it."""
    above, chat = t.area.alias("above"), t.chat
    prefixes = [func.substr(path, 1, level * STEP) for level in range(1, DEEPEST + 1)]
    return exists().where(
        chat.c.area_id == above.c.id,
        above.c.path.in_(prefixes),
        chat.c.active,
        chat.c.lost_reason == "",
        chat.c.channel != ChannelKind.BOARD,
    )


async def count_areas(connection: AsyncConnection, broadcast_id: int, top: list[int], paths: list[str]) -> None:
    """Write the counters of every area of the audience, from the leaves up to `top`."""
    area, r = t.area, t.recipient
    own = (
        select(
            r.c.area_id,
            func.count().label("audience"),
            func.sum(case((r.c.reachable, 1), else_=0)).label("reachable"),
        )
        .where(r.c.broadcast_id == broadcast_id)
        .group_by(r.c.area_id)
        .subquery("own")
    )
    leaves = select(area.c.path, own.c.audience, own.c.reachable).join(own, own.c.area_id == area.c.id).cte("leaves")
    per_level = []
    for level in range(1, DEEPEST + 1):
        prefix = func.substr(leaves.c.path, 1, level * STEP)
        per_level.append(
            select(prefix.label("path"), func.sum(leaves.c.audience).label("audience"),
                   func.sum(leaves.c.reachable).label("reachable"))
            .where(func.length(leaves.c.path) >= level * STEP)
            .group_by(prefix)
        )  # fmt: skip
    sums = union_all(*per_level).subquery("sums")
    rows = (
        select(literal(broadcast_id), area.c.id, area.c.path, area.c.code, area.c.name, area.c.kind,
               case((area.c.id.in_(top), None), else_=area.c.parent_id), area.c.position,
               func.coalesce(sums.c.audience, 0), func.coalesce(sums.c.reachable, 0),
               literal(0), literal(0), literal(0), literal(0))
        .outerjoin(sums, sums.c.path == area.c.path)
        .where(below(area.c.path, paths), area.c.retired_at.is_(None))
    )  # fmt: skip
    columns = ["broadcast_id", "area_id", "path", "code", "name", "kind", "parent_id", "position", "audience",
               "reachable", "sent", "acknowledged", "told", "not_reached"]  # fmt: skip
    await connection.execute(t.reach.insert().from_select(columns, rows, include_defaults=False))


async def open_board(connection: AsyncConnection, broadcast_id: int, paths: list[str]) -> None:
    """Make sure every audience area that has households of its own and no other chat has its board."""
    area, reach = t.area, t.reach
    rows = (
        select(literal(BOARD), literal(ChannelKind.BOARD.value, String), area.c.code, area.c.name, area.c.id,
               literal(True), literal(""))
        .join(reach, and_(reach.c.area_id == area.c.id, reach.c.broadcast_id == broadcast_id))
        .where(reach.c.audience > 0, _is_leaf(broadcast_id), ~_has_chat(area.c.path))
    )  # fmt: skip
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    columns = ["account", "channel", "address", "title", "area_id", "active", "lost_reason"]
    await connection.execute(insert(t.chat).from_select(columns, rows, include_defaults=False).on_conflict_do_nothing())


def _is_leaf(broadcast_id: int) -> ColumnElement[bool]:
    r = t.recipient.alias("own_households")
    return exists().where(r.c.broadcast_id == broadcast_id, r.c.area_id == t.area.c.id)


async def queue(
    connection: AsyncConnection, broadcast_id: int, paths: list[str], *, priority: int, now: datetime
) -> int:
    """One delivery for each active chat below `paths`; the board only where nothing else serves. Returns how many."""
    chat, area = t.chat, t.area
    rows = (
        select(literal(broadcast_id), chat.c.id, chat.c.account, literal(DeliveryState.QUEUED.value, String),
               literal(priority, Integer), literal(0), bindparam("now", now, t.delivery.c.next_at.type),
               literal(""), literal(0), bindparam("now2", now, t.delivery.c.changed_at.type), literal(""))
        .join(area, area.c.id == chat.c.area_id)
        .where(
            chat.c.active,
            below(area.c.path, paths),
            or_(chat.c.channel != ChannelKind.BOARD, and_(_is_leaf(broadcast_id), ~_has_chat(area.c.path))),
        )
    )  # fmt: skip
    columns = ["broadcast_id", "chat_id", "account", "state", "priority", "attempts", "next_at", "posted", "shown",
               "changed_at", "error"]  # fmt: skip
    return (await connection.execute(t.delivery.insert().from_select(columns, rows, include_defaults=False))).rowcount

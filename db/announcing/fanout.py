"""Fan-out: the snapshot of recipients, the counters by area and the deliveries of one broadcast, set-based.

A million recipients never pass through Python: each step is one INSERT … SELECT, and the counters climb the tree one
level at a time. Called by `scheduler/broadcasts.py` inside the transaction that publishes.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import NO_CHAT_DEVICES, ChannelKind, DeliveryState, Outcome
from db.places.areas import below
from db.tables import IdentityState, t

BOARD = "board"  # the account of the embedded default channel
ASSISTED = "assisted"  # the account of chats that people post to by hand


def _served(paths: list[str]) -> Subquery:
    """Ids of the areas below `paths` that a working chat (not the board) gets this broadcast for.

    The chat may be of an area above, but only of one in the audience: a village's chat is not written to when the
    notice is for one of its groups.
    """
    chat, top, area = t.chat, t.area.alias("with_chat"), t.area.alias("under_it")
    with_chat = (
        select(top.c.id)
        .join(chat, chat.c.area_id == top.c.id)
        .where(
            below(top.c.path, paths),
            chat.c.active,
            ~chat.c.reserve,
            chat.c.lost_reason == "",
            chat.c.channel != ChannelKind.BOARD,
        )
    )
    # Nested, or SQLite's driver would not count the rows of an INSERT that begins with WITH.
    served = with_chat.cte("served", recursive=True, nesting=True)
    served = served.union(select(area.c.id).join(served, area.c.parent_id == served.c.id))
    # To be joined: PostgreSQL reads the whole of an IN (…) again for each row once it looks too long for its memory.
    return select(served.c.id).subquery("served_areas")


async def snapshot(connection: AsyncConnection, broadcast_id: int, paths: list[str]) -> int:
    """Freeze who is in the audience below `paths`; returns how many households. Late joiners never slip in."""
    h, area = t.household, t.area
    served = _served(paths)
    can_read = or_(
        and_(served.c.id.is_not(None), h.c.device.not_in(NO_CHAT_DEVICES)),
        exists().where(t.identity.c.household_id == h.c.id, t.identity.c.state == IdentityState.LINKED),
        exists().where(t.card.c.household_id == h.c.id, t.card.c.revoked_at.is_(None)),
    )
    rows = (
        select(literal(broadcast_id), h.c.id, h.c.area_id, can_read, literal(Outcome.OPEN.value, String), literal(""))
        .join(area, area.c.id == h.c.area_id)
        .outerjoin(served, served.c.id == h.c.area_id)
        .where(h.c.left_at.is_(None), below(area.c.path, paths))
        .order_by(h.c.id)
    )
    columns = ["broadcast_id", "household_id", "area_id", "reachable", "outcome", "channel"]
    return await _insert(connection, t.recipient, columns, rows)


async def count_areas(connection: AsyncConnection, broadcast_id: int, top: list[int], paths: list[str]) -> None:
    """Write the counters of every area of the audience, from the leaves up to `top`."""
    await _own_counts(connection, broadcast_id, top, paths)
    r, area = t.reach, t.area
    here = r.c.broadcast_id == broadcast_id
    depth = func.length(r.c.path)
    levels = (await connection.execute(select(depth).where(here).distinct().order_by(depth.desc()))).scalars().all()
    for level in levels[1:]:  # the deepest have nothing below
        child = r.alias("child")
        under = (child.c.broadcast_id == broadcast_id, child.c.parent_id == r.c.area_id)
        await connection.execute(
            update(r)
            .where(here, depth == level, exists().where(*under))
            .values(
                audience=r.c.audience + select(func.sum(child.c.audience)).where(*under).scalar_subquery(),
                reachable=r.c.reachable + select(func.sum(child.c.reachable)).where(*under).scalar_subquery(),
            )
        )
    retired = select(area.c.id).where(area.c.retired_at.is_not(None))
    await connection.execute(r.delete().where(here, r.c.audience == 0, r.c.area_id.in_(retired)))


async def _own_counts(connection: AsyncConnection, broadcast_id: int, top: list[int], paths: list[str]) -> None:
    """A row for every area of the audience that counts only the households living right in it."""
    area, r = t.area, t.recipient
    own = (
        select(
            r.c.area_id,
            func.count().label("audience"),
            func.sum(case((r.c.reachable, 1), else_=0)).label("reachable"),
        )
        .where(r.c.broadcast_id == broadcast_id)
        .group_by(r.c.area_id)
        .cte("own")
    )
    rows = (
        select(literal(broadcast_id), area.c.id, area.c.path, area.c.code, area.c.name, area.c.kind,
               case((area.c.id.in_(top), None), else_=area.c.parent_id), area.c.position,
               func.coalesce(own.c.audience, 0), func.coalesce(own.c.reachable, 0),
               literal(0), literal(0), literal(0), literal(0))
        .outerjoin(own, own.c.area_id == area.c.id)
        .where(below(area.c.path, paths))
    )  # fmt: skip
    columns = ["broadcast_id", "area_id", "path", "code", "name", "kind", "parent_id", "position", "audience",
               "reachable", "sent", "acknowledged", "told", "not_reached"]  # fmt: skip
    await connection.execute(t.reach.insert().from_select(columns, rows, include_defaults=False))


async def open_board(connection: AsyncConnection, broadcast_id: int, paths: list[str]) -> None:
    """Make sure every audience area that has households of its own and no other chat has its board."""
    area, reach, served = t.area, t.reach, _served(paths)
    rows = (
        select(literal(BOARD), literal(ChannelKind.BOARD.value, String), area.c.code, area.c.name, area.c.id,
               literal(True), literal(False), literal(""))
        .join(reach, and_(reach.c.area_id == area.c.id, reach.c.broadcast_id == broadcast_id))
        .outerjoin(served, served.c.id == area.c.id)
        .where(reach.c.audience > 0, served.c.id.is_(None), _lived_in())
    )  # fmt: skip
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    columns = ["account", "channel", "address", "title", "area_id", "active", "reserve", "lost_reason"]
    await connection.execute(insert(t.chat).from_select(columns, rows, include_defaults=False).on_conflict_do_nothing())


def _lived_in() -> ColumnElement[bool]:
    """A condition on the area: households live right in it."""
    h = t.household
    return exists().where(h.c.area_id == t.area.c.id, h.c.left_at.is_(None))


async def queue(
    connection: AsyncConnection, broadcast_id: int, paths: list[str], *, priority: int, now: datetime
) -> int:
    """One delivery for each active chat below `paths` that is not in reserve; the board only where nothing else serves.
    Returns how many."""
    chat, area, served = t.chat, t.area, _served(paths)
    rows = (
        select(literal(broadcast_id), chat.c.id, chat.c.area_id, chat.c.account,
               literal(DeliveryState.QUEUED.value, String), literal(priority, Integer), literal(0),
               bindparam("now", now, t.delivery.c.next_at.type), literal(""), literal(False), literal(0),
               bindparam("now2", now, t.delivery.c.changed_at.type), literal(""))
        .join(area, area.c.id == chat.c.area_id)
        .outerjoin(served, served.c.id == area.c.id)
        .where(
            chat.c.active,
            ~chat.c.reserve,
            below(area.c.path, paths),
            or_(chat.c.channel != ChannelKind.BOARD, and_(served.c.id.is_(None), _lived_in())),
        )
        .order_by(chat.c.id)
    )  # fmt: skip
    columns = ["broadcast_id", "chat_id", "area_id", "account", "state", "priority", "attempts", "next_at", "posted",
               "doubtful", "shown", "changed_at", "error"]  # fmt: skip
    return await _insert(connection, t.delivery, columns, rows)


async def chats_by_account(connection: AsyncConnection, paths: list[str], accounts: list[str]) -> dict[str, int]:
    """How many chats `queue` would write to through each of these accounts."""
    chat, area = t.chat, t.area
    rows = await connection.execute(
        select(chat.c.account, func.count().label("n"))
        .join(area, area.c.id == chat.c.area_id)
        .where(chat.c.account.in_(accounts), chat.c.active, ~chat.c.reserve, below(area.c.path, paths))
        .group_by(chat.c.account)
    )
    return {row.account: row.n for row in rows}


async def _insert(connection: AsyncConnection, table: Table, columns: list[str], rows: Select[Any]) -> int:
    statement = table.insert().from_select(columns, rows, include_defaults=False)
    # Rows are otherwise counted only for UPDATE and DELETE, and to have a million of them returned costs seconds.
    return (await connection.execute(statement, execution_options={"preserve_rowcount": True})).rowcount

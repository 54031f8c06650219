"""Chats: which serves which area, where it moved, how it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import ARRIVED
from announcements.types import ChannelKind
from db.dispatch import lost_buttons
from db.tables import t


@dataclass(frozen=True, slots=True)
class ChatRow:
    id: int
    account: str
    channel: ChannelKind
    address: str
    title: str
    area_id: int
    area_code: str
    area_name: str
    path: str
    active: bool
    lost_reason: str
    lost_at: datetime | None
    reserve: bool = False  # takes over, and gets nothing by itself


def _rows() -> Any:
    chat, area = t.chat, t.area
    return select(chat.c.id, chat.c.account, chat.c.channel, chat.c.address, chat.c.title, area.c.id, area.c.code,
                  area.c.name, area.c.path, chat.c.active, chat.c.lost_reason,
                  chat.c.lost_at, chat.c.reserve).join(area, area.c.id == chat.c.area_id)  # fmt: skip


async def everything(connection: AsyncConnection) -> list[ChatRow]:
    """All chats people can see; the board's own are not listed."""
    rows = await connection.execute(
        _rows().where(t.chat.c.channel != ChannelKind.BOARD).order_by(t.area.c.path, t.chat.c.id)
    )
    return [ChatRow(*row) for row in rows]


async def announced_in(connection: AsyncConnection, account: str, since: datetime) -> list[str]:
    """The addresses of an account's chats, in use, that got a notice after `since`."""
    chat, d, b = t.chat, t.delivery, t.broadcast
    got_one = exists().where(d.c.chat_id == chat.c.id, d.c.state.in_(ARRIVED), d.c.broadcast_id == b.c.id,
                             b.c.published_at > since)  # fmt: skip
    rows = await connection.execute(
        select(chat.c.address).where(chat.c.account == account, chat.c.active, got_one).order_by(chat.c.id)
    )
    return list(rows.scalars())


async def add(
    connection: AsyncConnection, *, account: str, channel: ChannelKind, address: str, area_id: int, title: str,
    reserve: bool = False,
) -> ChatRow:  # fmt: skip
    """A chat serves an area from now on; a chat we knew is moved to it."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {"account": account, "channel": channel, "address": address, "area_id": area_id, "title": title,
              "active": True, "reserve": reserve, "lost_reason": "", "lost_at": None}  # fmt: skip
    changed = {name: value for name, value in values.items() if name not in ("account", "channel", "address")}
    await connection.execute(
        insert(t.chat).values(values).on_conflict_do_update(index_elements=["account", "address"], set_=changed)
    )
    row = await connection.execute(_rows().where(t.chat.c.account == account, t.chat.c.address == address))
    return ChatRow(*row.one())


async def change(
    connection: AsyncConnection, chat_id: int, *, area_id: int, title: str, active: bool, reserve: bool
) -> ChatRow:
    """Write which area a chat serves, its title, whether it is in use, and only in reserve; its address and health
    stay."""
    values = {"area_id": area_id, "title": title, "active": active, "reserve": reserve}
    await connection.execute(update(t.chat).where(t.chat.c.id == chat_id).values(values))
    return ChatRow(*(await connection.execute(_rows().where(t.chat.c.id == chat_id))).one())


async def by_id(connection: AsyncConnection, chat_id: int) -> ChatRow | None:
    row = (await connection.execute(_rows().where(t.chat.c.id == chat_id))).first()
    return None if row is None else ChatRow(*row)


@dataclass(frozen=True, slots=True)
class Move:
    """An intent: told by an error or by either service message, in any order and more than once."""

    account: str
    old: str
    new: str
    at: datetime


async def move(connection: AsyncConnection, intents: Sequence[Move]) -> list[bool]:
    """Chats got new addresses; the old ones are kept as aliases. False for a chat we don't know (any more)."""
    return [await _move(connection, intent) for intent in intents]


async def _move(connection: AsyncConnection, intent: Move) -> bool:
    chat, alias = t.chat, t.old_address
    if intent.old == intent.new:
        return False
    old = await by_address(connection, intent.account, intent.old)
    if old is None:
        return False
    new = await by_address(connection, intent.account, intent.new)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    await connection.execute(
        insert(alias)
        .values(account=intent.account, address=intent.old, chat_id=new.id if new else old.id)
        .on_conflict_do_nothing()
    )
    change: dict[str, object] = {"active": False}
    if new is None:
        change = {"address": intent.new, "lost_reason": "", "lost_at": None}
    await connection.execute(update(chat).where(chat.c.id == old.id).values(change))
    await lost_buttons.lose(connection, old.id, intent.at)  # messages of the old chat can't be edited under the new id
    return True


@dataclass(frozen=True, slots=True)
class Health:
    """An intent. `reason` is what the last refusal said of the chat; empty: it takes messages."""

    chat_id: int
    reason: str
    at: datetime


async def note_health(connection: AsyncConnection, intents: Sequence[Health]) -> list[None]:
    for intent in intents:
        await connection.execute(
            update(t.chat)
            .where(t.chat.c.id == intent.chat_id)
            .values(lost_reason=intent.reason, lost_at=intent.at if intent.reason else None)
        )
    return [None] * len(intents)


async def by_address(connection: AsyncConnection, account: str, address: str) -> ChatRow | None:
    row = (
        await connection.execute(_rows().where(t.chat.c.account == account, t.chat.c.address == address))
    ).first()  # fmt: skip
    return None if row is None else ChatRow(*row)

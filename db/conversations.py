"""Where people are in their conversations with the bot: read and kept here, so that a restart interrupts nobody.

Called by `bot/conversations/`, which gives `topic` and `state` their meaning.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from db.tables import t


@dataclass(frozen=True, slots=True)
class Talked:
    """What was kept of one person's conversation. `state` holds JSON values only."""

    topic: str
    state: dict[str, Any]
    updated_at: datetime


async def load(
    connection: AsyncConnection, channel: ChannelKind, external_id: str, *, since: datetime, lock: bool = False
) -> Talked | None:
    """Where this person is, or None when nothing was kept since `since`. `lock` holds it until the transaction ends."""
    c = t.conversation
    query = select(c.c.topic, c.c.state, c.c.updated_at).where(
        c.c.channel == channel, c.c.external_id == external_id, c.c.updated_at >= since
    )
    if lock and connection.dialect.name == "postgresql":
        query = query.with_for_update()
    row = (await connection.execute(query)).first()
    return None if row is None else Talked(*row)


async def keep(
    connection: AsyncConnection,
    channel: ChannelKind,
    external_id: str,
    *,
    topic: str,
    state: dict[str, Any],
    now: datetime,
) -> None:
    """This person is here now; what was kept before is gone."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {"topic": topic, "state": state, "updated_at": now}
    await connection.execute(
        insert(t.conversation)
        .values(channel=channel, external_id=external_id, **values)
        .on_conflict_do_update(index_elements=["channel", "external_id"], set_=values)
    )


async def leave(connection: AsyncConnection, channel: ChannelKind, external_id: str) -> None:
    """The conversation is over."""
    c = t.conversation
    await connection.execute(c.delete().where(c.c.channel == channel, c.c.external_id == external_id))

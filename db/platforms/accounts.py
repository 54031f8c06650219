"""What was last learnt of each account: its public name, whether it works."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from db.tables import t

# What a send has shown is believed for so long against a look that finds nothing wrong: a bot whose quota is used up
# still says its name.
SENDS_KNOW_BETTER = timedelta(seconds=150)


@dataclass(frozen=True, slots=True)
class Health:
    """An intent. `reason` empty: the account works. `by_sending`: a send has shown it, not a look."""

    name: str
    at: datetime
    reason: str = ""
    public_name: str = ""
    by_sending: bool = False


async def register(connection: AsyncConnection, name: str, channel: ChannelKind) -> None:
    """Make sure an account of the configuration has its row."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    await connection.execute(
        insert(t.account)
        .values(name=name, channel=channel, public_name="", down_reason="")
        .on_conflict_do_update(index_elements=["name"], set_={"channel": channel})
    )


async def note_health(connection: AsyncConnection, intents: Sequence[Health]) -> list[None]:
    """Keep the latest word on accounts; `down_since` is when the present trouble began."""
    a = t.account
    for intent in intents:
        values: dict[str, Any] = {"checked_at": intent.at}
        if intent.public_name:
            values["public_name"] = intent.public_name
        values |= _down(intent) if intent.reason else _works(intent)
        await connection.execute(a.update().where(a.c.name == intent.name).values(**values))
    return [None] * len(intents)


def _down(intent: Health) -> dict[str, Any]:
    down = {"down_reason": intent.reason, "down_since": func.coalesce(t.account.c.down_since, intent.at)}
    return down | ({"send_failed_at": intent.at} if intent.by_sending else {})


def _works(intent: Health) -> dict[str, Any]:
    well = {"down_reason": "", "down_since": None, "send_failed_at": None}
    if intent.by_sending:
        return well
    a = t.account
    sends_fail = a.c.send_failed_at > intent.at - SENDS_KNOW_BETTER
    return {name: case((sends_fail, a.c[name]), else_=value) for name, value in well.items()}


@dataclass(frozen=True, slots=True)
class SignedOtherwise:
    """An intent: events come signed another way than the configuration says; empty once they come as it says."""

    name: str
    way: str


async def note_signature(connection: AsyncConnection, intents: Sequence[SignedOtherwise]) -> list[None]:
    """Keep the way for whoever looks after the account."""
    for intent in intents:
        await connection.execute(
            t.account.update().where(t.account.c.name == intent.name).values(signed_otherwise=intent.way)
        )
    return [None] * len(intents)


@dataclass(frozen=True, slots=True)
class AccountRow:
    name: str
    channel: ChannelKind
    public_name: str
    down_reason: str
    down_since: datetime | None
    signed_otherwise: str


async def everything(connection: AsyncConnection) -> list[AccountRow]:
    a = t.account
    rows = await connection.execute(
        select(a.c.name, a.c.channel, a.c.public_name, a.c.down_reason, a.c.down_since, a.c.signed_otherwise).order_by(
            a.c.name
        )
    )
    return [AccountRow(*row) for row in rows]

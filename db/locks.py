"""Making others wait where two transactions must not read the same "nobody yet". SQLite has one writer at a time."""

from collections.abc import Iterable

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind

TREE = 6_104_973  # any number of ours: PostgreSQL's advisory lock on the shape of the tree of areas


async def hold_people(connection: AsyncConnection, people: Iterable[tuple[ChannelKind, str]]) -> None:
    """Until this transaction ends, nobody else links these accounts or keeps presses for them."""
    names = sorted(f"{channel}:{external_id}" for channel, external_id in set(people))
    if names and connection.dialect.name == "postgresql":
        await connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), [{"name": name} for name in names]
        )


async def hold_cards(connection: AsyncConnection) -> None:
    """Until this transaction ends, nobody else gives out or takes back cards: a household has one valid card."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('cards', 0))"))


async def hold_tree(connection: AsyncConnection, *, changing: bool = False) -> None:
    """Until this transaction ends, the tree of areas stays as it is; with `changing`, nobody else even looks at it so.

    For whoever reads where an area lies and then writes rows that depend on it.
    """
    if connection.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock if changing else func.pg_advisory_xact_lock_shared
        await connection.execute(select(lock(TREE)))


async def hold_moves(connection: AsyncConnection) -> None:
    """Until this transaction ends, nobody else moves deliveries from one account to another: a chat takes over once."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('failover', 0))"))

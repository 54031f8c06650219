"""Messages that a person has to read: kept in the transaction that decided so.

`ask` is called by `db/answering/replies.py`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from db.tables import QuestionState, Why, t

__all__ = ["Asked", "Why", "ask"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as it was heard. `area_id`, `household_id` and `broadcast_id` where they are known."""

    account: str
    channel: ChannelKind
    address: str
    private: bool
    person: str
    name: str
    text: str
    why: Why
    at: datetime
    message_id: str
    area_id: int | None
    household_id: int | None
    broadcast_id: int | None


async def ask(connection: AsyncConnection, asked: Sequence[Asked]) -> None:
    """Keep messages for the leaders of their areas; one that is handled again after a crash is kept once."""
    if not asked:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [{**asdict(one), "state": QuestionState.OPEN} for one in asked]
    new = insert(t.question).on_conflict_do_nothing(index_elements=["account", "message_id"])
    await connection.execute(new, rows)

"""Questions and answers on a notice's page, for everybody who has it.

Whoever calls `deciding` writes them; `notice_parts` reads them.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import t

_N = t.notice_answer


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    question: str
    answer: str


async def add(
    connection: AsyncConnection, broadcast_id: int, question_id: int, public: PublicAnswer, now: datetime
) -> None:
    """Show it on the notice's page; one to a question."""
    await take_down(connection, question_id)
    await connection.execute(
        _N.insert().values(broadcast_id=broadcast_id, question_id=question_id, question=public.question,
                           answer=public.answer, made_at=now)
    )  # fmt: skip


async def take_down(connection: AsyncConnection, question_id: int) -> bool:
    """Show it no more; False when it was not shown."""
    gone = await connection.execute(delete(_N).where(_N.c.question_id == question_id).returning(_N.c.id))
    return gone.first() is not None


async def let_go(connection: AsyncConnection, questions: Select[tuple[int]]) -> None:
    """The questions they came from, of which `questions` gives the ids, are about to be forgotten; they stay."""
    await connection.execute(update(_N).where(_N.c.question_id.in_(questions)).values(question_id=None))

"""Questions and answers on a notice's page, for everybody who has it. Whoever calls `deciding` writes them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
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


_OF = (
    select(_N.c.question, _N.c.answer)
    .where(_N.c.broadcast_id == bindparam("broadcast"))
    .order_by(_N.c.id)
)  # fmt: skip


async def of(connection: AsyncConnection, broadcast_id: int) -> tuple[PublicAnswer, ...]:
    """What the page of a broadcast shows, in the order it was answered."""
    return tuple(PublicAnswer(*row) for row in await connection.execute(_OF, {"broadcast": broadcast_id}))


async def let_go(connection: AsyncConnection, question_ids: list[int]) -> None:
    """The questions they came from are about to be forgotten; they stay."""
    await connection.execute(update(_N).where(_N.c.question_id.in_(question_ids)).values(question_id=None))

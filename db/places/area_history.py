"""Reorganisations as the audit log keeps them: which were done, and which of them were taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import t

UNDO = "area undo"
CHANGES = ("area rename", "area move", "area merge", "area split")


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the audit log. `actor` is a staff code, or the operator; `actor_name` empty for the latter."""

    id: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    subject: str
    detail: dict[str, Any]
    undone: bool

    @property
    def other(self) -> str:
        """The new name, or the code of the area it was moved to, merged into or split from."""
        return next(str(self.detail[key]) for key in ("after", "into", "out_of") if key in self.detail)


async def latest(connection: AsyncConnection, limit: int) -> list[Change]:
    """Reorganisations, the newest first."""
    log, s = t.audit, t.staff
    undone = set()
    for detail in (await connection.execute(select(log.c.detail).where(log.c.action == UNDO))).scalars():
        undone.add(detail["of"])
    rows = await connection.execute(
        select(log.c.id, log.c.at, log.c.actor, s.c.name, log.c.action, log.c.subject, log.c.detail)
        .outerjoin(s, s.c.code == log.c.actor)
        .where(log.c.action.in_(CHANGES))
        .order_by(log.c.id.desc())
        .limit(limit)
    )
    return [Change(*row[:3], row[3] or "", *row[4:], undone=row[0] in undone) for row in rows]


async def to_undo(connection: AsyncConnection) -> Change | None:
    """The last reorganisation that stands: they are taken back in reverse order, so that each finds what it left."""
    return next((one for one in await latest(connection, 200) if not one.undone), None)

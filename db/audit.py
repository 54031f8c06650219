"""The audit log: every change a person makes, written in the transaction that makes it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import t


async def note(
    connection: AsyncConnection, *, at: datetime, actor: str, action: str, subject: str, **detail: object
) -> None:
    """Record that `actor` (a staff code, or `command`) did `action` to `subject`. No names, numbers or texts in it."""
    await connection.execute(
        t.audit.insert().values(at=at, actor=actor, action=action, subject=subject, detail=detail)
    )  # fmt: skip

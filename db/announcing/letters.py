"""What a message says about a broadcast: its words, its sender, its files. Read once per broadcast, not per chat."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.channels import File
from announcements.types import Role
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.tables import t


@dataclass(frozen=True, slots=True)
class Letter:
    """`area_names` are the tops of the audience; `role` and `role_area` are empty when the operator posted it."""

    broadcast: BroadcastRow
    area_names: tuple[str, ...]
    role: Role | None
    role_area: str
    files: tuple[File, ...]  # without the platforms' own ids


async def letter(connection: AsyncConnection, broadcast_id: int) -> Letter:
    """Everything said in the messages of one broadcast."""
    row = await notices.by_id(connection, broadcast_id)
    area, audience, attachment = t.area, t.audience, t.attachment
    names = await connection.execute(
        select(area.c.name)
        .join(audience, audience.c.area_id == area.c.id)
        .where(audience.c.announcement_id == row.announcement_id)
        .order_by(area.c.path)
    )
    author = None
    if row.created_by is not None:
        author = (
            await connection.execute(
                select(t.staff.c.role, area.c.name)
                .join(area, area.c.id == t.staff.c.area_id)
                .where(t.staff.c.id == row.created_by)
            )
        ).first()
    files = await connection.execute(
        select(attachment)
        .where(attachment.c.announcement_id == row.announcement_id)
        .order_by(attachment.c.position)
    )  # fmt: skip
    return Letter(
        broadcast=row,
        area_names=tuple(names.scalars()),
        role=author[0] if author else None,
        role_area=author[1] if author else "",
        files=tuple(File(file.id, file.kind, file.name, file.path, size=file.size) for file in files),
    )


async def uploaded(connection: AsyncConnection, account: str, attachment_ids: list[int]) -> dict[int, str]:
    """The platform's own ids of attachments this account has uploaded before."""
    u = t.upload
    rows = await connection.execute(
        select(u.c.attachment_id, u.c.remote_id).where(u.c.account == account, u.c.attachment_id.in_(attachment_ids))
    )
    return {row.attachment_id: row.remote_id for row in rows}

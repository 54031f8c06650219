"""Which files of the uploads folder something still needs."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables import t


async def needed(connection: AsyncConnection) -> set[str]:
    """The names of files that an announcement, a draft or a conversation holds."""
    names = set((await connection.execute(select(t.attachment.c.path))).scalars())
    held: list[dict[str, Any]] = []
    for files in (await connection.execute(select(t.draft.c.files))).scalars():
        held += files
    for state in (await connection.execute(select(t.conversation.c.state))).scalars():
        held += state.get("files") or ()
    return names | {one["path"] for one in held}

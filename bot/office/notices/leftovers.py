"""Files that were brought for a notice that never was: removed some days later. Beaten by `bot/app.py`."""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from bot.context import Context
from db.announcing import uploads

log = logging.getLogger(__name__)

KEPT = timedelta(days=3)  # longer than a deleted draft or a conversation can be taken up again


async def forget_files(context: Context) -> int:
    """Remove what nothing has needed for days; returns how many files."""
    folder, before = context.settings.uploads, context.clock() - KEPT
    old = await asyncio.to_thread(_untouched, folder, before)
    if not old:
        return 0
    async with context.database.read() as connection:
        needed = await uploads.needed(connection)
    count = await asyncio.to_thread(_remove, folder, old - needed, before)
    if count:
        log.info("%d uploaded files were needed by nothing", count, extra={"action": "files_forgotten"})
    return count


def _untouched(folder: Path, before: datetime) -> set[str]:
    if not folder.is_dir():
        return set()
    return {path.name for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < before.timestamp()}


def _remove(folder: Path, names: Collection[str], before: datetime) -> int:
    count = 0
    for name in names:
        path = folder / name
        if path.is_file() and path.stat().st_mtime < before.timestamp():  # or somebody has just brought it again
            path.unlink()
            count += 1
    return count

"""Roster files from a browser, kept between the preview of an import and the import itself, for a day at most.

A file is named by the hash of its content: the page that applies it can't mean another one.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from bot.context import Context
from bot.sheets import LARGEST

ENDINGS = frozenset({".xlsx", ".xlsm", ".csv", ".tsv", ".txt"})
KEPT_S = 24 * 3600.0
_NAME = re.compile(r"[0-9a-f]{64}\.[a-z]{3,4}")


def _folder(context: Context) -> Path:
    return context.settings.app.data_dir / "imports"


async def keep(context: Context, name: str, pieces: AsyncIterator[bytes]) -> str:
    """Store a file that was sent; returns what to ask for it by. Raises `Mistake` for one that can't be a roster."""
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise Mistake(phrase("place.not_a_sheet", name=Path(name).name[:80]))
    folder, digest, size = _folder(context), hashlib.sha256(), 0
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    await asyncio.to_thread(_forget, folder)
    unfinished = folder / f".{time.monotonic_ns()}.part"
    try:
        with unfinished.open("wb") as file:
            async for piece in pieces:
                size += len(piece)
                if size > LARGEST:
                    raise Mistake(phrase("place.sheet_large", most=LARGEST // 2**20))
                digest.update(piece)
                file.write(piece)
        token = digest.hexdigest() + ending
        unfinished.replace(folder / token)
    finally:
        unfinished.unlink(missing_ok=True)
    return token


def _forget(folder: Path) -> None:
    before = time.time() - KEPT_S
    for path in folder.iterdir():
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


def kept(context: Context, token: str) -> Path:
    """The file `keep` named so. Raises `Mistake` when it is not there any more."""
    path = _folder(context) / token
    if not _NAME.fullmatch(token) or not path.is_file():
        raise Mistake(phrase("place.upload_gone"))
    return path


def drop(context: Context, token: str) -> None:
    """It was imported: people's data is not left lying about."""
    if _NAME.fullmatch(token):
        (_folder(context) / token).unlink(missing_ok=True)

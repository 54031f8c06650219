"""Taking in attachments: what kind they are, whether the channels can carry them, and a safe copy of our own."""

import hashlib
import shutil
from pathlib import Path

from announcements.mistakes import Mistake, reason
from announcements.phrases import phrase
from announcements.text import nfc
from announcements.types import FileKind
from db.notices import NewFile

MEGABYTE = 1_000_000
PHOTO_SIZE = 10 * MEGABYTE  # telegram-api §3
DOCUMENT_SIZE = 50 * MEGABYTE
MOST = 10
# By content, not by name: a renamed file must not reach people as something it isn't.
SIGNATURES = (
    (b"\xff\xd8\xff", FileKind.PHOTO, ".jpg"),
    (b"\x89PNG\r\n\x1a\n", FileKind.PHOTO, ".png"),
    (b"%PDF-", FileKind.DOCUMENT, ".pdf"),
)


def take_in(paths: list[Path], uploads: Path) -> list[NewFile]:
    """Copy files into `uploads` under the hash of their content. Raises `Mistake` for one that can't be used."""
    if len(paths) > MOST:
        raise Mistake(phrase("mistake.attachments_many", count=len(paths), most=MOST))
    return [_take_in(path, uploads) for path in paths]


def _take_in(path: Path, uploads: Path) -> NewFile:
    try:
        with path.open("rb") as file:
            start = file.read(16)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = path.stat().st_size
    except OSError as error:
        raise Mistake(phrase("mistake.attachment_unreadable", path=path, reason=reason(error))) from error
    kind, suffix = _kind(path, start)
    allowed = PHOTO_SIZE if kind is FileKind.PHOTO else DOCUMENT_SIZE
    if size > allowed:
        most = allowed // MEGABYTE
        raise Mistake(phrase("mistake.attachment_big", name=path.name, megabytes=size / MEGABYTE, most=most))
    uploads.mkdir(parents=True, exist_ok=True)
    stored = f"{digest[:40]}{suffix}"
    if not (uploads / stored).exists():
        shutil.copyfile(path, uploads / f"{stored}.part")
        (uploads / f"{stored}.part").replace(uploads / stored)
    return NewFile(kind=kind, name=nfc(path.name)[:120], path=stored, size=size)


def _kind(path: Path, start: bytes) -> tuple[FileKind, str]:
    for signature, kind, suffix in SIGNATURES:
        if start.startswith(signature):
            return kind, suffix
    raise Mistake(phrase("mistake.attachment_kind", name=path.name))

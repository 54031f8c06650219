"""Taking in attachments: what kind they are, whether the channels can carry them, and a safe copy of our own."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from announcements.mistakes import Mistake, reason
from announcements.phrases import phrase
from announcements.text import nfc
from announcements.types import FileKind
from db.announcing.notices import NewFile

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
    require_few(len(paths))
    return [_take_in(path, uploads) for path in paths]


def _take_in(path: Path, uploads: Path) -> NewFile:
    try:
        with path.open("rb") as file:
            start, size, digest = _look(file)
    except OSError as error:
        raise Mistake(phrase("mistake.attachment_unreadable", path=path, reason=reason(error))) from error
    taken = _checked(path.name, start, size, digest)
    _store(uploads, taken.path, lambda part: shutil.copyfile(path, part))
    return taken


def keep(name: str, content: bytes, uploads: Path) -> NewFile:
    """The same for a file that came as bytes, called `name` by whoever sent it. Raises `Mistake`."""
    file = _checked(name, content[:16], len(content), hashlib.sha256(content).hexdigest())
    _store(uploads, file.path, lambda part: part.write_bytes(content))
    return file


def keep_open(name: str, file: BinaryIO, uploads: Path) -> NewFile:
    """The same for a file that is open, however large: it is never in memory as a whole. Raises `Mistake`."""
    taken = _checked(name, *_look(file))

    def copy(part: Path) -> None:
        file.seek(0)
        with part.open("wb") as ours:
            shutil.copyfileobj(file, ours)

    _store(uploads, taken.path, copy)
    return taken


def require_few(count: int) -> None:
    """Raises `Mistake` when a notice can't carry so many files."""
    if count > MOST:
        raise Mistake(phrase("mistake.attachments_many", count=count, most=MOST))


def _look(file: BinaryIO) -> tuple[bytes, int, str]:
    """Its first bytes, its size and the hash of its content."""
    file.seek(0)
    start = file.read(16)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # typeshed asks for more
    return start, file.tell(), digest


def _checked(name: str, start: bytes, size: int, digest: str) -> NewFile:
    kind, suffix = _kind(name, start)
    allowed = PHOTO_SIZE if kind is FileKind.PHOTO else DOCUMENT_SIZE
    if size > allowed:
        most = allowed // MEGABYTE
        raise Mistake(phrase("mistake.attachment_big", name=name, megabytes=megabytes(size), most=most))
    return NewFile(kind=kind, name=nfc(name)[:120], path=f"{digest[:40]}{suffix}", size=size)


def megabytes(size: int) -> str:
    """A file's size as people write it: "1,2", and never less than "0,1"."""
    return f"{max(size / MEGABYTE, 0.1):.1f}".replace(".", ",")


def _store(uploads: Path, stored: str, write: Callable[[Path], object]) -> None:
    """Write our copy, all of it or nothing."""
    uploads.mkdir(parents=True, exist_ok=True)
    try:
        os.utime(uploads / stored)  # we have it: it counts as brought just now
    except FileNotFoundError:
        part = uploads / f"{stored}.{secrets.token_hex(4)}.part"  # two may bring the same file at the same moment
        write(part)
        part.replace(uploads / stored)


def _kind(name: str, start: bytes) -> tuple[FileKind, str]:
    for signature, kind, suffix in SIGNATURES:
        if start.startswith(signature):
            return kind, suffix
    raise Mistake(phrase("mistake.attachment_kind", name=name))

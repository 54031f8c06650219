"""The archive that `loa backup` writes and `loa restore` reads: a ZIP file with a list of what is in it, and hashes.

The list is written last, so that half an archive has none; reading proves every file before anybody uses it.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from announcements.mistakes import Mistake
from announcements.phrases import phrase

FORM = 1  # of the archive; a higher one is a later program's
MANIFEST, DATABASE, KEY, UPLOADS = "manifest.json", "loa.db", "secret.key", "uploads/"
AT_A_TIME = 1 << 20  # bytes
MOST = 16 << 20  # bytes of a manifest: a line an attachment
BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, KeyError, NotImplementedError, TypeError, ValueError)

Progress = Callable[[int, int], None]  # files done, of how many


def nobody_watches(done: int, of: int) -> None: ...


def pack(path: Path, inside: Mapping[str, Path], made_at: datetime, progress: Progress = nobody_watches) -> None:
    """Write an archive of these files by their names in it, for its owner's eyes only, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.unlink(missing_ok=True)
    try:
        descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        with os.fdopen(descriptor, "w+b") as stream:
            _fill(stream, inside, made_at, progress)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _fill(stream: IO[bytes], inside: Mapping[str, Path], made_at: datetime, progress: Progress) -> None:
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for done, (name, path) in enumerate(inside.items()):
            progress(done, len(inside))
            with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
                hashes[name] = _copied(source, target)
        manifest = {"form": FORM, "made_at": made_at.isoformat(), "files": hashes}
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    progress(len(inside), len(inside))


def _copied(source: IO[bytes], target: IO[bytes]) -> str:
    """Copy a stream; returns the hash of what went over."""
    digest = hashlib.sha256()
    while block := source.read(AT_A_TIME):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An archive laid out in `folder`, every file as it was."""

    folder: Path
    made_at: datetime

    @property
    def database(self) -> Path:
        return self.folder / DATABASE

    @property
    def key(self) -> Path | None:
        path = self.folder / KEY
        return path if path.exists() else None

    @property
    def attachments(self) -> list[Path]:
        return sorted((self.folder / UPLOADS).glob("*"))


@contextmanager
def unpacked(path: Path, beside: Path) -> Iterator[Unpacked]:
    """Lay an archive out in a folder inside `beside`, which goes when the block ends. Raises `Mistake` for one that is
    not ours or not whole."""
    if not path.is_file():
        raise Mistake(phrase("mistake.backup_missing", path=path))
    with TemporaryDirectory(prefix="loa-restore-", dir=beside) as name:
        try:
            made_at = _lay_out(path, Path(name))
        except BROKEN as error:
            raise Mistake(phrase("mistake.backup_broken", path=path)) from error
        yield Unpacked(Path(name), made_at)


def _lay_out(path: Path, folder: Path) -> datetime:
    with zipfile.ZipFile(path) as archive:
        manifest = _manifest(archive)
        for entry, digest in manifest["files"].items():
            _unpack(archive, entry, digest, folder)
    return datetime.fromisoformat(manifest["made_at"])


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    if archive.getinfo(MANIFEST).file_size > MOST:
        raise ValueError("no list of ours")
    manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if manifest["form"] > FORM:
        raise Mistake(phrase("mistake.backup_newer"))
    if DATABASE not in manifest["files"]:
        raise ValueError("no database in it")
    return manifest


def _unpack(archive: zipfile.ZipFile, entry: str, digest: str, folder: Path) -> None:
    """One file, if its name is one that we give and its content what it was."""
    plain = entry.removeprefix(UPLOADS)
    ours = entry in {DATABASE, KEY} or entry != plain
    if not ours or plain in {"", ".", ".."} or "/" in plain or "\\" in plain:
        raise ValueError("a name that is not ours")
    target = folder / entry
    target.parent.mkdir(exist_ok=True)
    with archive.open(entry) as source, target.open("wb") as copy:
        if _copied(source, copy) != digest:
            raise ValueError("not what it was")
        copy.flush()
        os.fsync(copy.fileno())

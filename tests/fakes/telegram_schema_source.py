"""Where the Bot API schema comes from: aiogram's source distribution, kept in the project's cache folder.

The schema is never part of this repository: it is downloaded once with pip into `.cache/`, which git ignores.
`python -m tests.fakes.telegram_schema_source` fetches it beforehand.
"""

import functools
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.fakes.telegram_schema import Schema

PACKAGE, VERSION = "aiogram", "3.31.0"
MEMBER = f"{PACKAGE}-{VERSION}/.butcher/schema/schema.json"
CACHE = Path(__file__).resolve().parents[2] / ".cache"
CACHED = CACHE / f"telegram-bot-api-{PACKAGE}-{VERSION}.json"


class SchemaUnavailable(Exception):
    """No cached schema and no way to download it; the message says what to do."""


@functools.cache
def schema() -> Schema | None:
    """The schema, downloaded when needed; None when it can't be had (asked once a process)."""
    try:
        return load()
    except SchemaUnavailable:
        return None


def load(cached: Path = CACHED) -> Schema:
    """The schema from `cached`, downloading it first when the file isn't there. Raises `SchemaUnavailable`."""
    if not cached.exists():
        fetch(cached)
    return Schema(json.loads(cached.read_bytes()))


def fetch(cached: Path = CACHED) -> None:
    """Download the source distribution and keep its schema as `cached`. Raises `SchemaUnavailable`."""
    cached.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cached.parent) as folder:
        _download(Path(folder))
        with tarfile.open(next(Path(folder).glob("*.tar.gz"))) as archive:
            member = archive.extractfile(MEMBER)
            if member is None:
                raise SchemaUnavailable(f"{PACKAGE} {VERSION} has no {MEMBER}: pin a version whose sdist carries it.")
            partial = Path(folder) / "schema.json"
            partial.write_bytes(member.read())
        partial.replace(cached)  # in one step: test processes run side by side


def _download(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", PACKAGE]
    command += ["--retries", "1", "--timeout", "10", "--dest", str(folder), f"{PACKAGE}=={VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise SchemaUnavailable(
            f"The Bot API schema is neither in {CACHED.parent} nor could pip download {PACKAGE} {VERSION} ({reason}). "
            "Run `python -m tests.fakes.telegram_schema_source` once with network access."
        )


def required() -> bool:
    """Whether a missing schema is a failure (continuous integration) and not a reason to skip."""
    return bool(os.environ.get("CI"))


if __name__ == "__main__":
    print(f"Bot API {load().version}: {CACHED}")

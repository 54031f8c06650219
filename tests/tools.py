"""What the tests need beside Python packages: a PostgreSQL and Debian's Chromium. Run before pytest by `make test`.

On Debian as root what is missing is installed; elsewhere a sentence says what to install. Nothing is downloaded by
other ways.
"""

import os
import shutil
import subprocess
import sys

from tests import postgres
from tests.fakes import telegram_schema_source

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
EMOJI = "fonts-noto-color-emoji"  # or the pictures of messages show boxes


def _chromium() -> bool:
    return any(map(shutil.which, CHROMIUM))


def _apt(*packages: str) -> bool:
    """Install Debian packages; False where that can't be done."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
        if subprocess.run(["apt-get", *command], env=environment, stdout=subprocess.DEVNULL).returncode:
            return False
    return True


def main() -> int:
    """0 when everything is there; 1 where `CI` is set and something is not."""
    missing = []
    if postgres.binaries() is None and not (_apt("postgresql") and postgres.binaries()):
        missing.append("PostgreSQL: install it (Debian: postgresql); the database tests on it can't run")
    if not _chromium() and not (_apt("chromium", EMOJI) and _chromium()):
        missing.append("Chromium: install it (Debian: chromium); the browser tests can't run")
    try:
        telegram_schema_source.load()
    except telegram_schema_source.SchemaUnavailable as error:
        missing.append(f"the Bot API schema: {error}")
    for sentence in missing:
        sys.stderr.write(f"*** MISSING: {sentence}\n")
    return 1 if missing and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())

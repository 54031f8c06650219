"""The key that signs cookies: made once, kept in the data folder, readable by its owner only."""

import os
import secrets
from pathlib import Path

LENGTH = 32


def secret_key(data_dir: Path) -> bytes:
    """The installation's key; made when missing. Two processes starting together end up with the same one."""
    path = data_dir / "secret.key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(LENGTH))
    return path.read_bytes()

"""The key that signs cookies: made once, kept in the data folder, readable by its owner only."""

import os
import secrets
from pathlib import Path

LENGTH = 32


def key_file(data_dir: Path) -> Path:
    return data_dir / "secret.key"


def secret_key(data_dir: Path) -> bytes:
    """The installation's key; made when missing. Two processes starting together end up with the same one."""
    path = key_file(data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(LENGTH))
    return path.read_bytes()

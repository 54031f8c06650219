"""What the commands leave on the disk is for its owner's eyes only."""

from pathlib import Path

import pytest

from tests.whole.service import House

pytestmark = pytest.mark.whole


def rights_of_others(folder: Path) -> dict[str, int]:
    """What group and world may do with each file."""
    return {path.name: path.stat().st_mode & 0o077 for path in folder.iterdir() if path.is_file()}


async def test_database_and_key_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    await House(tmp_path).loa("area", "list")
    rights = rights_of_others(tmp_path)
    assert {"loa.db", "secret.key"} <= rights.keys()
    assert set(rights.values()) == {0}

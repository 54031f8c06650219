"""Files nobody needs any more are removed; whatever something holds stays."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from announcements.types import ChannelKind, Role
from bot.office.notices import attachments, drafting
from bot.office.notices.leftovers import KEPT, forget_files
from db import conversations
from db.announcing.notices import NewFile
from db.engine import Database
from tests.bot.conftest_board import START, Village, open_board


@pytest.fixture
async def village(database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(database, tmp_path) as village:
        yield village


def bring(village: Village, name: str, age: timedelta = KEPT + timedelta(seconds=1)) -> NewFile:
    """A file in the uploads, brought that long ago."""
    file = attachments.keep(name, b"%PDF-1.7 " + name.encode(), village.context.settings.uploads)
    at = (START - age).timestamp()
    os.utime(village.context.settings.uploads / file.path, (at, at))
    return file


def there(village: Village) -> set[str]:
    return {path.name for path in village.context.settings.uploads.iterdir()}


async def test_without_uploads_there_is_nothing_to_forget(village: Village) -> None:
    assert await forget_files(village.context) == 0


async def test_what_nothing_holds_goes_after_days_and_not_before(village: Village) -> None:
    bring(village, "old.pdf")
    young = bring(village, "young.pdf", KEPT - timedelta(minutes=1))
    assert await forget_files(village.context) == 1
    assert there(village) == {young.path}


async def test_files_of_announcements_drafts_and_conversations_stay(village: Village) -> None:
    held = [bring(village, name) for name in ("notice.pdf", "draft.pdf", "talk.pdf")]
    await village.announce(files=[held[0]])
    _, author = await village.session(Role.VILLAGE_HEAD, "Thu Quế")
    await drafting.add_files(village.context, author, await drafting.begin(village.context, author), [held[1]])
    async with village.context.database.write() as connection:
        for person, state in (("1", {"files": [{"path": held[2].path}]}), ("2", {})):
            await conversations.keep(connection, ChannelKind.TELEGRAM, person, topic="p", state=state, now=START)
    assert await forget_files(village.context) == 0
    assert there(village) == {one.path for one in held}


async def test_a_file_brought_again_is_young_again(village: Village) -> None:
    file = bring(village, "again.pdf")
    village.now = START
    attachments.keep("again.pdf", b"%PDF-1.7 again.pdf", village.context.settings.uploads)
    assert (village.context.settings.uploads / file.path).stat().st_mtime > (START - KEPT).timestamp()

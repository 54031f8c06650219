"""Words are read once per broadcast, however many chats ask at once, and not kept for ever."""

import asyncio
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import event

from announcements.types import AnnouncementState, ChannelKind, FileKind
from db.engine import Database
from db.tables import t
from scheduler import messages
from scheduler.messages import Messages
from tests.doubles import WIDE
from tests.makers import Commune, make_broadcast, make_chats, make_commune, take


@pytest.fixture
async def place(sqlite_database: Database) -> Commune:
    commune = await make_commune(sqlite_database)
    await make_chats(sqlite_database, list(commune.groups.values()))
    return commune


def maker(database: Database, **more: object) -> Messages:
    limits = replace(WIDE, files=True, **more)  # type: ignore[arg-type]
    return Messages(
        database, "telegram", ChannelKind.TELEGRAM, limits, UTC, "http://loa.test{}".format, Path("/files"), "Xã Thử"
    )


async def test_thirty_chats_that_ask_at_once_cost_one_look(sqlite_database: Database, place: Commune) -> None:
    row = await make_broadcast(sqlite_database, [place.root])
    looks: list[str] = []
    event.listen(sqlite_database.engine.sync_engine, "begin", lambda connection: looks.append("begin"))
    words = await asyncio.gather(*(maker_words(row.id, made) for made in [maker(sqlite_database)] * 30))
    assert len(looks) == 1
    assert len(set(map(id, words))) == 1


async def maker_words(broadcast_id: int, made: Messages) -> messages.Words:
    return await made.words(broadcast_id)


async def test_the_longest_unused_words_are_forgotten(
    sqlite_database: Database, place: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "KEPT", 2)
    made = maker(sqlite_database)
    first, second, third = [(await make_broadcast(sqlite_database, [place.root])).id for _ in range(3)]
    for wanted in (first, second, first, third):
        await made.words(wanted)
    assert list(made._kept) == [first, third]


async def test_a_file_is_named_by_the_platforms_id_once_it_is_known(sqlite_database: Database, place: Commune) -> None:
    row = await make_broadcast(sqlite_database, [place.root])
    async with sqlite_database.write() as connection:
        values = {"announcement_id": row.announcement_id, "position": 0, "kind": FileKind.PHOTO, "name": "so-do.jpg",
                  "path": "ab/so-do.jpg", "size": 3}  # fmt: skip
        await connection.execute(t.attachment.insert().values(values))
    made = maker(sqlite_database)
    words = await made.words(row.id)
    (claimed, *_) = await take(sqlite_database)
    (file,) = made.message(words, claimed).files
    assert (file.path, file.remote_id) == ("/files/ab/so-do.jpg", None)
    made.learn({file.id: "remote"})
    assert made.message(words, claimed).files[0].remote_id == "remote"


async def test_a_channel_without_buttons_gets_none_and_a_withdrawn_notice_says_so(
    sqlite_database: Database, place: Commune
) -> None:
    row = await make_broadcast(sqlite_database, [place.root])
    plain, rich = maker(sqlite_database, buttons=False), maker(sqlite_database)
    assert plain.button(await plain.words(row.id), 1, 2) is None
    button = rich.button(await rich.words(row.id), 1, 2, AnnouncementState.WITHDRAWN)
    assert button is not None
    assert (button.label, button.data) == ("⛔ Đã thu hồi", f"ack:{row.code}")

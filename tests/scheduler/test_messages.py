"""Words are read once per broadcast, however many chats ask at once, and not kept for ever."""

import asyncio
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import event

from announcements.channels import File, Hears, Limits
from announcements.types import AnnouncementState, ChannelKind, FileKind
from db.announcing.letters import Letter
from db.announcing.notices import BroadcastRow
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


def zalo(database: Database, public_url: str) -> Messages:
    limits = Limits(text_length=2_000, picture_links=True, hears=Hears.MENTIONS)
    return Messages(database, "zalo", ChannelKind.ZALO_BOT, limits, UTC, public_url.__add__, Path("/files"), "Xã Thử")


async def with_files(database: Database, place: Commune) -> BroadcastRow:
    """A notice with a picture and a paper."""
    row = await make_broadcast(database, [place.root])
    async with database.write() as connection:
        for position, (kind, name) in enumerate([(FileKind.PHOTO, "so-do.jpg"), (FileKind.DOCUMENT, "Giấy mời.pdf")]):
            await connection.execute(t.attachment.insert().values(
                announcement_id=row.announcement_id, position=position, kind=kind, name=name, path=f"ab/{position}",
                size=3))  # fmt: skip
    return row


async def test_a_picture_goes_by_its_public_address_and_a_paper_is_named_with_its_own(
    sqlite_database: Database, place: Commune
) -> None:
    row = await with_files(sqlite_database, place)
    words = await zalo(sqlite_database, "https://loa.example.vn").words(row.id)
    (picture,) = words.files
    assert picture.link == f"https://loa.example.vn/n/{row.announcement}/files/{picture.id}"
    (text,) = words.parts
    assert f"Tệp kèm, Giấy mời.pdf: https://loa.example.vn/n/{row.announcement}/files/{picture.id + 1}\n" in text
    assert "so-do.jpg" not in text


@pytest.mark.parametrize(
    "public_url", ["http://127.0.0.1:8000", "http://192.168.1.5", "http://may-xa", "http://xa.local"]
)
async def test_where_no_platform_can_fetch_a_picture_it_is_named_like_a_paper(
    sqlite_database: Database, place: Commune, public_url: str
) -> None:
    row = await with_files(sqlite_database, place)
    words = await zalo(sqlite_database, public_url).words(row.id)
    assert words.files == ()
    assert f"Tệp kèm, so-do.jpg: {public_url}/n/{row.announcement}/files/" in words.parts[0]


async def test_what_a_chat_can_hear_decides_how_it_is_asked_to_answer(
    sqlite_database: Database, place: Commune
) -> None:
    row = await make_broadcast(sqlite_database, [place.root])
    said = {}
    for hears in Hears:
        made = maker(sqlite_database, buttons=False, html=False, hears=hears)
        said[hears] = (await made.words(row.id)).parts[0]
    assert f"chọn Trả lời và ghi: “đã nhận {row.announcement}”." in said[Hears.MENTIONS]
    assert f"Xin nhắn vào nhóm này: “đã nhận {row.announcement}”." in said[Hears.EVERYTHING]
    assert "Xin " not in said[Hears.NOTHING]
    assert "Xin bấm nút" in (await maker(sqlite_database, hears=Hears.MENTIONS).words(row.id)).parts[0]


async def test_a_channel_without_buttons_gets_none_and_a_withdrawn_notice_says_so(
    sqlite_database: Database, place: Commune
) -> None:
    row = await make_broadcast(sqlite_database, [place.root])
    plain, rich = maker(sqlite_database, buttons=False), maker(sqlite_database)
    assert plain.button(await plain.words(row.id), 1, 2) is None
    button = rich.button(await rich.words(row.id), 1, 2, AnnouncementState.WITHDRAWN)
    assert button is not None
    assert (button.label, button.data) == ("⛔ Đã thu hồi", f"ack:{row.code}")


async def test_a_document_too_large_for_the_channel_stays_on_the_board(
    sqlite_database: Database, place: Commune
) -> None:
    """Its address is in the text; a picture is made smaller by whoever sends it."""
    row = await make_broadcast(sqlite_database, [place.root])
    files = (
        File(1, FileKind.DOCUMENT, "to.pdf", "a.pdf", size=5_000_001),
        File(2, FileKind.PHOTO, "to.jpg", "b.jpg", size=9_000_000),
        File(3, FileKind.DOCUMENT, "nho.pdf", "c.pdf", size=5_000_000),
    )
    made = maker(sqlite_database, largest_file=5_000_000)
    words = made.words_of(Letter(row, ("Xã Thử",), None, "", files))
    assert [file.id for file in words.files] == [2, 3]
    assert "/files/1" in words.parts[-1]

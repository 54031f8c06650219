"""Pictures, PDFs and an end of validity in /thongbao, on a strict Telegram."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from announcements.types import FileKind, Role
from db.announcing import letters, notices
from db.announcing.letters import Letter
from db.engine import Database
from db.tables import t
from db.writer import Writer
from scheduler import broadcasts
from tests.bot.conversation_doubles import World
from tests.bot.telegram_line import Line, group_of, open_line, send_out
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_faults import server_error
from tests.fakes.telegram_world import MediaKind, User
from tests.makers import NOON, Commune

PHOTO = b"\xff\xd8\xff\xe0 synthetic picture"
PNG = b"\x89PNG\r\n\x1a\n synthetic picture"
PDF = b"%PDF-1.7 synthetic"
TEXT = "Mời họp thôn\nĐúng 19h30 tại nhà văn hóa."


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as telegram:
        yield telegram


@pytest.fixture
def world(database: Database, writer: Writer, tmp_path: Path) -> World:
    return World(database, writer, folder=tmp_path)


@pytest.fixture
async def line(telegram: FakeTelegram, world: World) -> AsyncIterator[Line]:
    async with open_line(telegram, world) as line:
        yield line


@pytest.fixture
async def head(telegram: FakeTelegram, world: World, commune: Commune) -> User:
    user = telegram.user("Trưởng thôn")
    await world.staff("Trưởng thôn", Role.VILLAGE_HEAD, commune.villages["Thu Quế"], account=user.id)
    return user


async def until_the_text(line: Line, head: User) -> None:
    await line.text(head, "/thongbao")
    await line.tap(head, "Xong")
    await line.tap(head, "Mời họp")


async def until_the_review(line: Line, head: User) -> None:
    await until_the_text(line, head)
    await line.text(head, TEXT)
    await line.tap(head, "Gửi ngay")


async def announced(world: World) -> Letter:
    async with world.context.database.read() as connection:
        (row,) = await notices.latest(connection)
        return await letters.letter(connection, row.id)


async def groups_on_telegram(telegram: FakeTelegram, world: World, commune: Commune) -> list[int]:
    places = [commune.villages["Thu Quế"], commune.groups["Thu Quế 1"]]
    return [(await group_of(telegram, world, place)).id for place in places]


async def test_a_picture_and_a_pdf_go_out_without_being_uploaded_and_the_board_has_them(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    chats = await groups_on_telegram(telegram, world, commune)
    await until_the_text(line, head)
    await line.share(head, PHOTO)
    assert line.last(head).text == "📎 Gửi kèm thông báo:\n1. Ảnh 1.jpg (0,1 MB)"
    await line.share(head, PDF, kind=MediaKind.DOCUMENT, name="Quy ước.pdf")
    await line.text(head, TEXT)
    await line.tap(head, "Gửi ngay")
    *_, picture, paper, notice, review = telegram.sent(head.id)
    assert [one.file.content for one in (picture, paper) if one.file] == [PHOTO, PDF]
    assert [button["text"] for button in notice.buttons] == ["✅ Đã nhận (0/3)"]
    assert "Kèm theo: 1 ảnh, 1 tệp PDF." in review.text
    await line.tap(head, "📢 Gửi")
    letter = await announced(world)
    assert [(one.kind, one.name) for one in letter.files] == [
        (FileKind.PHOTO, "Ảnh 1.jpg"), (FileKind.DOCUMENT, "Quy ước.pdf")
    ]  # fmt: skip
    uploads = world.context.settings.uploads
    assert [(uploads / one.path).read_bytes() for one in letter.files] == [PHOTO, PDF]
    await send_out(world, line.channel, letter.broadcast)
    for chat in chats:
        assert [one.file and one.file.content for one in telegram.sent(chat)] == [PHOTO, PDF, None]
    assert telegram.uploads == []


async def test_a_caption_is_the_text_when_there_is_none_yet(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await until_the_text(line, head)
    await line.share(head, PHOTO, caption="Cắt điện\nSáng mai 7h đến 11h.")
    assert line.last(head).text.startswith("Gửi lúc nào?")
    await line.tap(head, "Gửi ngay")
    assert "Cắt điện\n\nSáng mai 7h đến 11h." in telegram.sent(head.id)[-2].text
    await line.share(head, PNG, caption="Sơ đồ")
    assert "Lời ghi dưới ảnh không gửi kèm." in line.last(head).text
    await line.tap(head, "Tiếp tục")
    await line.tap(head, "📢 Gửi")
    letter = await announced(world)
    assert (letter.broadcast.title, len(letter.files)) == ("Cắt điện", 2)


async def test_an_album_is_listed_in_one_message_and_a_picture_can_be_taken_off(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await until_the_review(line, head)
    await line.tap(head, "Kèm ảnh, PDF")
    before = len(telegram.sent(head.id))
    for number in range(3):
        await line.share(head, PHOTO + bytes([number]), album="7")
    assert len(telegram.sent(head.id)) == before + 1
    assert "3. Ảnh 3.jpg" in line.last(head).text
    off = next(one["callback_data"] for one in line.last(head).buttons if one["text"] == "✖ Bỏ số 2")
    for _ in range(2):
        await line.deliver(telegram.press(head, head.id, line.last(head).message_id, off).update)
    assert [button["text"] for button in line.last(head).buttons] == ["✖ Bỏ số 1", "✖ Bỏ số 2", "✔ Tiếp tục"]
    await line.tap(head, "Tiếp tục")
    await line.tap(head, "📢 Gửi")
    assert [one.name for one in (await announced(world)).files] == ["Ảnh 1.jpg", "Ảnh 3.jpg"]


async def test_the_same_picture_told_twice_goes_along_once(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await until_the_text(line, head)
    update = telegram.share(head, MediaKind.PHOTO, PHOTO)
    for _ in range(2):
        await line.deliver(update)
    assert "2." not in line.last(head).text


async def test_a_picture_sent_as_a_document_goes_out_as_a_picture_uploaded_once(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    chats = await groups_on_telegram(telegram, world, commune)
    await until_the_text(line, head)
    await line.share(head, PNG, kind=MediaKind.DOCUMENT, name="sơ đồ.png")
    await line.text(head, TEXT)
    await line.tap(head, "Gửi ngay")
    await line.tap(head, "📢 Gửi")
    await send_out(world, line.channel, (await announced(world)).broadcast)
    assert [file.kind for file in telegram.uploads] == [MediaKind.PHOTO]
    assert telegram.uploads[0].sent == 1 + len(chats)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"PK\x03\x04 synthetic", "danh sách.docx", "Tệp “danh sách.docx” không phải ảnh JPG, PNG hay PDF."),
        (PDF + bytes(20_000_000), "to.pdf", "Tệp “to.pdf” quá nặng: gửi qua đây nhiều nhất 20 MB."),
        (PNG + bytes(10_000_000), "to.png", "Tệp “to.png” nặng 10,0 MB, nhiều nhất là 10 MB."),
    ],
)
async def test_what_a_notice_cannot_carry_is_refused_with_a_sentence(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User, content: bytes, name: str,
    sentence: str,
) -> None:  # fmt: skip
    await until_the_text(line, head)
    await line.share(head, content, kind=MediaKind.DOCUMENT, name=name)
    assert line.last(head).text.startswith(sentence)
    await line.text(head, TEXT)
    await line.tap(head, "Gửi ngay")
    await line.tap(head, "📢 Gửi")
    assert (await announced(world)).files == ()


async def test_an_eleventh_picture_is_refused(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await until_the_text(line, head)
    for number in range(11):
        await line.share(head, PHOTO + bytes([number]), album="7")
    assert line.last(head).text == "Có 11 tệp đính kèm, nhiều nhất là 10."


async def test_a_file_telegram_does_not_hand_over_can_be_sent_again(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await until_the_text(line, head)
    telegram.fault(server_error(), method="getFile")
    await line.share(head, PHOTO)
    assert line.last(head).text == "Chưa lấy được tệp “Ảnh 1.jpg” từ Telegram. Xin gửi lại tệp ấy."
    await line.share(head, PHOTO)
    assert line.last(head).text.startswith("📎 Gửi kèm thông báo:")


async def test_pictures_outside_a_draft_are_answered_and_kept_nowhere(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await line.share(head, PHOTO)
    assert line.last(head).text == "Muốn gửi ảnh hoặc tệp kèm thông báo, xin gõ /thongbao trước rồi gửi lại."
    lan = telegram.user("Lan")
    await line.share(lan, PHOTO)
    assert telegram.sent(lan.id)[0].text == "Bot chưa đọc được ảnh, tiếng nói hay tệp. Xin gõ thành chữ."
    await line.share(lan, PHOTO, caption="7K3M9Q")
    assert line.last(lan).text.startswith("Không có thẻ nào mang mã 7K3M9Q.")
    assert telegram.calls("getFile") == []


async def test_a_draft_with_files_is_undone_like_any_other(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await until_the_text(line, head)
    await line.share(head, PHOTO, caption=TEXT)
    await line.tap(head, "Gửi ngay")
    await line.tap(head, "📢 Gửi")
    await line.tap(head, "Hoàn tác")
    assert line.last(head).text.startswith("Đã hoàn tác.")
    assert await broadcasts.publish_due(world.context.database, NOON + timedelta(minutes=1)) == []


async def test_the_sample_under_the_preview_acknowledges_nothing(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await until_the_review(line, head)
    press = await line.tap(head, "✅ Đã nhận (0/3)")
    assert press.answer is not None
    assert press.answer.text.startswith("Đây là bản xem thử.")
    async with world.context.database.read() as connection:
        assert (await connection.execute(select(t.acknowledgement.c.id))).all() == []


async def test_an_end_of_validity_by_button_and_by_words(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await until_the_review(line, head)
    await line.tap(head, "Đặt hạn hiệu lực")
    await line.tap(head, "Hết ngày hôm sau (24/11)")
    assert "Có hiệu lực đến: 23 giờ 59, thứ Ba ngày 24/11/2026." in line.last(head).text
    await line.tap(head, "Đặt hạn hiệu lực")
    await line.text(head, "hết thứ sáu")
    notice = telegram.sent(head.id)[-2]
    assert "Có hiệu lực đến 23 giờ 59, thứ Sáu ngày 27/11/2026" in notice.text
    await line.tap(head, "📢 Gửi")
    assert (await announced(world)).broadcast.valid_until == datetime(2026, 11, 27, 16, 59, tzinfo=UTC)


async def test_an_end_before_the_beginning_is_refused_and_can_be_taken_off(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await until_the_review(line, head)
    await line.tap(head, "Đặt hạn hiệu lực")
    await line.text(head, "20h tối nay")
    await line.tap(head, "Đổi giờ")
    await line.text(head, "sáng mai 6h")
    assert line.last(head).text.startswith("Thông báo chỉ có hiệu lực đến 20 giờ 00, thứ Hai ngày 23/11/2026")
    await line.tap(head, "Tối nay 19:00")
    await line.tap(head, "Đặt hạn hiệu lực")
    await line.tap(head, "Không đặt hạn")
    assert "hiệu lực" not in line.last(head).text
    await line.tap(head, "📢 Gửi")
    assert (await announced(world)).broadcast.valid_until is None


async def test_each_urgency_says_what_it_does(
    telegram: FakeTelegram, line: Line, world: World, commune: Commune, head: User
) -> None:
    await until_the_review(line, head)
    assert "Mức khẩn – Thường: gửi lần lượt." in line.last(head).text
    await line.tap(head, "Đổi mức khẩn")
    assert "Gấp: gửi trước thông báo thường." in line.last(head).text
    await line.tap(head, "Khẩn cấp")
    assert "Mức khẩn – Khẩn cấp: gửi trước tất cả" in line.last(head).text

"""`/n/{code}`: what anyone who holds the link sees, and what nobody does."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from announcements.types import FileKind, Kind, Role
from db.announcing import notices
from db.announcing.notices import NewFile
from db.engine import Database
from tests.bot.conftest_board import Village, open_board


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(sqlite_database, tmp_path) as village:
        yield village


async def get(village: Village, path: str) -> tuple[int, str]:
    async with village.device() as device:
        answer = await device.get(path)
        return answer.status_code, answer.text


async def test_anyone_with_the_link_reads_the_notice(village: Village) -> None:
    leader = await village.staff(Role.VILLAGE_HEAD, "Thu Quế")
    ends = village.now + timedelta(days=2)
    notice = await village.announce("Họp thôn", "Dòng một\n\nDòng hai", kind=Kind.MEETING, by=leader, valid_until=ends)
    for code in (notice.announcement, notice.code, notice.announcement.lower().replace("-", " ")):
        status, page = await get(village, f"/n/{code}")
        assert status == 200
        for words in ("<h1>Họp thôn</h1>", "<p>Dòng một</p>", "<p>Dòng hai</p>", "Mời họp", notice.announcement,
                      "Trưởng thôn, Thôn Thu Quế", "19 giờ 00, thứ Hai ngày 23/11/2026", "Gửi tới: Thôn Thu Quế",
                      "Có hiệu lực đến 19 giờ 00, thứ Tư ngày 25/11/2026", "Mã thẻ hộ"):  # fmt: skip
            assert words in page


async def test_a_notice_names_no_household_and_no_member_of_staff(village: Village) -> None:
    leader = await village.staff(Role.VILLAGE_HEAD, "Thu Quế")
    notice = await village.announce(by=leader)
    async with village.device("203.0.113.1") as lan:
        await lan.post(f"/n/{notice.code}/ack", data={"card": village.cards["Bà Lan"]})
    _, page = await get(village, f"/n/{notice.code}")
    for private in (*village.commune.households, *village.cards.values(), "Trần Văn Mẫu"):
        assert private not in page


async def test_a_notice_that_waits_for_its_time_is_unknown_to_the_public(village: Village) -> None:
    code = await village.schedule(due_at=village.now + timedelta(hours=1))
    status, page = await get(village, f"/n/{code}")
    assert status == 404
    assert "Họp thôn" not in page


@pytest.mark.parametrize("code", ["TB-0000", "TB-7K3M.1", "khong-co", "%00", "a" * 3000, "…"])
async def test_an_unknown_code_gets_a_kind_page(village: Village, code: str) -> None:
    status, page = await get(village, f"/n/{code}")
    assert status == 404
    assert "Không có thông báo nào mang mã" in page


async def test_a_withdrawn_notice_says_so_and_shows_neither_text_nor_button(village: Village) -> None:
    notice = await village.announce("Thu phí", "Nội dung sai")
    village.later(minutes=7)
    await village.withdraw(notice)
    status, page = await get(village, f"/n/{notice.code}")
    assert status == 200
    assert "Thông báo này đã được thu hồi lúc 19:07 ngày 23/11/2026" in page
    assert "Nội dung sai" not in page
    assert "<form" not in page


async def test_a_notice_withdrawn_before_it_went_out_stays_unknown(village: Village) -> None:
    code = await village.schedule(due_at=village.now + timedelta(hours=1))
    async with village.context.database.write() as connection:
        row = await notices.find(connection, code)
        await notices.withdraw(connection, row.announcement_id, None, village.now)
    assert (await get(village, f"/n/{code}"))[0] == 404


async def test_a_notice_past_its_use_says_so_and_can_still_be_acknowledged(village: Village) -> None:
    notice = await village.announce(valid_until=village.now + timedelta(hours=1))
    village.later(hours=1)
    _, page = await get(village, f"/n/{notice.code}")
    assert "Thông báo này đã hết hiệu lực</b> từ 20:00 ngày 23/11/2026" in page
    assert ">Đã nhận</button>" in page


async def test_a_correction_and_the_corrected_point_at_each_other(village: Village) -> None:
    old = await village.announce("Tiêm ngày 25")
    waiting = await village.schedule("Tiêm ngày 26", supersedes=old.announcement, due_at=village.now)
    assert waiting not in (await get(village, f"/n/{old.code}"))[1]
    new = await village.announce("Tiêm ngày 27", supersedes=old.announcement)
    _, page = await get(village, f"/n/{old.code}")
    assert "Thông báo này đã có bản đính chính" in page
    assert f'href="/n/{new.announcement}"' in page
    assert ">Đã nhận</button>" not in page
    _, page = await get(village, f"/n/{new.code}")
    assert f'href="/n/{old.announcement}"' in page
    assert ">Đã nhận</button>" in page


async def test_a_withdrawn_correction_gives_the_button_back(village: Village) -> None:
    old = await village.announce("Tiêm ngày 25")
    await village.withdraw(await village.announce("Tiêm ngày 27", supersedes=old.announcement))
    _, page = await get(village, f"/n/{old.code}")
    assert "đính chính" not in page
    assert ">Đã nhận</button>" in page


async def test_markup_in_title_and_body_is_shown_and_never_obeyed(village: Village) -> None:
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    notice = await village.announce(attack, attack)
    _, page = await get(village, f"/n/{notice.code}")
    assert "<script" not in page
    assert "<img src=x" not in page
    assert 'content="&#34;&gt;&lt;script' in page


async def with_files(village: Village) -> list[NewFile]:
    uploads = village.context.settings.uploads
    uploads.mkdir()
    (uploads / "a.jpg").write_bytes(b"\xff\xd8\xff a picture")
    (uploads / "b.pdf").write_bytes(b"%PDF-1.4")
    (uploads / "c.svg").write_bytes(b"<svg><script>alert(1)</script></svg>")
    return [
        NewFile(FileKind.PHOTO, "ảnh “lịch”.jpg", "a.jpg", 1_234_567),
        NewFile(FileKind.DOCUMENT, "danh sách.pdf", "b.pdf", 400),
        NewFile(FileKind.PHOTO, "hình.svg", "c.svg", 2_000),
        NewFile(FileKind.DOCUMENT, "mật khẩu", "../secret.key", 10),
    ]


async def test_pictures_are_shown_and_documents_downloaded(village: Village) -> None:
    notice = await village.announce(files=await with_files(village))
    photo, document, drawing, _ = notice.files
    _, page = await get(village, f"/n/{notice.code}")
    assert f'<img src="/n/{notice.code}/files/{photo.id}" alt="Ảnh kèm thông báo: ảnh “lịch”.jpg"' in page
    assert f'<img src="/n/{notice.code}/files/{drawing.id}"' not in page
    assert "<span>(1 KB)</span>" in page
    async with village.device() as device:
        shown = await device.get(f"/n/{notice.code}/files/{photo.id}")
        assert (shown.headers["content-type"], shown.content) == ("image/jpeg", b"\xff\xd8\xff a picture")
        assert shown.headers["content-disposition"].startswith("inline")
        for file, kind in ((document, "application/pdf"), (drawing, "application/octet-stream")):
            got = await device.get(f"/n/{notice.code}/files/{file.id}")
            assert got.headers["content-type"] == kind
            assert got.headers["content-disposition"].startswith("attachment")
            assert got.headers["x-content-type-options"] == "nosniff"


async def test_a_file_is_given_only_with_its_own_standing_notice(village: Village) -> None:
    notice = await village.announce(files=await with_files(village))
    other = await village.announce()
    photo, document, _, outside = notice.files
    (village.context.settings.uploads.parent / "secret.key").write_bytes(b"secret")
    (village.context.settings.uploads / "b.pdf").unlink()
    for path in (f"/n/{other.code}/files/{photo.id}", f"/n/{notice.code}/files/{outside.id}",
                 f"/n/{notice.code}/files/{document.id}", f"/n/{notice.code}/files/x"):  # fmt: skip
        assert (await get(village, path))[0] in (404, 422)
    await village.withdraw(notice)
    assert (await get(village, f"/n/{notice.code}/files/{photo.id}"))[0] == 404


async def test_looking_stores_nothing(village: Village) -> None:
    notice = await village.announce()
    before = await village.rows()
    async with village.device() as device:
        for path in ("/", f"/n/{notice.code}", f"/n/{notice.code}?ok=1", f"/h/{village.cards['Bà Lan']}",
                     f"/n/{notice.code}/ack", f"/h/{village.cards['Bà Lan']}/remember", "/h/000000"):  # fmt: skip
            await device.get(path)
            await device.head(path)
        assert not device.cookies
    assert await village.rows() == before
    assert village.answered == []


async def test_a_page_for_a_stranger_takes_a_few_reads_and_few_bytes(village: Village) -> None:
    notice = await village.announce(body="Nội dung\n\n" * 200)
    statements: list[str] = []
    engine = village.context.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    _, page = await get(village, f"/n/{notice.code}")
    assert len([one for one in statements if one.startswith("SELECT")]) <= 2
    assert len(page.encode()) < 50_000


async def test_a_link_preview_learns_the_title_by_head_and_get(village: Village) -> None:
    notice = await village.announce("Họp thôn", kind=Kind.MEETING)
    async with village.device() as device:
        assert (await device.head(f"/n/{notice.code}")).status_code == 200
    assert '<meta property="og:title" content="Mời họp: Họp thôn">' in (await get(village, f"/n/{notice.code}"))[1]

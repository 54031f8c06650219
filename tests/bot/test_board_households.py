"""`/` and `/h/…`: getting in with a card, what is listed, remembering and forgetting."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from announcements.types import Kind
from db.engine import Database
from db.tables import IdentityState, t
from tests.bot.conftest_board import Village, open_board


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(sqlite_database, tmp_path) as village:
        yield village


async def test_the_first_page_says_what_this_is_and_takes_a_card(village: Village) -> None:
    async with village.device() as device:
        page = (await device.get("/")).text
        assert "<h1>Bảng tin Xã Thử</h1>" in page
        assert "Mở trang của hộ</button>" in page
        answer = await device.post("/h", data={"card": " " + village.cards["Bà Lan"].lower()})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/h/{village.cards['Bà Lan']}")


async def test_whoever_types_a_notices_code_gets_to_the_notice(village: Village) -> None:
    async with village.device() as device:
        assert (await device.post("/h", data={"card": "tb 7k3m"})).headers["location"] == "/n/TB-7K3M"


@pytest.mark.parametrize("typed", ["", "   ", "…", "/"])
async def test_an_empty_card_field_gets_a_sentence(village: Village, typed: str) -> None:
    async with village.device() as device:
        answer = await device.post("/h", data={"card": typed})
    assert answer.status_code == 422
    assert "Xin nhập mã 6 chữ và số" in answer.text


async def test_a_typed_address_never_leads_elsewhere(village: Village) -> None:
    async with village.device() as device:
        answer = await device.post("/h", data={"card": "//khac.example/../x"})
    assert answer.headers["location"] == "/h/KHAC.EXAMP1E..X"


async def test_a_card_shows_its_household_and_only_its_notices(village: Village) -> None:
    theirs = await village.announce("Việc của Thu Quế")
    await village.announce("Việc của Thống Nhất", to=["Thống Nhất"])
    await village.announce("Việc chung", to=[""])
    async with village.device() as device:
        page = (await device.get(f"/h/{village.cards['Bà Lan']}")).text
        assert "Hộ Bà Lan</h1>" in page
        assert "Tổ 1" in page
        assert theirs.title in page
        assert "Việc chung" in page
        for foreign in ("Việc của Thống Nhất", "Ông Hải", "Chị Mai"):
            assert foreign not in page
        page = (await device.get(f"/h/{village.cards['Chị Mai']}")).text
        assert "Việc của Thống Nhất" in page
        assert "Việc của Thu Quế" not in page
        assert not device.cookies


async def test_a_notice_is_acknowledged_from_the_cards_page(village: Village) -> None:
    notice = await village.announce()
    card = village.cards["Bà Lan"]
    async with village.device() as device:
        page = (await device.get(f"/h/{card}")).text
        assert f'action="/n/{notice.code}/ack"' in page
        assert f'<input type="hidden" name="card" value="{card}">' in page
        await device.post(f"/n/{notice.code}/ack", data={"card": card})
        page = (await device.get("/")).text
    assert "Không còn thông báo nào chờ xác nhận." in page
    assert "Hộ Bà Lan đã xác nhận lúc 19:00 ngày 23/11/2026" in page


async def test_only_notices_still_of_use_are_listed_and_the_unanswered_come_first(village: Village) -> None:
    await village.announce("Đã hết hạn", valid_until=village.now + timedelta(minutes=1))
    await village.withdraw(await village.announce("Đã thu hồi"))
    old = await village.announce("Bản cũ")
    await village.announce("Bản mới", supersedes=old.announcement)
    await village.schedule("Chưa tới giờ", due_at=village.now + timedelta(days=1))
    early = await village.announce("Chưa trả lời", kind=Kind.MEETING)
    village.later(hours=1)
    late = await village.announce("Đã trả lời")
    card = village.cards["Bà Lan"]
    async with village.device() as device:
        await device.post(f"/n/{late.code}/ack", data={"card": card})
        page = (await device.get("/")).text
    for gone in ("Đã hết hạn", "Đã thu hồi", "Bản cũ", "Chưa tới giờ"):
        assert gone not in page
    assert page.index("Bản mới") < page.index(late.title)
    assert page.index(early.title) < page.index(late.title)
    assert "<b>2</b> thông báo chưa xác nhận" in page


async def test_a_device_remembers_several_households_and_forgets_one(village: Village) -> None:
    await village.announce()
    async with village.device() as device:
        for head in ("Bà Lan", "Ông Hải"):
            answer = await device.post(f"/h/{village.cards[head]}/remember")
            assert answer.status_code == 303
            assert f"Máy này đã ghi nhớ hộ {head}" in (await device.get(answer.headers["location"])).text
        page = (await device.get("/")).text
        assert ("Hộ Bà Lan" in page, "Hộ Ông Hải" in page) == (True, True)
        page = (await device.get(f"/h/{village.cards['Ông Hải']}")).text
        assert page.index("Hộ Ông Hải") < page.index("Hộ Bà Lan")
        await device.post(f"/h/{village.cards['Bà Lan']}/forget")
        page = (await device.get("/")).text
        assert ("Hộ Bà Lan" in page, "Hộ Ông Hải" in page) == (False, True)
        answer = await device.post("/forget", data={"household": "H-002"})
        page = (await device.get(answer.headers["location"])).text
        assert "Máy này không còn ghi nhớ hộ vừa chọn." in page
        assert "Mã thẻ hộ" in page


async def test_one_device_forgetting_leaves_the_others_alone(village: Village) -> None:
    card = village.cards["Bà Lan"]
    async with village.device() as phone, village.device() as tablet, village.device() as stranger:
        for device in (phone, tablet):
            await device.post(f"/h/{card}/remember")
        await phone.post(f"/h/{card}/forget")
        await stranger.post("/forget", data={"household": "H-001"})
        assert "Hộ Bà Lan" not in (await phone.get("/")).text
        assert "Hộ Bà Lan" in (await tablet.get("/")).text


async def test_a_link_taken_back_is_gone_at_once(village: Village) -> None:
    notice = await village.announce()
    async with village.device() as device:
        await device.post(f"/h/{village.cards['Bà Lan']}/remember")
        async with village.context.database.write() as connection:
            await connection.execute(update(t.identity).values(state=IdentityState.REVOKED))
        assert (await device.post(f"/n/{notice.code}/ack")).status_code == 422
        assert "Hộ Bà Lan" not in (await device.get("/")).text


async def test_without_cookies_the_page_says_that_nothing_was_remembered(village: Village) -> None:
    card = village.cards["Bà Lan"]
    async with village.device() as device:
        answer = await device.post(f"/h/{card}/remember")
        device.cookies.clear()
        page = (await device.get(answer.headers["location"])).text
    assert "Máy này không giữ được cookie" in page
    assert "Máy này đã ghi nhớ" not in page


@pytest.mark.parametrize("path", ["/h/000000", "/h/TB-7K3M", "/h/%3Cscript%3E", "/h/" + "9" * 3000])
async def test_a_wrong_card_gets_a_kind_page_with_the_field_again(village: Village, path: str) -> None:
    async with village.device() as device:
        answer = await device.get(path)
    assert answer.status_code == 404
    assert "Không có thẻ nào mang mã" in answer.text
    assert "Mở trang của hộ</button>" in answer.text
    assert "<script" not in answer.text


async def test_a_revoked_card_says_that_it_was_replaced(village: Village) -> None:
    await village.revoke("Bà Lan")
    async with village.device() as device:
        for answer in (await device.get(f"/h/{village.cards['Bà Lan']}"),
                       await device.post(f"/h/{village.cards['Bà Lan']}/remember")):  # fmt: skip
            assert answer.status_code == 410
            assert "đã được thu hồi" in answer.text
            assert "Bà Lan" not in answer.text


async def test_households_pages_are_kept_by_nobody(village: Village) -> None:
    async with village.device() as device:
        await device.post(f"/h/{village.cards['Bà Lan']}/remember")
        for path in ("/", f"/h/{village.cards['Bà Lan']}"):
            answer = await device.get(path)
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert "og:title" not in answer.text

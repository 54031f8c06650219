"""The notice board as a household sees it on a small telephone."""

from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import expect

from announcements.types import FileKind, Kind, Role, Urgency
from db.announcing.notices import NewFile
from tests.browser.conftest import Site, checked

pytestmark = pytest.mark.browser

BODY = """Kính mời đại diện các hộ dự họp thôn để bàn việc sửa đường liên thôn và thu chi quỹ năm 2026.

Thời gian: 19 giờ 30 thứ Sáu ngày 27/11/2026
Địa điểm: Nhà văn hóa thôn Thu Quế

Tài liệu xem trước tại https://thu-que.example.vn/hop-thon-thang-11/du-thao-quy-uoc-sua-doi-2026.
Rất mong ông/bà đến đông đủ."""


async def test_a_household_types_its_card_once_and_taps_from_then_on(site: Site) -> None:
    village = site.village
    leader = await village.staff(Role.VILLAGE_HEAD, "Thu Quế")
    first = await village.announce("Mời họp thôn về sửa đường và thu chi quỹ", BODY, kind=Kind.MEETING, by=leader)
    page = await site.phone()
    await page.goto(f"{site.url}/n/{first.announcement}")
    await expect(page.get_by_role("heading", name=first.title)).to_be_visible()
    await checked(page, "01-notice-stranger")

    await page.get_by_label("Mã thẻ hộ").fill("000000")
    await page.get_by_role("button", name="Đã nhận", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Không có thẻ nào mang mã “000000”")
    await checked(page, "02-wrong-card")

    await page.get_by_label("Mã thẻ hộ").fill(village.cards["Bà Lan"].lower())
    await page.get_by_role("button", name="Đã nhận", exact=True).click()
    await expect(page.get_by_role("status")).to_contain_text("Đã ghi nhận. Cảm ơn ông/bà!")
    await expect(page.get_by_text("Hộ Bà Lan đã xác nhận lúc 19:00 ngày 23/11/2026")).to_be_visible()
    await checked(page, "03-acknowledged")

    await page.get_by_role("button", name="Sẽ dự họp", exact=True).first.click()
    await expect(page.get_by_text("Hộ Bà Lan đã xác nhận lúc 19:00 ngày 23/11/2026: sẽ dự họp")).to_be_visible()

    second = await village.announce("Cắt điện sửa đường dây", urgency=Urgency.URGENT, kind=Kind.UTILITY)
    await page.goto(f"{site.url}/n/{second.announcement}")
    await checked(page, "04-remembered")
    await page.get_by_role("button", name="Đã nhận", exact=True).click()
    await expect(page.get_by_text("Hộ Bà Lan đã xác nhận lúc")).to_be_visible()
    assert (await village.standings(second))["Bà Lan"] == "acknowledged/board/received"


async def test_everything_works_without_scripts(site: Site) -> None:
    village = site.village
    notice = await village.announce()
    page = await site.phone(scripts=False)
    await page.goto(site.url)
    await page.get_by_label("Mã thẻ hộ").fill(village.cards["Bà Lan"])
    await page.get_by_role("button", name="Mở trang của hộ").click()
    await expect(page.get_by_role("heading", name="Hộ Bà Lan")).to_be_visible()
    await page.get_by_role("button", name="Đây là hộ của tôi – ghi nhớ trên máy này").click()
    await expect(page.get_by_role("status")).to_contain_text("Máy này đã ghi nhớ hộ Bà Lan")
    await page.get_by_role("link", name=notice.title).click()
    await page.get_by_role("button", name="Đã nhận", exact=True).click()
    await expect(page.get_by_role("status")).to_contain_text("Đã ghi nhận")
    await page.get_by_role("link", name="Xem tất cả thông báo của hộ").click()
    await expect(page.get_by_text("Không còn thông báo nào chờ xác nhận.")).to_be_visible()
    assert (await village.standings(notice))["Bà Lan"] == "acknowledged/board/received"


async def test_a_helper_answers_for_two_households(site: Site) -> None:
    village = site.village
    notice = await village.announce("Phun thuốc muỗi sáng thứ Bảy", kind=Kind.HEALTH)
    page = await site.phone()
    for number, head in enumerate(("Bà Lan", "Ông Hải"), start=1):
        await page.goto(f"{site.url}/h/{village.cards[head]}")
        await checked(page, f"05-card-{number}")
        await page.get_by_role("button", name="Đây là hộ của tôi – ghi nhớ trên máy này").click()
    await checked(page, "06-card-remembered")
    await page.goto(site.url)
    await checked(page, "07-home-helper")
    await page.goto(f"{site.url}/n/{notice.code}")
    await expect(page.get_by_role("button", name="Đã nhận", exact=True)).to_have_count(2)
    await checked(page, "08-helper-notice")
    await page.get_by_role("button", name="Đã nhận cho tất cả").click()
    await expect(page.get_by_text("Hộ Ông Hải đã xác nhận lúc")).to_be_visible()
    await expect(page.get_by_text("Hộ Bà Lan đã xác nhận lúc")).to_be_visible()
    await page.goto(site.url)
    await checked(page, "09-home-answered")


async def test_pictures_documents_and_corrections_are_shown(site: Site) -> None:
    village = site.village
    uploads = village.context.settings.uploads
    files = _files(uploads)
    old = await village.announce("Lịch tiêm vắc-xin cho trẻ", "Tiêm ngày 25/11.", kind=Kind.HEALTH)
    village.later(hours=1)
    new = await village.announce("Đính chính lịch tiêm vắc-xin cho trẻ", "Tiêm ngày 26/11, tại trạm y tế.",
                                 kind=Kind.HEALTH, supersedes=old.announcement, files=files,
                                 valid_until=village.now + timedelta(days=3))  # fmt: skip
    page = await site.phone()
    await page.goto(f"{site.url}/n/{old.announcement}")
    await checked(page, "10-corrected")
    await page.get_by_role("link", name=f"Xem bản đính chính {new.announcement}").first.click()
    picture = page.get_by_role("img", name="Ảnh kèm thông báo: lich-tiem.jpg")
    await picture.scroll_into_view_if_needed()
    await page.wait_for_function("document.querySelector('figure img').naturalWidth > 0")
    await checked(page, "11-correction-with-files")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="danh-sach.pdf").click()
    assert (await download.value).suggested_filename == "danh-sach.pdf"
    await page.get_by_role("link", name=old.announcement, exact=True).click()
    await expect(page.get_by_text("Thông báo này đã có bản đính chính.")).to_be_visible()


def _files(uploads: Path) -> list[NewFile]:
    uploads.mkdir()
    Image.new("RGB", (1200, 700), "#7fb08a").save(uploads / "a.jpg")
    (uploads / "b.pdf").write_bytes(b"%PDF-1.4\n% a sample\n")
    return [
        NewFile(FileKind.PHOTO, "lich-tiem.jpg", "a.jpg", 9_000),
        NewFile(FileKind.DOCUMENT, "danh-sach.pdf", "b.pdf", 340_000),
    ]


async def test_every_other_page_is_sound_by_day_and_by_night(site: Site) -> None:
    village = site.village
    warning = await village.announce("Lũ trên sông Hồng lên nhanh", "Các hộ ngoài đê chuyển đồ lên cao ngay.",
                                     kind=Kind.WARNING, urgency=Urgency.EMERGENCY,
                                     valid_until=village.now + timedelta(hours=1))  # fmt: skip
    gone = await village.announce("Thu phí rác quý IV", kind=Kind.PAYMENT)
    await village.withdraw(gone)
    village.later(hours=2)
    addresses = {
        "12-home": "/",
        "13-expired": f"/n/{warning.code}",
        "14-withdrawn": f"/n/{gone.code}",
        "15-unknown-notice": "/n/TB-0000",
        "16-unknown-card": "/h/000000",
        "17-unknown-page": "/khac",
    }
    for dark in (False, True):
        page = await site.phone(dark=dark)
        for name, path in addresses.items():
            await page.goto(site.url + path)
            await checked(page, f"{name}{'-dark' if dark else ''}")


async def test_a_page_of_another_site_cannot_answer_for_a_household(site: Site) -> None:
    village = site.village
    notice = await village.announce()
    page = await site.phone()
    await page.goto(f"{site.url}/h/{village.cards['Bà Lan']}")
    await page.get_by_role("button", name="Đây là hộ của tôi – ghi nhớ trên máy này").click()
    action = f"{site.url}/n/{notice.code}/ack".replace("127.0.0.1", "localhost")
    await page.goto("data:text/html,<h1>elsewhere</h1>")
    await page.set_content(f'<form method="post" action="{action}"><button>Quà</button></form>')
    await page.get_by_role("button", name="Quà").click()
    await expect(page.get_by_role("heading", name="Yêu cầu đến từ trang khác")).to_be_visible()
    await checked(page, "18-foreign")
    assert set((await village.standings(notice)).values()) == {"open"}

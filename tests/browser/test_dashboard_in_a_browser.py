"""The office watches: a secretary at a desk, a village head on a small telephone, with scripts and without."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from announcements.types import DeliveryState, How, Reason, Role
from bot.office.reach import recording
from bot.web.dashboard import watching
from db.announcing.board import Notice
from tests.browser.conftest import PHONE, Site, checked, fits, keep
from tests.makers import delivery_states, make_chats, settle, take

pytestmark = pytest.mark.browser

GROUPS = ("Thu Quế 1", "Thu Quế 2", "Thống Nhất 1", "Thống Nhất 2")


async def acknowledge(site: Site, notice: Notice, *heads: str) -> None:
    async with site.village.device() as device:
        for head in heads:
            await device.post(f"/n/{notice.code}/ack", data={"card": site.village.cards[head]})
    site.village.app.state.watching.moved(notice.broadcast_id)


async def evening(site: Site) -> Notice:
    """Two older notices that one group was slow with, and a new one: arrived everywhere but in one chat, answered by
    some."""
    village = site.village
    await make_chats(village.context.database, [village.area(name) for name in GROUPS])
    for title in ("Tiêm chủng cho trẻ em", "Thu quỹ phòng chống thiên tai"):
        older = await village.announce(title, to=("",))
        await settle(village.context.database, await take(village.context.database, now=village.now), now=village.now)
        await acknowledge(site, older, "Chị Mai", "Anh Tú", "Cụ Sáu", "Ông Bình")
        village.later(hours=5)
    notice = await village.announce("Mời họp thôn bàn việc làm đường", to=("",))
    *sent, failed = await take(village.context.database, now=village.now)
    await settle(village.context.database, sent, now=village.now)
    await settle(village.context.database, [failed], DeliveryState.FAILED, now=village.now)
    village.later(minutes=4)
    await acknowledge(site, notice, "Bà Lan", "Chị Mai")
    village.later(minutes=20)
    await recording.told(village.context, notice.code, "H-002", how=How.MET, staff=None)
    await recording.unreachable(village.context, notice.code, "H-006", why=Reason.AWAY, staff=None)
    await village.schedule("Phun thuốc diệt muỗi", to=("",), due_at=village.now.replace(hour=23))
    return notice


async def open_everything(page: Page) -> None:
    for summary in await page.locator("summary").all():
        await summary.click()


async def test_a_secretary_watches_a_notice_and_mends_what_is_stuck(site: Site) -> None:
    notice = await evening(site)
    page = await site.desk(Role.SECRETARY)
    await page.goto(site.url)
    await expect(page.get_by_role("heading", name="Cần xử lý")).to_be_visible()
    await expect(page.get_by_text("Phun thuốc diệt muỗi")).to_be_visible()
    await expect(page.get_by_text("Tổ 1, Thôn Thu Quế")).to_be_visible()
    await checked(page, "office-dashboard")
    await page.get_by_role("link", name="Mời họp thôn bàn việc làm đường").last.click()
    await expect(page.get_by_text("Đang cập nhật trực tiếp")).to_be_visible()
    await expect(page.locator(".hero .figure")).to_contain_text("50%")
    curve = page.get_by_role("img", name="Đường số hộ có tin")
    await expect(curve).to_have_js_property("complete", True, timeout=20_000)
    assert await curve.evaluate("picture => picture.naturalWidth") > 0
    await open_everything(page)
    await checked(page, "office-notice")
    await page.get_by_role("link", name="Gửi lại").first.click()
    await checked(page, "office-resend")
    await page.get_by_role("button", name="Gửi lại").click()
    await expect(page.get_by_role("status")).to_contain_text("gửi lại ngay")
    states = await delivery_states(site.village.context.database, notice.broadcast_id)
    assert states == [DeliveryState.QUEUED, *[DeliveryState.SENT] * 3]
    await page.get_by_role("link", name="Thu hồi").click()
    await checked(page, "office-withdraw")
    await page.get_by_role("button", name="Thu hồi").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã thu hồi")


async def test_figures_move_while_the_page_is_open(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "AT_MOST_EVERY", 0.05)
    notice = await evening(site)
    page = await site.desk(Role.SECRETARY)
    await page.goto(f"{site.url}/notices/{notice.code}")
    await expect(page.get_by_text("Đang cập nhật trực tiếp")).to_be_visible()
    await acknowledge(site, notice, "Ông Bình", "Anh Tú")
    await expect(page.locator(".hero .figure")).to_contain_text("83%")
    await expect(page.get_by_role("row", name="Thôn Thu Quế").locator("[data-n='1']").first).to_have_text("2")
    await expect(page.locator(".hero").get_by_role("img")).to_have_accessible_name(
        "4 tự xác nhận, 1 báo tận nơi, 1 không gặp được, 0 chưa có tin trong 6 hộ"
    )
    width = await page.locator(".hero .bar rect").first.get_attribute("width")
    assert width == "66.667%"


async def test_a_village_head_looks_on_a_small_telephone(site: Site) -> None:
    await evening(site)
    page = await site.desk(Role.VILLAGE_HEAD, "Thu Quế", size=PHONE)
    await page.goto(site.url)
    await checked(page, "office-dashboard-phone")
    await page.get_by_role("navigation", name="Danh mục").get_by_role("link", name="Thông báo", exact=True).click()
    await checked(page, "office-notices-phone")
    await page.get_by_role("link", name="Mời họp thôn bàn việc làm đường").click()
    await expect(page.locator(".hero .figure")).to_contain_text("66%")
    assert await page.get_by_text("Thống Nhất").count() == 0
    await asyncio.sleep(0.5)
    await checked(page, "office-notice-phone")
    await page.get_by_role("link", name="Tổ 1").first.click()
    await expect(page.get_by_text("Bà Lan")).to_be_visible()
    await checked(page, "office-households-phone")


async def test_without_scripts_everything_is_there_after_a_reload(site: Site) -> None:
    notice = await evening(site)
    page = await site.desk(Role.VILLAGE_HEAD, "Thu Quế", size=PHONE, scripts=False)
    await page.goto(f"{site.url}/notices/{notice.code}")
    await expect(page.locator(".hero .figure")).to_contain_text("66%")
    await expect(page.get_by_text("Đang cập nhật trực tiếp")).to_be_hidden()
    await acknowledge(site, notice, "Ông Bình")
    await page.reload()
    await expect(page.locator(".hero .figure")).to_contain_text("100%")
    assert await fits(page)
    await keep(page, "office-notice-phone-no-scripts")


async def test_a_search_and_a_new_installation(site: Site) -> None:
    page = await site.desk(Role.ADMIN)
    await page.goto(site.url)
    await expect(page.get_by_role("heading", name="Bắt đầu từ đây")).to_be_visible()
    await checked(page, "office-first-steps")
    await evening(site)
    await page.goto(f"{site.url}/notices")
    await checked(page, "office-notices")
    await page.get_by_label("Tìm theo tiêu đề hoặc mã").fill("tiem chung")
    await page.get_by_role("button", name="Tìm").click()
    await expect(page.get_by_role("link", name="Tiêm chủng cho trẻ em")).to_be_visible()
    await expect(page.get_by_role("link", name="Mời họp thôn")).to_have_count(0)

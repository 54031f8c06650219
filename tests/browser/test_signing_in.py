"""A member of staff gets in with a link, on a telephone, with nothing but buttons."""

import pytest
from playwright.async_api import expect

from announcements.types import Role
from bot.office.staff.access import first_link
from tests.browser.conftest import Site, checked

pytestmark = pytest.mark.browser


async def test_the_first_administrator_signs_in_and_out(site: Site) -> None:
    link = await first_link(site.village.context)
    assert link is not None
    page = await site.phone()
    await page.goto(link.url)
    await checked(page, "office-first-sign-in")
    await page.get_by_label("Họ và tên").fill("Trần Thị Thư")
    await page.get_by_role("button", name="Đăng nhập").click()
    await expect(page.get_by_text("Trần Thị Thư")).to_be_visible()
    await page.get_by_role("link", name="Thêm", exact=True).click()
    await checked(page, "office-menu")
    await page.get_by_role("link", name="Phiên đăng nhập").last.click()
    await checked(page, "office-sessions")
    await page.get_by_role("button", name="Đăng xuất").click()
    await expect(page.get_by_role("status")).to_contain_text("đã đăng xuất")
    await page.goto(link.url)
    await expect(page.get_by_role("heading", name="không còn dùng được")).to_be_visible()


async def test_an_office_screen_shows_the_whole_menu(site: Site) -> None:
    page = await site.desk(Role.SECRETARY)
    await page.goto(f"{site.url}/sessions")
    await expect(page.get_by_role("link", name="Thêm", exact=True)).to_be_hidden()
    for rows in (page.get_by_role("list", name="Việc hằng ngày"), page.get_by_role("list", name="Sổ sách")):
        tops = await rows.locator("li:visible").evaluate_all("them => them.map(one => one.offsetTop)")
        assert len(tops) > 5
        assert len(set(tops)) == 1, "a row of the menu wraps"
    await checked(page, "office-sessions-wide")

"""A group leader from door to door with a telephone: without scripts, with them, and where there is no line."""

import pytest
from playwright.async_api import Page, expect

from announcements.types import Kind, Role
from tests.browser.conftest import PHONE, Site, checked, fits, keep

pytestmark = pytest.mark.browser


async def list_of(site: Site, *, scripts: bool = True) -> tuple[Page, str]:
    notice = await site.village.announce("Mời họp thôn về sửa đường", kind=Kind.MEETING)
    page = await site.desk(Role.GROUP_LEADER, "Thu Quế 1", size=PHONE, scripts=scripts)
    await page.goto(f"{site.url}/doors")
    return page, notice.announcement


async def test_a_leader_closes_doors_and_takes_one_back(site: Site) -> None:
    page, _ = await list_of(site)
    await checked(page, "doors-notices")
    await page.get_by_role("link", name="Mời họp thôn").click()
    await checked(page, "doors-list")
    lan = page.locator(".door", has_text="Bà Lan")
    await lan.get_by_label("Hộ trả lời").select_option(label="Sẽ dự họp")
    await lan.get_by_role("button", name="Đã gặp").click()
    await expect(page.get_by_text("Đã ghi hộ Bà Lan: Đã gặp.")).to_be_visible()
    hai = page.locator(".door", has_text="Ông Hải")
    await hai.get_by_text("Không gặp được…").click()
    await hai.get_by_role("button", name="Đi viện").click()
    await expect(page.get_by_text("Không còn hộ nào phải gõ cửa ở đây.")).to_be_visible()
    await page.get_by_text("Vừa ghi xong").click()
    await checked(page, "doors-done")
    await page.locator(".door", has_text="Ông Hải").get_by_role("button", name="Hoàn tác").click()
    await expect(page.get_by_text("Đã bỏ ghi nhận của hộ Ông Hải")).to_be_visible()
    await expect(page.locator("#con-lai")).to_have_text("1")


async def test_without_scripts_every_tap_is_a_form(site: Site) -> None:
    page, _ = await list_of(site, scripts=False)
    await page.get_by_role("link", name="Mời họp thôn").click()
    await page.locator(".door", has_text="Bà Lan").get_by_role("button", name="Để phiếu").click()
    await expect(page.get_by_text("Đã ghi hộ Bà Lan")).to_be_visible()
    await page.locator(".door", has_text="Bà Lan").get_by_role("button", name="Hoàn tác").click()
    await expect(page.get_by_text("Đã bỏ ghi nhận của hộ Bà Lan")).to_be_visible()
    await keep(page, "doors-without-scripts")


async def test_taps_without_a_line_are_sent_later_each_once(site: Site) -> None:
    page, code = await list_of(site)
    await page.get_by_role("link", name="Mời họp thôn").click()
    await page.wait_for_url(f"**/doors/{code}**")  # with its scripts: without them every tap is a form
    await page.context.set_offline(True)
    await page.locator(".door", has_text="Bà Lan").get_by_role("button", name="Đã gặp").click()
    await page.locator(".door", has_text="Ông Hải").get_by_role("button", name="Đã gọi").click()
    await expect(page.get_by_text("2 lần bấm chưa gửi được")).to_be_visible()
    await expect(page.get_by_text("Chờ gửi: Đã gặp")).to_be_visible()
    await keep(page, "doors-offline")
    assert await fits(page)

    second = await page.context.new_page()  # the same list in a second tab, which knows the queue too
    await page.context.set_offline(False)
    await second.goto(f"{site.url}/doors/{code}")
    await expect(page.get_by_text("Không còn hộ nào phải gõ cửa ở đây.")).to_be_visible(timeout=15_000)
    await expect(page.get_by_text("lần bấm chưa gửi được")).to_be_hidden()
    rows = await site.village.rows()
    assert rows["tap"] == 2
    assert rows["acknowledgement"] == 2


async def test_the_code_on_the_sheet_opens_one_door(site: Site) -> None:
    notice = await site.village.announce("Phun thuốc muỗi toàn thôn")
    page = await site.desk(Role.VILLAGE_HEAD, "Thu Quế", size=PHONE)
    await page.goto(f"{site.url}/doors/{notice.announcement}/H-001")
    await checked(page, "door-of-one-household")
    await page.get_by_role("button", name="Đã gặp").click()
    await page.get_by_role("link", name="Hộ kế tiếp: Ông Hải").click()
    await expect(page.get_by_role("heading", name="Ông Hải")).to_be_visible()


async def test_a_neighbouring_village_head_sees_nothing(site: Site) -> None:
    notice = await site.village.announce("Việc riêng của Thu Quế")
    page = await site.desk(Role.VILLAGE_HEAD, "Thống Nhất", size=PHONE)
    await page.goto(f"{site.url}/doors")
    await expect(page.get_by_text("Việc riêng của Thu Quế")).to_have_count(0)
    for path in ("", "?group=thu-que-to-1", "/H-001"):
        answer = await page.goto(f"{site.url}/doors/{notice.announcement}{path}")
        assert answer is not None
        assert answer.status == 404
    assert "Bà Lan" not in await page.content()

"""People and places in a real browser: a secretary at an office computer, a village head with a small telephone."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from announcements.types import Role
from tests.browser.conftest import Site, checked
from tests.makers import make_broadcast, make_chats, make_identity

pytestmark = pytest.mark.browser

ROSTER = """Mã hộ,Thôn,Tổ,Chủ hộ,Điện thoại,Địa chỉ,Thiết bị
H-001,Thu Quế,1,Bà Lan,0912 345 678,"Số 5, ngõ 3",smartphone
H-002,Thu Quế,1,Ông Hải,,,smartphone
,Thu Quế,1,Bà Tám,,Ngõ 9,
,Thu Quế,1,,,,
"""


async def test_a_secretary_merges_two_groups_and_takes_it_back(site: Site) -> None:
    await make_chats(site.village.context.database, [site.village.area("Thu Quế 1")])
    page = await site.desk(Role.SECRETARY)
    await page.goto(f"{site.url}/areas")
    await checked(page, "places-areas")
    await page.get_by_role("link", name="Tổ 1").first.click()
    await page.get_by_text("Sáp nhập vào địa bàn khác").click()
    await page.get_by_label("Địa bàn nhận về").select_option("thu-que-to-2")
    await checked(page, "places-area")
    await page.get_by_role("button", name="Xem trước việc sáp nhập").click()
    await expect(page.get_by_text("2 hộ của Tổ 1 sẽ thuộc Tổ 2")).to_be_visible()
    await checked(page, "places-merge-preview")
    await page.get_by_role("button", name="Sáp nhập").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã sáp nhập.")
    await page.get_by_role("link", name="hoàn tác").click()
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã hoàn tác.")
    await checked(page, "places-areas-undone")


async def test_a_secretary_splits_a_group_without_scripts(site: Site) -> None:
    page = await site.desk(Role.SECRETARY, scripts=False)
    await page.goto(f"{site.url}/areas/thu-que-to-1")
    await page.get_by_text("Tách một số hộ ra").click()
    await page.get_by_label("Tên địa bàn mới").fill("Tổ 5")
    await page.get_by_label("Bà Lan").check()
    await page.get_by_role("button", name="Xem trước việc tách").click()
    await page.get_by_role("button", name="Tách", exact=True).click()
    await expect(page.get_by_role("heading", name="Tổ 5")).to_be_visible()


async def test_a_secretary_imports_a_roster(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "danh-sach.csv"
    file.write_text(ROSTER, "utf-8")
    page = await site.desk(Role.SECRETARY)
    await page.goto(f"{site.url}/import")
    await checked(page, "places-import")
    await page.get_by_label("Tệp danh sách hộ").set_input_files(file)
    await page.get_by_role("button", name="Xem trước").click()
    await expect(page.get_by_role("heading", name="Hàng không nhận")).to_be_visible()
    await checked(page, "places-import-preview")
    await page.get_by_role("button", name="Nhập đúng như trên").click()
    await expect(page.get_by_role("status")).to_contain_text("thêm 1 hộ, sửa 1 hộ")


async def test_a_secretary_takes_on_a_leader_and_looks_after_chats(site: Site) -> None:
    await make_chats(site.village.context.database, [*site.village.commune.villages.values()])
    page = await site.desk(Role.SECRETARY)
    await page.goto(f"{site.url}/staff")
    await page.locator("summary", has_text="Thêm cán bộ").click()
    await page.get_by_label("Họ tên").fill("Ông Tư")
    await page.get_by_label("Địa bàn phụ trách").select_option("thu-que-to-1")
    await checked(page, "places-staff")
    await page.get_by_role("button", name="Thêm cán bộ").click()
    await expect(page.get_by_text("/start CB-").first).to_be_visible()
    await page.get_by_role("link", name="Ông Tư").click()
    await page.locator("summary", has_text="Thôi nhiệm vụ").click()
    await checked(page, "places-staff-one")
    await page.get_by_label("Từ đầu ngày").fill("2099-12-31")
    await page.get_by_role("button", name="Thôi nhiệm vụ").click()
    await expect(page.get_by_role("button", name="Tiếp tục nhiệm vụ")).to_be_visible()
    await page.goto(f"{site.url}/chats")
    await page.get_by_role("button", name="Kiểm tra tất cả").click()
    await expect(page.get_by_role("status")).to_contain_text("không gửi được")
    await checked(page, "places-chats")
    await page.get_by_role("link", name="Thôn Thu Quế").click()
    await checked(page, "places-chat")


async def test_a_village_head_finds_a_household_and_keeps_its_telephone(site: Site) -> None:
    village = site.village
    await make_identity(village.context.database, village.commune.households["Bà Lan"], "11")
    await make_broadcast(village.context.database, [village.area("Thu Quế")])
    page = await site.desk(Role.VILLAGE_HEAD, "Thu Quế", size={"width": 360, "height": 740})
    await page.goto(f"{site.url}/households")
    await checked(page, "places-households-phone")
    await page.get_by_label("Tên, địa chỉ").fill("lan")
    await page.get_by_role("button", name="Tìm").click()
    await page.get_by_role("link", name="Bà Lan").click()
    await page.get_by_text("Sửa thông tin liên hệ").click()
    await page.get_by_label("Điện thoại, nhiều số").fill("0912 345 678")
    await checked(page, "places-household-phone")
    await page.get_by_role("button", name="Lưu").click()
    await expect(page.get_by_role("link", name="0912 345 678")).to_be_visible()
    await page.get_by_role("button", name="Bỏ khỏi hộ").click()
    await expect(page.get_by_role("button", name="Gắn lại")).to_be_visible()
    await checked(page, "places-household-unlinked-phone")
    await page.goto(f"{site.url}/areas")
    await expect(page.get_by_text("Thống Nhất")).to_have_count(0)
    await checked(page, "places-areas-phone")
    await page.get_by_role("link", name="Tổ 1").click()
    await checked(page, "places-area-phone")


async def test_a_group_leader_adds_a_household_that_came(site: Site) -> None:
    page = await site.desk(Role.GROUP_LEADER, "Thu Quế 1", size={"width": 360, "height": 740})
    await page.goto(f"{site.url}/households")
    await page.get_by_text("Thêm một hộ mới đến").click()
    await page.get_by_label("Chủ hộ").fill("Bà Lan")
    await page.get_by_label("Điện thoại, nhiều số").fill("0912 345 678")
    await checked(page, "places-household-adding-phone")
    await page.get_by_role("button", name="Thêm hộ").click()
    await expect(page.get_by_role("alert")).to_contain_text("đã có hộ Bà Lan")
    await checked(page, "places-household-namesake-phone")
    await page.get_by_label("Đúng là một hộ khác").check()
    await page.get_by_role("button", name="Thêm hộ").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã thêm hộ")
    await expect(page.get_by_role("link", name="0912 345 678")).to_be_visible()

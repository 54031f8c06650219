"""A notice is written on a small telephone, looked at, sent, called back; with scripts and without, on a bad line."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from announcements.types import AnnouncementState, ChannelKind, Role
from bot.office.notices import drafting
from db.access import people
from db.access.people import StaffRow
from db.announcing import announced, notices
from db.announcing.notices import BroadcastRow
from scheduler.broadcasts import publish_due
from tests.browser.conftest import PHONE, Site, checked, fits, keep
from tests.makers import make_chats

pytestmark = pytest.mark.browser

# The smallest picture there is: one grey dot.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63680000008200"
    "8177cd72b60000000049454e44ae426082"
)


async def last(site: Site) -> BroadcastRow | None:
    async with site.village.context.database.read() as connection:
        rows = await notices.latest(connection, 1)
    return rows[0] if rows else None


async def secretary(site: Site) -> StaffRow:
    async with site.village.context.database.read() as connection:
        return await people.by_id(connection, await site.village.staff(Role.SECRETARY, ""))


async def begin(site: Site, role: Role = Role.VILLAGE_HEAD, area: str = "Thu Quế", *, scripts: bool = True) -> Page:
    """A telephone with a new draft open."""
    page = await site.desk(role, area, size=PHONE, scripts=scripts)
    await page.goto(f"{site.url}/compose")
    await page.get_by_role("button", name="Soạn thông báo mới").click()
    await page.get_by_label("Tiêu đề").wait_for()
    await page.wait_for_load_state()  # its scripts, too
    return page


def draft_id(page: Page) -> int:
    return int(page.url.partition("/compose/")[2].split("/")[0].split("?")[0].split("#")[0])


async def test_a_village_head_writes_looks_sends_and_thinks_better_of_it(site: Site, tmp_path: Path) -> None:
    page = await site.desk(Role.VILLAGE_HEAD, "Thu Quế", size=PHONE)
    await page.goto(f"{site.url}/compose")
    await checked(page, "compose-empty-list")
    await page.get_by_role("button", name="Soạn thông báo mới").click()
    await checked(page, "compose-new")
    await page.get_by_role("button", name="Xem trước").click()
    await expect(page.get_by_role("alert")).to_contain_text("Cần sửa 2 chỗ")
    await expect(page.get_by_label("Tiêu đề")).to_have_attribute("aria-invalid", "true")
    await checked(page, "compose-lacks")
    await page.get_by_label("Tiêu đề").fill("Họp thôn bàn việc làm đường")
    await page.get_by_label("Nội dung").fill("Kính mời bà con dự họp lúc 19h30 ngày 25/11 tại nhà văn hóa thôn.")
    await page.get_by_label("Loại thông báo").select_option(label="Mời họp")
    (tmp_path / "ngõ 3.png").write_bytes(PNG)
    await page.get_by_label("Thêm ảnh hoặc tệp PDF").set_input_files(tmp_path / "ngõ 3.png")
    await expect(page.get_by_text("ngõ 3.png")).to_be_visible()
    await expect(page.get_by_label("Tiêu đề")).to_have_value("Họp thôn bàn việc làm đường")
    await expect(page.get_by_text("3 hộ. Chưa có nhóm chat nào ở đây")).to_be_visible()
    await checked(page, "compose-filled")
    database, here = site.village.context.database, [site.village.area("Thu Quế")]
    for channel in (ChannelKind.TELEGRAM, ChannelKind.ZALO_BOT):
        await make_chats(database, here, account=channel, channel=channel)
    await page.get_by_role("button", name="Xem trước").click()
    await expect(page.get_by_role("heading", name="Trên Telegram")).to_be_visible()
    await expect(page.get_by_text("✅ Đã nhận (0/3)")).to_be_visible()
    await checked(page, "compose-preview")
    await page.emulate_media(color_scheme="dark")
    await checked(page, "compose-preview-dark")
    await page.go_back()
    await checked(page, "compose-dark")
    await page.go_forward()
    await page.emulate_media(color_scheme="light")
    await page.get_by_role("button", name="Gửi thông báo").dblclick()
    await expect(page.get_by_text("sẽ gửi lúc 19:00:10")).to_be_visible()
    await expect(page.locator(".countdown b")).to_have_text("10")
    await checked(page, "compose-countdown")
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.get_by_role("status").first).to_contain_text("Đã hoàn tác")
    await expect(page.get_by_label("Tiêu đề")).to_have_value("Họp thôn bàn việc làm đường")
    row = await last(site)
    assert row is not None and row.state is AnnouncementState.WITHDRAWN
    await page.get_by_role("button", name="Xem trước").click()
    await page.get_by_role("button", name="Gửi thông báo").click()
    site.village.later(seconds=11)
    await publish_due(site.village.context.database, site.village.now)
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.get_by_role("alert")).to_contain_text("Đã quá muộn để hoàn tác")
    await checked(page, "compose-too-late")


async def test_everything_works_without_scripts(site: Site, tmp_path: Path) -> None:
    page = await begin(site, Role.SECRETARY, "", scripts=False)
    await page.get_by_label("Tiêu đề").fill("Cắt nước")
    await page.get_by_label("Nội dung").fill("Mất nước từ 7h đến 11h.")
    (tmp_path / "so-do.png").write_bytes(PNG)
    (tmp_path / "thu.docx").write_bytes(b"PK\x03\x04 a letter")
    await page.get_by_label("Thêm ảnh hoặc tệp PDF").set_input_files([tmp_path / "so-do.png", tmp_path / "thu.docx"])
    await page.get_by_role("button", name="Tải lên").click()
    await expect(page.get_by_role("alert")).to_contain_text("“thu.docx” không phải ảnh JPG, PNG hay PDF")
    await expect(page.get_by_text("so-do.png")).to_be_visible()  # the good one is kept
    await expect(page.get_by_label("Tiêu đề")).to_have_value("Cắt nước")
    await page.get_by_label("Xã Thử (tất cả)").uncheck()
    await page.get_by_label("Thôn Thu Quế").check()
    await page.get_by_role("radio", name="Hẹn giờ").check()
    await page.get_by_label("Ngày giờ gửi").fill("2026-11-24T07:00")
    await keep(page, "compose-without-scripts")
    assert await fits(page)
    await page.get_by_role("button", name="Xem trước").click()
    await expect(page.get_by_text("Gửi tới Thôn Thu Quế: 3 hộ.")).to_be_visible()
    await expect(page.get_by_text("Hẹn gửi: 7 giờ 00, thứ Ba ngày 24/11/2026")).to_be_visible()
    await page.get_by_role("button", name="Hẹn giờ gửi").click()
    await expect(page.get_by_role("status")).to_contain_text("đã hẹn: 7 giờ 00")
    await keep(page, "compose-scheduled-without-scripts")
    row = await last(site)
    assert row is not None and row.state is AnnouncementState.SCHEDULED
    async with site.village.context.database.read() as connection:
        assert [one.name for one in await announced.files_of(connection, row.announcement_id)] == ["so-do.png"]
    await page.reload()
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.get_by_role("status").first).to_contain_text("Đã hoàn tác")


async def test_what_is_typed_without_a_line_is_kept_and_saved_when_there_is_one(site: Site) -> None:
    page = await begin(site)
    await page.get_by_label("Tiêu đề").fill("Lịch tiêm")
    await expect(page.locator("#da-luu")).to_contain_text("Đã lưu lúc")
    await page.context.set_offline(True)
    await page.get_by_label("Nội dung").fill("Tiêm phòng dại cho chó mèo sáng thứ Bảy.")
    await expect(page.locator("#da-luu")).to_contain_text("Mất mạng")
    await page.get_by_role("button", name="Xem trước").click()  # would lose the page
    await expect(page.get_by_label("Nội dung")).to_have_value("Tiêm phòng dại cho chó mèo sáng thứ Bảy.")
    await checked(page, "compose-offline")
    await page.context.set_offline(False)
    await expect(page.locator("#da-luu")).to_contain_text("Đã lưu lúc", timeout=15_000)
    staff = await secretary(site)
    row = await drafting.look(site.village.context, staff, draft_id(page))
    assert row.fields.body == "Tiêm phòng dại cho chó mèo sáng thứ Bảy."


async def test_a_telephone_that_died_while_there_was_no_line_has_the_words_afterwards(site: Site) -> None:
    page = await begin(site)
    await page.context.set_offline(True)
    await page.get_by_label("Tiêu đề").fill("Thu quỹ")
    await expect(page.locator("#da-luu")).to_contain_text("Mất mạng")
    address = page.url
    await page.close()
    context = page.context
    await context.set_offline(False)
    page = await context.new_page()
    await page.goto(address)
    await expect(page.get_by_label("Tiêu đề")).to_have_value("Thu quỹ")
    await expect(page.locator("#da-luu")).to_contain_text("Đã lưu lúc", timeout=15_000)


async def test_the_second_of_two_who_write_chooses(site: Site) -> None:
    page = await begin(site)
    await page.get_by_label("Tiêu đề").fill("Họp thôn")
    await expect(page.locator("#da-luu")).to_contain_text("Đã lưu lúc")
    other = await site.desk(Role.SECRETARY, "", size=PHONE)
    await other.goto(page.url)
    await expect(other.locator("#cung-mo")).to_contain_text("cũng đang mở bản nháp này")
    await other.get_by_label("Tiêu đề").fill("Họp toàn xã")
    await expect(other.locator("#da-luu")).to_contain_text("Đã lưu lúc")
    await asyncio.sleep(2)  # its words are on the server
    await page.get_by_label("Nội dung").fill("Mời bà con dự họp.")
    await page.get_by_role("button", name="Xem hai bản và chọn").click(timeout=15_000)
    await expect(page.get_by_role("heading", name="Hai người cùng sửa")).to_be_visible()
    await expect(page.get_by_text("Họp toàn xã")).to_be_visible()
    await checked(page, "compose-conflict")
    await page.get_by_role("button", name="Giữ bản của tôi").click()
    await expect(page.get_by_label("Tiêu đề")).to_have_value("Họp thôn")
    await expect(page.get_by_label("Nội dung")).to_have_value("Mời bà con dự họp.")
    await other.get_by_label("Nội dung").fill("Mời họp.")
    await other.get_by_role("button", name="Xem hai bản và chọn").click(timeout=15_000)
    await other.get_by_role("link", name="Lấy bản của").click()
    await expect(other.get_by_label("Nội dung")).to_have_value("Mời bà con dự họp.")


async def test_ticks_inside_an_area_follow_it_and_the_count_is_the_servers(site: Site) -> None:
    page = await begin(site, Role.SECRETARY, "")
    await expect(page.get_by_label("Thôn Thống Nhất")).to_be_checked()
    await page.get_by_text("Chọn từng tổ của Thôn Thống Nhất").click()
    await page.get_by_label("Tổ 2").last.uncheck()
    await expect(page.get_by_label("Xã Thử (tất cả)")).not_to_be_checked()
    await expect(page.get_by_label("Thôn Thống Nhất")).not_to_be_checked()
    await expect(page.get_by_label("Thôn Thu Quế")).to_be_checked()
    await expect(page.locator("#do-phu")).to_contain_text("Gửi tới Thôn Thu Quế; Tổ 1, Thôn Thống Nhất: 5 hộ.")
    await checked(page, "compose-tree")
    await expect(page.locator("#da-luu")).to_contain_text("Đã lưu lúc", timeout=15_000)
    await page.reload()
    await expect(page.locator("#do-phu")).to_contain_text("Gửi tới Thôn Thu Quế; Tổ 1, Thôn Thống Nhất: 5 hộ.")
    await expect(page.get_by_label("Thôn Thống Nhất")).not_to_be_checked()


async def test_a_set_time_is_said_in_words(site: Site) -> None:
    page = await begin(site)
    await expect(page.get_by_label("Ngày giờ gửi")).to_be_hidden()
    await page.get_by_role("radio", name="Hẹn giờ").check()
    await page.get_by_label("Ngày giờ gửi").fill("2026-11-25T19:00")
    await expect(page.get_by_text("19 giờ 00, thứ Tư ngày 25/11/2026")).to_be_visible(timeout=15_000)


async def test_a_draft_thrown_away_comes_back(site: Site) -> None:
    page = await begin(site)
    await page.get_by_label("Tiêu đề").fill("Diệt chuột")
    await page.get_by_role("button", name="Lưu nháp").click()
    await page.get_by_role("link", name="Các bản nháp").click()
    await checked(page, "compose-list")
    await page.get_by_role("button", name="Bỏ").click()
    await checked(page, "compose-deleted")
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.get_by_label("Tiêu đề")).to_have_value("Diệt chuột")


async def test_an_approver_sends_back_and_the_author_mends(site: Site) -> None:
    site.village.context.settings.approval.needed_from = [Role.VILLAGE_HEAD]
    page = await begin(site)
    await page.get_by_label("Tiêu đề").fill("Họp thôn")
    await page.get_by_label("Nội dung").fill("Mời bà con dự họp.")
    await page.get_by_role("button", name="Xem trước").click()
    await page.get_by_role("button", name="Gửi để duyệt").click()
    await expect(page.get_by_role("status")).to_contain_text("đang chờ duyệt")
    await checked(page, "compose-proposed")
    desk = await site.desk(Role.SECRETARY)
    await desk.goto(f"{site.url}/approvals")
    await checked(desk, "approvals")
    await desk.get_by_role("link", name="Họp thôn").click()
    await desk.get_by_text("Trả lại để sửa").click()
    await checked(desk, "approval")
    await desk.get_by_role("button", name="Trả lại cho người soạn").click()
    await expect(desk.get_by_role("alert")).to_contain_text("Hãy ghi lý do")
    await desk.get_by_label("Lý do").fill("Thiếu giờ họp.")
    await desk.get_by_role("button", name="Trả lại cho người soạn").click()
    await expect(desk.get_by_role("status")).to_contain_text("Đã trả thông báo")
    await page.goto(f"{site.url}/compose")
    await checked(page, "compose-returned-list")
    await page.get_by_role("link", name="Họp thôn").click()
    await expect(page.get_by_text("Thiếu giờ họp.")).to_be_visible()
    await checked(page, "compose-returned")

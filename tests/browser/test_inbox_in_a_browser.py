"""A leader goes through the inbox with a telephone: credits, answers for everybody, closes, takes back."""

import pytest
from playwright.async_api import expect

from announcements.types import Role
from bot.config.accounts import ZaloBotAccount
from db.tables import Why
from tests.browser.conftest import PHONE, Site, checked, keep
from tests.makers import make_chats, make_question

pytestmark = pytest.mark.browser


async def written(site: Site) -> str:
    """Three messages in the group of Thu Quế 1; returns the notice's code."""
    village, database = site.village, site.village.context.database
    village.context.settings.accounts = [ZaloBotAccount(name="zalo", channel="zalo_bot", token="1:synthetic")]
    notice = await village.announce("Mời họp thôn về sửa đường")
    group = village.area("Thu Quế 1")
    address = (await make_chats(database, [group], account="zalo"))[group.code]
    lan = {"household_id": village.commune.households["Bà Lan"], "broadcast_id": notice.broadcast_id}
    await make_question(database, group, "Họp ở nhà văn hóa hay ở đình ạ?", address=address, at=village.now, **lan)
    await make_question(
        database, group, "ok nhưng mai tôi bận", address=address, at=village.now, why=Why.UNCLEAR,
        household_id=village.commune.households["Ông Hải"], broadcast_id=notice.broadcast_id,
    )  # fmt: skip
    await make_question(database, group, "đã nhận, nhà ông Hải", why=Why.STRANGER, address=address, at=village.now)
    await make_question(database, group, "", why=Why.UNREADABLE, address=address, at=village.now, **lan)
    return notice.announcement


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_leader_goes_through_the_inbox(site: Site, scripts: bool) -> None:
    code = await written(site)
    page = await site.desk(Role.VILLAGE_HEAD, "Thu Quế", size=PHONE, scripts=scripts)
    await page.goto(site.url)
    await page.get_by_role("link", name="3 lời nhắn của bà con chờ xem").click()
    if scripts:
        await checked(page, "inbox")
    hai = page.locator(".letter", has_text="ok nhưng mai tôi bận")
    await hai.get_by_role("button", name="Tính là đã nhận").click()
    await expect(page.get_by_text("Đã tính là hộ nhận thông báo.")).to_be_visible()
    await page.get_by_role("button", name="Hoàn tác").click()
    await expect(page.get_by_text("Đã mở lại.")).to_be_visible()

    lan = page.locator(".letter", has_text="ở đình")
    await lan.get_by_text("Trả lời", exact=True).click()
    await lan.get_by_label("Câu trả lời").fill("Ở nhà văn hóa thôn.")
    await lan.get_by_label("Thêm vào thông báo cho mọi người").check()
    if scripts:
        await checked(page, "inbox-answering")
    await lan.get_by_role("button", name="Gửi trả lời").click()
    await expect(page.get_by_text("Đã ghi câu trả lời.")).to_be_visible()

    await page.locator(".letter", has_text="nhà ông Hải").get_by_role("link", name="Tính là đã nhận…").click()
    if scripts:
        await checked(page, "inbox-one")
    choosing = page.locator("form", has=page.get_by_label("Hộ nào?"))
    await choosing.get_by_label("Hộ nào?").select_option("H-002")
    await choosing.get_by_label("Thông báo nào?").select_option(index=1)
    await choosing.get_by_role("button", name="Tính là đã nhận").click()
    await page.locator(".letter", has_text="mai tôi bận").get_by_role("button", name="Đóng").click()
    await expect(page.get_by_text("Không có lời nhắn nào chờ xem.")).to_be_visible()
    await keep(page, "inbox-empty" if scripts else "inbox-empty-without-scripts")
    await page.get_by_role("link", name="Đã xong").click()
    if scripts:
        await checked(page, "inbox-done")
        await page.get_by_role("link", name="Máy không đọc được").click()
        await checked(page, "inbox-touched")
        phone = await site.phone()
        await phone.goto(f"{site.url}/n/{code}")
        await expect(phone.get_by_role("heading", name="Hỏi – đáp")).to_be_visible()
        await checked(phone, "notice-asked")


async def test_chi_mais_village_head_has_an_empty_inbox(site: Site) -> None:
    await written(site)
    page = await site.desk(Role.VILLAGE_HEAD, "Thống Nhất")
    await page.goto(f"{site.url}/inbox")
    await expect(page.get_by_text("Không có lời nhắn nào chờ xem.")).to_be_visible()
    await checked(page, "inbox-wide-empty")


async def test_the_inbox_on_a_wide_screen(site: Site) -> None:
    await written(site)
    page = await site.desk(Role.SECRETARY)
    await page.goto(f"{site.url}/inbox")
    await checked(page, "inbox-wide")

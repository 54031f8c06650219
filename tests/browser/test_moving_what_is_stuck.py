"""An account is down: the office sees it on its dashboard, looks at what would go where, and moves it at a press."""

import pytest
from playwright.async_api import expect

from announcements.types import ChannelKind, DeliveryState, Role
from bot.config.accounts import TelegramAccount
from db.platforms import accounts, usage
from db.platforms.accounts import Health
from db.platforms.usage import Spent
from tests.browser.conftest import PHONE, Site, checked
from tests.makers import delivery_states, make_chats

pytestmark = pytest.mark.browser


async def telegram_is_down(site: Site) -> int:
    """A notice that four groups wait for; two of them have a group on Zalo in reserve, whose plan runs out."""
    village = site.village
    context, groups = village.context, village.commune.groups
    context.settings.accounts = [
        TelegramAccount(name="telegram", channel="telegram", token="1:x"),
        TelegramAccount(name="zalo", channel="telegram", token="2:x", most_messages_per_month=100),
    ]
    async with context.database.write() as connection:
        for name in ("telegram", "zalo"):
            await accounts.register(connection, name, ChannelKind.TELEGRAM)
        await accounts.note_health(connection, [Health("telegram", village.now, "no connection")])
        await usage.spend(connection, [Spent("zalo", "2026-11", messages=96)])
    await make_chats(context.database, list(groups.values()), account="telegram")
    await make_chats(context.database, [groups["Thu Quế 1"], groups["Thu Quế 2"]], account="zalo", reserve=True)
    notice = await village.announce("Mời họp thôn bàn việc làm đường", to=("",))
    village.later(minutes=12)
    return notice.broadcast_id


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
async def test_the_secretary_moves_what_telegram_can_not_send(site: Site, size: object) -> None:
    broadcast = await telegram_is_down(site)
    page = await (site.desk(Role.SECRETARY, size=PHONE) if size else site.desk(Role.SECRETARY))
    name = "phone" if size else "desk"
    await page.goto(site.url)
    await expect(page.get_by_text("4 tin đang kẹt")).to_be_visible()
    await expect(page.get_by_text("đã gửi 96 / 100 tin của tháng, còn 4")).to_be_visible()
    await checked(page, f"failover-dashboard-{name}")
    await page.get_by_role("link", name="Chuyển kênh cho tin của telegram").click()
    await expect(page.get_by_text("2 tin sang zalo")).to_be_visible()
    await expect(page.get_by_text("Tổ 1, Thôn Thu Quế")).to_be_visible()
    await page.get_by_label("Nơi không còn nhóm nào khác").check()
    await page.get_by_role("button", name="Xem lại").click()
    await expect(page.get_by_text("2 tin để người đăng thủ công")).to_be_visible()
    await checked(page, f"failover-preview-{name}")
    await page.get_by_role("button", name="Chuyển 4 tin").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã chuyển 4 tin")
    await checked(page, f"failover-done-{name}")
    states = await delivery_states(site.village.context.database, broadcast)
    assert states == [DeliveryState.CANCELLED] * 4 + [DeliveryState.QUEUED] * 4
    await page.goto(f"{site.url}/chats")
    await page.get_by_text("Thêm nhóm chat").click()
    await checked(page, f"failover-chats-{name}")

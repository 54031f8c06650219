"""A leader posts by hand with a telephone: with scripts, without, and where there is no line at all."""

import asyncio
import json

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import func, select

from announcements.types import ChannelKind, DeliveryState, Role, Urgency
from bot.office.notices import attachments
from db.announcing.fanout import ASSISTED
from db.tables import t
from tests.browser.conftest import DESK, PHONE, Site, checked, fits, keep
from tests.makers import make_chats, settle, take
from tests.whole.gate import Gate

pytestmark = pytest.mark.browser

GROUPS = ("Thu Quế 1", "Thu Quế 2")
LONG = "Đề nghị bà con dọn cống, buộc lại mái tôn, đưa đồ đạc lên cao và trông trẻ nhỏ gần bờ nước. " * 30


async def hand_over(site: Site, title: str = "Mời họp thôn về sửa đường", **more: object) -> None:
    """A notice for the village, which waits to be posted in the Zalo groups of its two groups."""
    village = site.village
    await village.announce(title, **more)  # type: ignore[arg-type]
    database = village.context.database
    await settle(database, await take(database, account=ASSISTED, now=village.now), DeliveryState.HANDED,
                 now=village.now)  # fmt: skip


async def opened(
    site: Site, role: Role = Role.VILLAGE_HEAD, area: str = "Thu Quế", *, scripts: bool = True, wide: bool = False,
    url: str = "",
) -> Page:  # fmt: skip
    """The page, with a notice on it; at `url` if the line to the office is another."""
    places = [site.village.area(name) for name in GROUPS]
    await make_chats(site.village.context.database, places, account=ASSISTED, channel=ChannelKind.ASSISTED)
    await hand_over(site)
    page = await site.desk(role, area, size=DESK if wide else PHONE, scripts=scripts)
    await page.goto(f"{url or site.url}/posting")
    return page


async def until(page: Page, script: str) -> None:
    """Until an async function of the page says yes: `wait_for_function` takes its promise for one."""
    for _ in range(200):
        if await page.evaluate(script):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"the page never said yes to: {script}")


async def kept(page: Page) -> None:
    """Until the telephone has its copy of the page and of all it is made of."""
    await until(page, """async () => {
      const found = await (await caches.open('loa-posting')).keys();
      const has = (part) => found.some((one) => one.url.includes(part));
      const parts = ['/posting', 'taps.js', 'posting.js', 'loa.css', 'loa.svg'];
      return Boolean(navigator.serviceWorker.controller) && parts.every(has);
    }""")  # fmt: skip


async def states(site: Site) -> dict[DeliveryState, int]:
    """Of what people post."""
    d = t.delivery
    async with site.village.context.database.read() as connection:
        found = select(d.c.state, func.count()).where(d.c.account == ASSISTED).group_by(d.c.state)
        return {row[0]: row[1] for row in await connection.execute(found)}


async def test_a_leader_copies_posts_and_says_so(site: Site) -> None:
    page = await opened(site)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    await checked(page, "posting")
    await page.get_by_role("button", name="Sao chép").click()
    await expect(page.get_by_role("button", name="Đã chép")).to_be_visible()
    assert "Mời họp thôn" in await page.evaluate("navigator.clipboard.readText()")
    await page.get_by_role("button", name="Đã đăng Tổ 1").click()
    await expect(page.get_by_text("Đã ghi: đã đăng vào Tổ 1.")).to_be_visible()
    await expect(page.locator("#con-lai")).to_have_text("1")
    await checked(page, "posting-one-done")
    await page.get_by_role("button", name="Chưa đăng Tổ 1").click()
    await expect(page.get_by_text("Đã bỏ: Tổ 1 lại chờ đăng.")).to_be_visible()
    await expect(page.locator("#con-lai")).to_have_text("2")
    for name in ("Tổ 1", "Tổ 2"):
        await page.get_by_role("button", name=f"Đã đăng {name}").click()
    await expect(page.get_by_text("Không còn tin nào chờ đăng.")).to_be_visible()
    await expect(page.locator(".menu .badge")).to_have_count(2)
    await expect(page.locator(".menu .badge >> visible=true")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_role("heading", name="Đăng trong 24 giờ qua")).to_be_visible()
    await checked(page, "posting-done")


async def test_long_urgent_and_late_notices_with_files_can_be_read_and_posted_part_by_part(site: Site) -> None:
    page = await opened(site)
    file = attachments.keep("ban-do.pdf", b"%PDF-1.7 synthetic", site.village.context.settings.uploads)
    await hand_over(site, "Nước sông lên nhanh", body=LONG, urgency=Urgency.EMERGENCY, files=[file])
    site.village.later(minutes=7)
    await page.reload()
    await expect(page.get_by_role("button", name="Sao chép tin 2")).to_be_visible()
    await expect(page.get_by_role("link", name="Tải ban-do.pdf")).to_be_visible()
    await expect(page.get_by_text("đã trễ").first).to_be_visible()
    headings = await page.get_by_role("heading", level=2).all_inner_texts()
    assert headings == ["Nước sông lên nhanh", "Mời họp thôn về sửa đường"]
    await checked(page, "posting-urgent")


async def test_one_touch_chooses_the_whole_text_without_scripts_and_a_tap_is_a_form(site: Site) -> None:
    page = await opened(site, scripts=False)
    await expect(page.get_by_role("button", name="Sao chép")).to_be_hidden()
    await page.locator("pre.ready").click()
    await keep(page, "posting-without-scripts")
    await page.get_by_role("button", name="Đã đăng Tổ 1").click()
    await expect(page.get_by_text("Đã ghi: đã đăng vào Tổ 1.")).to_be_visible()
    await page.get_by_role("button", name="Chưa đăng Tổ 1").click()
    await expect(page.get_by_text("Đã bỏ: Tổ 1 lại chờ đăng.")).to_be_visible()
    assert await fits(page)


async def test_the_page_opens_without_a_line_and_its_taps_are_carried_out_once(site: Site) -> None:
    async with Gate(int(site.url.rpartition(":")[2])) as line:
        page = await opened(site, url=line.base_url)
        await kept(page)
        await line.shut()  # a browser that plays at having no line lets a page that was just opened have one
        await page.context.set_offline(True)
        await page.reload()
        await expect(page.get_by_text("Đang không có mạng")).to_be_visible()
        await page.get_by_role("button", name="Đã đăng Tổ 1").click()
        await expect(page.get_by_text("1 lần bấm chưa gửi được")).to_be_visible()
        await expect(page.get_by_text("Chờ gửi: đã đăng")).to_be_visible()
        await keep(page, "posting-offline")
        assert await fits(page)
        await page.reload()  # the telephone closes the page meanwhile: the tap is still there
        await expect(page.get_by_text("Chờ gửi: đã đăng")).to_be_visible()
        assert (await site.village.rows())["tap"] == 0

        await line.open()
        await page.context.set_offline(False)
        await expect(page.get_by_text("Đã ghi: đã đăng vào Tổ 1.")).to_be_visible(timeout=15_000)
        await expect(page.get_by_text("lần bấm chưa gửi được")).to_be_hidden()
        await page.get_by_role("link", name="Tải lại trang").click()
        await expect(page.get_by_text("đã đăng lúc")).to_be_visible()
        await expect(page.locator("#mat-mang")).to_be_hidden()
        assert (await site.village.rows())["tap"] == 1
        assert await states(site) == {DeliveryState.HANDED: 1, DeliveryState.SENT: 1}


async def test_taps_of_the_doors_are_sent_from_here_too(site: Site) -> None:
    page = await opened(site)
    tap = {"url": f"{site.url}/posting/x/1", "item": "gone", "words": "", "fields": {"key": "0123456789", "done": "no"}}
    who = await page.locator("#dang-tin").get_attribute("data-who")
    await page.evaluate("([place, taps]) => localStorage.setItem(place, taps)", [f"loa-taps:{who}", json.dumps([tap])])
    await page.reload()
    await expect(page.locator("#vua-xong .alert")).to_be_visible()
    assert await page.evaluate("place => localStorage.getItem(place)", f"loa-taps:{who}") == "[]"


async def test_the_copy_goes_with_its_owner(site: Site) -> None:
    async with Gate(int(site.url.rpartition(":")[2])) as line:
        page = await opened(site, url=line.base_url)
        await kept(page)
        await page.goto(f"{line.base_url}/menu")
        await page.get_by_role("button", name="Đăng xuất").click()
        await expect(page.get_by_text("Đã đăng xuất", exact=False)).to_be_visible()
        assert await page.evaluate("caches.has('loa-posting')") is False
        await line.shut()
        with pytest.raises(Exception, match=r"ERR_[A-Z_]+"):
            await page.goto(f"{line.base_url}/posting")


async def test_a_session_that_was_ended_elsewhere_takes_the_copy_along(site: Site) -> None:
    page = await opened(site)
    await kept(page)
    async with site.village.context.database.write() as connection:
        await connection.exec_driver_sql("UPDATE web_session SET ended_at = signed_in_at")
    await page.reload()
    await expect(page.get_by_role("heading", name="Trang dành cho cán bộ")).to_be_visible()
    await until(page, "async () => !(await caches.has('loa-posting'))")


async def test_an_old_copy_is_not_shown(site: Site) -> None:
    page = await opened(site)
    await kept(page)
    await page.evaluate("""async () => {
      const cache = await caches.open('loa-posting');
      const copy = await cache.match('/posting');
      const old = new Date(Date.now() - 25 * 3600 * 1000).toUTCString();
      await cache.put('/posting', new Response(await copy.text(), { headers: { date: old } }));
    }""")
    await page.context.set_offline(True)
    with pytest.raises(Exception, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
        await page.reload()


async def test_the_secretary_has_the_count_in_the_menu_and_all_chats_on_the_page(site: Site) -> None:
    page = await opened(site, Role.SECRETARY, "", wide=True)
    await expect(page.get_by_role("link", name="Đăng thủ công 2")).to_be_visible()
    await checked(page, "posting-secretary")
    await page.goto(site.url)
    await expect(page.get_by_text("Chờ đăng thủ công: 2 nhóm")).to_be_visible()
    await page.get_by_role("link", name="Đăng Mời họp thôn").click()
    await expect(page.get_by_role("heading", name="Mời họp thôn về sửa đường")).to_be_visible()

"""Printing from the pages: a village head with a telephone, without scripts where it matters."""

import pytest
from playwright.async_api import expect

from announcements.types import Role
from tests.browser.conftest import PHONE, Site, checked

pytestmark = pytest.mark.browser


async def test_a_village_head_gives_out_cards_and_gets_the_sheets(site: Site) -> None:
    await site.village.revoke("Bà Lan")
    page = await site.desk(Role.VILLAGE_HEAD, "Thu Quế", size=PHONE)
    await page.goto(f"{site.url}/cards")
    await checked(page, "cards-missing")
    await page.get_by_role("button", name="Cấp thẻ cho 1 hộ").click()
    await expect(page.get_by_role("status")).to_contain_text("đã có thẻ")
    await page.get_by_label("Địa bàn").select_option("thu-que-to-1")
    await page.get_by_role("button", name="Xem").click()
    await checked(page, "cards")
    link = page.get_by_role("link", name="Tờ thẻ để in")
    answer = await page.request.get(f"{site.url}{await link.get_attribute('href')}")
    assert answer.headers["content-disposition"] == 'inline; filename="the-ho-thu-que-to-1.pdf"'
    assert (await answer.body()).startswith(b"%PDF-")

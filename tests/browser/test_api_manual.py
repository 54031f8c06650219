"""The API's documentation as its readers see it: at a desk, on a telephone, without scripts."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Site, checked

pytestmark = pytest.mark.browser


async def test_the_documentation_reads_on_any_screen(site: Site) -> None:
    page = await site.phone(scripts=False)
    await page.goto(f"{site.url}/api/docs")
    await expect(page.get_by_role("heading", name="Đăng một thông báo")).to_be_visible()
    await page.close()
    page = await site.phone()
    await page.goto(f"{site.url}/api/docs#create_announcement")
    await expect(page.get_by_role("heading", name="Đăng một thông báo")).to_be_in_viewport()
    await checked(page, "api-on-a-telephone")
    await page.set_viewport_size({"width": 1100, "height": 900})
    await checked(page, "api-at-a-desk")

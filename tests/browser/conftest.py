"""A real browser on real pages: uvicorn on a free port and Debian's Chromium, both in the test's own event loop."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from announcements.types import Role
from bot.web import serving
from bot.web.office.cookie import COOKIE
from db.engine import Database
from tests.bot.conftest_board import Village, open_board

DESK = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=360, height=740)
ARTEFACTS = Path(__file__).parents[2] / "test-artefacts"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip


@dataclass(slots=True)
class Site:
    """The pages at `url`, what is behind them, and the browser to look with."""

    village: Village
    url: str
    browser: Browser

    async def phone(self, *, scripts: bool = True, dark: bool = False) -> Page:
        """A new small telephone: 360 px wide, nothing remembered."""
        context = await self.browser.new_context(
            viewport=PHONE, locale="vi-VN", java_script_enabled=scripts, color_scheme="dark" if dark else "light"
        )  # fmt: skip
        return await context.new_page()

    async def desk(self, role: Role, area: str = "", *, size: ViewportSize = DESK, scripts: bool = True) -> Page:
        """A browser that a new member of staff over `area` is signed in with; by default as wide as an office's."""
        context = await self.browser.new_context(viewport=size, locale="vi-VN", java_script_enabled=scripts)
        secret, _ = await self.village.session(role, area)
        await context.add_cookies([{"name": COOKIE, "value": secret, "url": self.url}])
        return await context.new_page()


@pytest.fixture
async def site(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium: apt-get install chromium")
        pytest.skip("no chromium: apt-get install chromium")
    listening = serving.bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with open_board(sqlite_database, tmp_path, url) as village, async_playwright() as playwright:
        server = serving.server(village.app)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield Site(village, url, browser)
        await browser.close()
        server.should_exit = True
        await running


async def fits(page: Page) -> bool:
    """Nothing sticks out sideways."""
    width: int = await page.evaluate("document.documentElement.scrollWidth")
    return width <= (page.viewport_size or PHONE)["width"]


async def small_targets(page: Page) -> list[str]:
    """Buttons and fields lower than 48 px: hard to hit with an old thumb."""
    found: list[str] = await page.evaluate(
        """[...document.querySelectorAll('button, input:not([type=hidden]), select, summary, .button')]
           .map(e => /checkbox|radio/.test(e.type) ? e.closest('label') ?? e : e)
           .filter(e => e.offsetParent !== null && e.getBoundingClientRect().height < 48).map(e => e.outerHTML)"""
    )
    return found


async def keep(page: Page, name: str) -> None:
    """A picture of the whole page for people to look at."""
    ARTEFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


async def faults(page: Page) -> str:
    """What axe finds wrong, as its report; empty when the page is fine."""
    results = await Axe().run(page)
    return results.generate_report() if results.violations_count else ""


async def checked(page: Page, name: str) -> None:
    """Every page a test comes to is kept as a picture, fits, can be hit with a thumb and is free of faults.

    Not for pages opened with scripts off: looking for faults needs them.
    """
    await keep(page, name)
    assert await fits(page)
    assert await small_targets(page) == []
    assert await faults(page) == ""

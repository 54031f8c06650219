"""Signing in by a one-time link: looking uses nothing up, pressing does, once; sessions are listed and ended."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from announcements.types import Role
from bot.office.staff.access import first_link, sign_in_link
from bot.web.office.cookie import COOKIE
from bot.web.office.navigation import MENU, Group
from bot.web.wording import sentences
from db.access import people
from db.engine import Database
from db.tables import t
from tests.bot.conftest_board import Village, open_board

CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


@pytest.fixture
async def village(database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(database, tmp_path) as village:
        yield village


async def link_for(village: Village, role: Role = Role.VILLAGE_HEAD, area: str = "Thu Quế") -> str:
    staff_id = await village.staff(role, area)
    async with village.context.database.read() as connection:
        staff = await people.by_id(connection, staff_id)
    return (await sign_in_link(village.context, staff)).url


async def signed_in(browser: httpx.AsyncClient) -> bool:
    return "Trần Văn Mẫu" in (await browser.get("/")).text


async def test_a_link_signs_in_once_and_only_when_the_button_is_pressed(village: Village) -> None:
    url = await link_for(village)
    async with village.device() as preview, village.device() as browser, village.device() as late:
        for _ in range(3):
            page = await preview.get(url)
            assert page.status_code == 200
            assert "Trần Văn Mẫu" in page.text
        assert not await signed_in(preview)

        pressed = await browser.post(url)
        assert (pressed.status_code, pressed.headers["location"]) == (303, "/")
        cookie = pressed.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert await signed_in(browser)

        assert (await late.post(url)).status_code == 410
        assert (await late.get(url)).status_code == 410
        assert not await signed_in(late)


async def test_a_link_dies_after_ten_minutes(village: Village) -> None:
    url = await link_for(village)
    village.later(minutes=10)
    async with village.device() as browser:
        assert (await browser.get(url)).status_code == 410
        assert (await browser.post(url)).status_code == 410


async def test_a_forged_link_opens_nothing(village: Village) -> None:
    url = await link_for(village)
    async with village.device() as browser:
        assert (await browser.post(url[:-1] + ("A" if url[-1] != "A" else "B"))).status_code == 410
        assert not await signed_in(browser)


async def test_another_sites_form_does_not_sign_in(village: Village) -> None:
    url = await link_for(village)
    async with village.device(**{"Origin": "https://khac.example", "Sec-Fetch-Site": "cross-site"}) as browser:
        assert (await browser.post(url)).status_code == 403
    async with village.device() as browser:
        assert (await browser.post(url)).status_code == 303


async def test_secrets_are_stored_as_hashes_only(village: Village) -> None:
    url = await link_for(village)
    async with village.device() as browser:
        await browser.post(url)
        secret = browser.cookies[COOKIE]
    token = url.rpartition("/")[2]
    async with village.context.database.read() as connection:
        stored = [
            *(await connection.execute(t.sign_in_link.select())),
            *(await connection.execute(t.web_session.select())),
        ]
    assert len(stored) == 2
    assert not any(token in str(value) or secret in str(value) for row in stored for value in row)


async def test_whoever_left_office_is_out_at_once(village: Village) -> None:
    secret, staff = await village.session(Role.VILLAGE_HEAD, "Thu Quế")
    waiting = await sign_in_link(village.context, staff)
    async with village.device() as browser:
        browser.cookies.set(COOKIE, secret, domain="127.0.0.1")
        assert await signed_in(browser)
        async with village.context.database.write() as connection:
            await people.end(connection, staff.id, village.now)
        assert not await signed_in(browser)
        assert (await browser.get("/sessions")).status_code == 401
        assert (await browser.post(waiting.url)).status_code == 410


async def test_a_session_lives_thirty_days_from_its_last_use(village: Village) -> None:
    async with await village.sign_in(Role.SECRETARY) as browser:
        for _ in range(4):
            village.later(days=20)
            assert await signed_in(browser)
        village.later(days=30)
        assert not await signed_in(browser)


async def test_sessions_are_listed_by_device_and_ended_one_by_one_or_all(village: Village) -> None:
    secret, staff = await village.session(Role.VILLAGE_HEAD, "Thu Quế")
    async with village.device() as here, village.device(**{"User-Agent": CHROME}) as phone, village.device() as third:
        here.cookies.set(COOKIE, secret, domain="127.0.0.1")
        for other in (phone, third):
            assert (await other.post((await sign_in_link(village.context, staff)).url)).status_code == 303
        page = (await here.get("/sessions")).text
        assert page.count("Chrome trên Android") == 2  # this one too
        assert page.count("(máy này)") == 1
        number = page.rpartition('name="session" value="')[0].rpartition('name="session" value="')[2].partition('"')[0]
        assert (await here.post("/sessions/end", data={"session": number})).status_code == 303
        assert [await signed_in(other) for other in (phone, third)].count(True) == 1
        assert (await here.post("/sessions/end", data={"session": "others"})).status_code == 303
        assert not await signed_in(phone)
        assert not await signed_in(third)
        assert await signed_in(here)
        assert (await here.post("/logout")).status_code == 303
        assert not await signed_in(here)


async def test_nobody_ends_somebody_elses_session(village: Village) -> None:
    async with (
        await village.sign_in(Role.ADMIN) as stranger,
        await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as own,
    ):
        async with village.context.database.read() as connection:
            ids = [row.id for row in await connection.execute(t.web_session.select().order_by(t.web_session.c.id))]
        assert (await stranger.post("/sessions/end", data={"session": str(ids[1])})).status_code == 404
        assert await signed_in(own)


async def test_the_first_of_a_new_installation_becomes_its_administrator(village: Village) -> None:
    link = await first_link(village.context)
    assert link is not None
    other = await first_link(village.context)
    assert other is not None
    async with village.device() as browser:
        assert "lần đăng nhập đầu tiên" in (await browser.get(link.url)).text
        refused = await browser.post(link.url, data={"name": "  "})
        assert refused.status_code == 422
        assert "Chưa có họ tên" in refused.text
        assert (await browser.post(link.url, data={"name": "Trần Văn Mẫu"})).status_code == 303
        assert await signed_in(browser)
        assert (await browser.post(other.url, data={"name": "Kẻ lạ"})).status_code == 410
    assert await first_link(village.context) is None
    async with village.context.database.read() as connection:
        (staff,) = await people.everybody(connection, village.now)
    assert (staff.role, staff.path) == (Role.ADMIN, village.commune.root.path)


async def test_links_and_sessions_long_over_are_forgotten(village: Village) -> None:
    from scheduler import upkeep

    await village.session(Role.ADMIN)
    database = village.context.database
    assert await upkeep.forget_sessions(database, village.now + timedelta(days=20)) == 0
    assert await upkeep.forget_sessions(database, village.now + timedelta(days=31)) == 1
    assert await upkeep.forget_sessions(database, village.now + timedelta(days=61)) == 1


def test_every_entry_of_the_menu_has_its_names() -> None:
    assert {entry.name for entry in MENU} <= set(sentences()["nav"])
    assert {entry.name for entry in MENU if entry.first} == set(sentences()["nav_short"])
    assert set(Group) == set(sentences()["nav_group"])

"""What the lists of staff's pages show, as files: within reach only, whole, and safe to open."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook

from announcements.types import Role
from bot.web.places.lists import LISTS
from db.engine import Database
from tests.bot.conftest_board import Village, open_board


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(sqlite_database, tmp_path) as village:
        yield village


async def lines(browser: httpx.AsyncClient, name: str) -> list[str]:
    answer = await browser.get(f"/lists/{name}.csv")
    assert answer.status_code == 200
    return answer.content.decode("utf-8-sig").splitlines()


async def test_a_village_heads_files_hold_their_own_village_only(village: Village) -> None:
    await village.announce("Cắt điện toàn xã", to=("",))
    await village.announce("Việc của thôn khác", to=("Thống Nhất",))
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        households = await lines(browser, "households")
        assert [name in "\n".join(households) for name in ("Bà Lan", "Ông Bình", "Chị Mai")] == [True, True, False]
        assert len(await lines(browser, "areas")) == 1 + 3
        notices = await lines(browser, "notices")
    assert len(notices) == 2
    assert "Cắt điện toàn xã" in notices[1]
    assert notices[1].endswith("3,0,0,0,3")  # their village's part of it


async def test_the_roster_comes_back_in_the_form_it_is_imported_in(village: Village) -> None:
    async with await village.sign_in(Role.SECRETARY) as browser:
        answer = await browser.get("/lists/households.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert rows[0][:4] == ("Mã hộ", "Thôn", "Tổ", "Chủ hộ")
    assert [row[3] for row in rows[1:]] == ["Bà Lan", "Ông Hải", "Ông Bình", "Chị Mai", "Anh Tú", "Cụ Sáu"]


@pytest.mark.parametrize("name", sorted(LISTS))
async def test_every_list_has_headings_and_both_endings(village: Village, name: str) -> None:
    async with await village.sign_in(Role.ADMIN) as browser:
        assert len((await lines(browser, name))[0].split(",")) == len(LISTS[name].columns)
        assert (await browser.get(f"/lists/{name}.xlsx")).status_code == 200


async def test_who_only_looks_gets_no_households_by_the_hundred(village: Village) -> None:
    async with await village.sign_in(Role.DESK_OFFICER) as browser:
        assert (await browser.get("/lists/households.csv")).status_code == 403
        assert (await browser.get("/lists/staff.csv")).status_code == 403
        assert (await browser.get("/lists/areas.csv")).status_code == 200
        assert "/lists/households" not in (await browser.get("/households")).text


async def test_a_list_that_is_none_is_not_found(village: Village) -> None:
    async with await village.sign_in(Role.ADMIN) as browser:
        assert (await browser.get("/lists/mat-khau.csv")).status_code == 404
        assert (await browser.get("/lists/areas.exe")).status_code == 422

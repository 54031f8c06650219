"""The month as files and as a page: the same figures everywhere, one's own area only."""

from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.months import NOTHING, Month
from announcements.reach import Answer, Figures
from announcements.types import How, Role
from bot.office.reach import month_sheets
from bot.paper.month_book import month_book
from bot.paper.months import MonthSheet, month_chart, month_pdf, percents
from db.answering import answers
from db.answering.answers import Record
from db.engine import Database
from tests.bot.conftest_board import Village, open_board

NOVEMBER = Month(2026, 11)


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    """Two notices of the whole commune: one Bà Lan and Chị Mai acknowledged, and one last month that nobody did."""
    async with open_board(sqlite_database, tmp_path) as village:
        village.now -= timedelta(days=30)
        await village.announce(to=("",), title="Việc tháng trước")
        village.now += timedelta(days=30)
        notice = await village.announce(to=("",), title='=1+1 #panic("x") 📢')
        said = [
            Record(notice.broadcast_id, village.commune.households[who],
                   Answer(How.BOARD, village.now + timedelta(minutes=9), channel="board"), external_id=who)
            for who in ("Bà Lan", "Ông Bình", "Chị Mai")
        ]  # fmt: skip
        await village.context.writer.submit_all(answers.record, said)
        yield village


def cells(content: bytes, *, values: bool) -> list[list[list[Any]]]:
    book = openpyxl.load_workbook(BytesIO(content), data_only=values)
    return [[[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets]


async def test_shares_in_the_workbook_are_formulas_with_their_values(village: Village) -> None:
    content = month_book(await month_sheets.sheet(village.context, NOVEMBER)).content
    formulas, values = cells(content, values=False), cells(content, values=True)
    heading, top = values[0][5], values[0][6]
    assert heading[:3] == ["Địa bàn", "Thông báo", "Lượt hộ"]
    assert top[:7] == ["Xã Thử", 1, 6, 3, 0, 0, 3]
    assert (formulas[0][6][7], top[7], top[11]) == ("=IF(C7=0,0,D7/C7)", 0.5, 0.5)
    assert values[0][-1][:3] == ["Tổng cộng", 1, 6]
    assert (values[1][1], formulas[1][1][1]) == (["Thôn Thu Quế", pytest.approx(2 / 3), 0, 0, pytest.approx(1 / 3)],
                                                 "='Theo địa bàn'!H8")  # fmt: skip
    assert (values[2][1][0], formulas[2][1][0]) == ('=1+1 #panic("x") 📢', '=1+1 #panic("x") 📢')
    titles = openpyxl.load_workbook(BytesIO(content)).worksheets[2]
    assert titles["A2"].data_type == "s"


async def test_the_sheet_and_the_chart_are_set_whatever_titles_hold(village: Village) -> None:
    sheet = await month_sheets.sheet(village.context, NOVEMBER)
    assert month_pdf(sheet).content.startswith(b"%PDF-")
    assert month_chart(sheet).content.startswith(b"<svg")


def test_an_empty_month_makes_every_file() -> None:
    sheet = MonthSheet("Xã Thử", "Xã Thử", NOVEMBER, "nay", NOTHING, None, "", (), (), (), (), ())
    assert month_pdf(sheet).content.startswith(b"%PDF-")
    assert month_chart(sheet).content.startswith(b"<svg")
    assert cells(month_book(sheet).content, values=True)[0][-1][:3] == ["Tổng cộng", 0, 0]


@given(st.lists(st.integers(0, 10_000), min_size=4, max_size=4))
def test_percents_are_rounded_as_a_spreadsheet_rounds(pieces: list[int]) -> None:
    acknowledged, told, not_reached, rest = pieces
    figures = Figures(audience=sum(pieces), acknowledged=acknowledged, told_in_person=told, not_reached=not_reached)
    assert figures.open == rest
    for percent, piece in zip(percents(figures), pieces, strict=True):
        assert abs(percent - 100 * figures.share(piece)) <= 0.5
    assert percents(Figures(audience=8, acknowledged=1)) == [13, 0, 0, 88]


async def test_a_village_head_sees_their_village_on_the_page_and_in_the_files(village: Village) -> None:
    await village.announce(to=("Thống Nhất",), title="Việc thôn bên")
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        page = (await browser.get("/months", follow_redirects=True)).text
        book = await browser.get("/months/2026-11.xlsx")
    assert "Thôn Thu Quế: 1 thông báo, 3 lượt hộ nhận" in page
    assert "Thống Nhất" not in page
    assert "Việc thôn bên" not in page
    assert "Thống Nhất" not in str(cells(book.content, values=True))
    assert book.headers["content-disposition"] == 'attachment; filename="tong-ket-2026-11.xlsx"'


async def test_months_are_walked_through_and_none_to_come_is_shown(village: Village) -> None:
    async with await village.sign_in(Role.SECRETARY) as browser:
        page = (await browser.get("/months/2026-11")).text
        assert 'href="/months/2026-10"' in page
        assert "2026-12" not in page
        assert "+50" in page
        assert 'href="/months/2026-11"' in (await browser.get("/months/2026-10")).text
        assert "chưa có thông báo nào" in (await browser.get("/months/2026-01")).text
        for wrong in ("2026-12", "2026-13", "thang-nay", "2026-12.pdf"):
            assert (await browser.get(f"/months/{wrong}")).status_code == 422

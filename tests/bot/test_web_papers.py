"""Files that staff's pages give: of their own area, under a name, and nothing changed by asking."""

import asyncio
import csv
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import pytest

from announcements.types import Role
from bot.office.homes import card_sheets
from bot.office.reach import door_sheets
from bot.paper import reports
from db.engine import Database
from db.links import cards
from db.links.cards import Shown
from db.tables import t
from tests.bot.conftest_board import Village, open_board


@pytest.fixture
async def village(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Village]:
    async with open_board(sqlite_database, tmp_path) as village:
        yield village


async def test_a_village_heads_report_has_their_rows_only(village: Village) -> None:
    notice = await village.announce(to=("",))
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        answer = await browser.get(f"/notices/{notice.announcement}/report.csv")
    (_, *rows) = csv.reader(StringIO(answer.content.decode("utf-8-sig")))
    assert [row[1] for row in rows] == ["Thôn Thu Quế", "Tổ 1", "Tổ 2", "Tổng cộng"]
    assert answer.headers["content-disposition"] == f'attachment; filename="ket-qua-{notice.announcement}.csv"'


@pytest.mark.parametrize(
    ("path", "media", "start"),
    [("/notices/{code}/report.xlsx", "application/vnd.openxmlformats", b"PK"),
     ("/notices/{code}/report.pdf", "application/pdf", b"%PDF-"),
     ("/doors/{code}/sheet.pdf", "application/pdf", b"%PDF-"),
     ("/doors/{code}/sheet.pdf?area=thu-que-to-1", "application/pdf", b"%PDF-"),
     ("/cards.pdf?area=thu-que", "application/pdf", b"%PDF-")],
)  # fmt: skip
async def test_every_paper_comes_as_what_it_is_and_asking_changes_nothing(
    village: Village, path: str, media: str, start: bytes
) -> None:
    notice = await village.announce(to=("",))
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        before = await village.rows()
        answer = await browser.get(path.format(code=notice.announcement))
        assert answer.headers["content-type"].startswith(media)
        assert answer.content.startswith(start)
        assert answer.headers["cache-control"] == "no-store"
        assert await village.rows() == before


async def test_scanning_a_household_on_the_paper_opens_its_page(village: Village) -> None:
    notice = await village.announce(to=("",))
    async with village.context.database.write() as connection:
        await connection.execute(t.household.update().where(t.household.c.code == "H-002").values(code="3/Tổ 2?"))
    sheet = await door_sheets.sheet(village.context, notice.announcement, area="thu-que-to-1")
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        for door in sheet.walks[0].doors:
            answer = await browser.get(door.page)
            assert answer.status_code == 200
            assert door.head_name in answer.text


async def test_an_unknown_kind_of_file_or_notice_is_a_page_that_says_so(village: Village) -> None:
    async with await village.sign_in(Role.SECRETARY) as browser:
        assert (await browser.get("/notices/TB-0000/report.docx")).status_code == 422
        assert (await browser.get("/notices/TB-0000/report.pdf")).status_code == 404


async def test_cards_are_given_out_by_a_press_and_never_by_a_look(village: Village) -> None:
    await village.revoke("Bà Lan")
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        before = await village.rows()
        assert "Cấp thẻ cho 1 hộ chưa có" in (await browser.get("/cards")).text
        await browser.get("/cards.pdf")
        assert await village.rows() == before
        done = await browser.post("/cards", data={"area": "thu-que-to-1"}, follow_redirects=True)
        assert "Mọi hộ ở Tổ 1 đã có thẻ" in done.text
        assert "chưa có</button>" not in done.text


async def test_cards_just_given_out_can_be_printed_alone(village: Village) -> None:
    await village.revoke("Bà Lan")
    village.later(days=2)
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        done = await browser.post("/cards", data={"area": "thu-que"}, follow_redirects=True)
        assert "In 1 thẻ (PDF)" in done.text
        assert "area=thu-que&amp;since=2026-11-25" in done.text
        assert "In 3 thẻ (PDF)" in (await browser.get("/cards?area=thu-que")).text
        assert (await browser.get("/cards.pdf?area=thu-que&since=2026-11-25")).content.startswith(b"%PDF-")
        assert (await browser.get("/cards.pdf?area=thu-que&since=2026-11-26")).status_code == 422
        wrong = await browser.get("/cards?since=hôm-qua")
    assert wrong.status_code == 422
    assert "hôm-qua" in wrong.text


async def test_a_card_seen_in_a_group_is_replaced_with_one_press(village: Village) -> None:
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        assert "đã hiện trong nhóm" not in (await browser.get("/cards")).text
        async with village.context.database.write() as connection:
            await cards.show(connection, [Shown(village.cards[head], village.now) for head in ("Bà Lan", "Chị Mai")])
        page = (await browser.get("/cards")).text
        assert "Cấp thẻ mới cho hộ Bà Lan" in page
        assert "Chị Mai" not in page
        assert "Mã này đã hiện trong nhóm chat" in (await browser.get("/households/H-001")).text
        await browser.post("/households/H-001", data={"do": "reissue_card"})
        assert "đã hiện trong nhóm" not in (await browser.get("/cards")).text
        assert "đã hiện trong nhóm" not in (await browser.get("/households/H-001")).text


async def test_an_area_without_cards_has_no_sheet(village: Village) -> None:
    for head in ("Bà Lan", "Ông Hải"):
        await village.revoke(head)
    async with await village.sign_in(Role.GROUP_LEADER, "Thu Quế 1") as browser:
        answer = await browser.get("/cards.pdf")
    assert answer.status_code == 422
    assert "chưa có thẻ nào để in" in answer.text


async def test_more_cards_than_one_file_holds_are_asked_for_by_village(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.office.card_sheets.MOST_CARDS", 2)
    async with await village.sign_in(Role.VILLAGE_HEAD, "Thu Quế") as browser:
        page = (await browser.get("/cards")).text
        assert "nhiều nhất 2 thẻ" in page
        assert "cards.pdf" not in page
        answer = await browser.get("/cards.pdf")
    assert answer.status_code == 422
    assert "từng thôn hoặc từng tổ" in answer.text


async def test_others_are_served_while_a_sheet_is_set(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting is held up in its thread until another request has been answered."""
    notice = await village.announce(to=("",))
    loop, answered = asyncio.get_running_loop(), asyncio.Event()
    make = reports.pdf

    def held(template: str, data: dict[str, object]) -> bytes:
        asyncio.run_coroutine_threadsafe(answered.wait(), loop).result(timeout=20)
        return make(template, data)

    monkeypatch.setattr(reports, "pdf", held)
    async with await village.sign_in(Role.SECRETARY) as browser:
        sheet = asyncio.create_task(browser.get(f"/notices/{notice.announcement}/report.pdf"))
        while not sheet.done():
            assert (await village.device().get("/healthz")).status_code == 200
            answered.set()
            await asyncio.sleep(0.01)
        assert (await sheet).content.startswith(b"%PDF-")


async def test_choices_are_the_areas_of_ones_own(village: Village) -> None:
    _, staff = await village.session(Role.VILLAGE_HEAD, "Thu Quế")
    found = await card_sheets.choices(village.context, staff)
    assert [(area.name, area.households) for area in found] == [("Thôn Thu Quế", 3), ("Tổ 1", 2), ("Tổ 2", 1)]

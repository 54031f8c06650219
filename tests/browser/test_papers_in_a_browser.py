"""Printing from the pages: a village head with a telephone, without scripts where it matters."""

import pytest
from playwright.async_api import expect

from announcements.reach import Answer
from announcements.types import How, Role
from db.answering import answers
from db.answering.answers import Record
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
    await page.get_by_label("Chỉ in thẻ cấp từ ngày").fill("")
    await page.get_by_role("button", name="Xem").click()
    await checked(page, "cards")
    link = page.get_by_role("link", name="In 2 thẻ")
    answer = await page.request.get(f"{site.url}{await link.get_attribute('href')}")
    assert answer.headers["content-disposition"] == 'inline; filename="the-ho-thu-que-to-1.pdf"'
    assert (await answer.body()).startswith(b"%PDF-")


async def test_a_secretary_reads_the_month_with_its_chart(site: Site) -> None:
    notice = await site.village.announce(to=("",), title="Họp xã bàn việc làm đường")
    said = [
        Record(notice.broadcast_id, site.village.commune.households[who],
               Answer(how, site.village.now, channel="board"), external_id=who)
        for who, how in {"Bà Lan": How.BOARD, "Chị Mai": How.BOARD, "Anh Tú": How.MET}.items()
    ]  # fmt: skip
    await site.village.context.writer.submit_all(answers.record, said)
    for name, page in {
        "month": await site.desk(Role.SECRETARY),
        "month-phone": await site.desk(Role.VILLAGE_HEAD, "Thu Quế", size=PHONE),
    }.items():
        await page.goto(f"{site.url}/months/2026-11")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("tháng 11/2026")
        chart = page.get_by_role("img", name="Biểu đồ")
        assert await chart.evaluate("picture => picture.complete && picture.naturalWidth > 100")
        await checked(page, name)

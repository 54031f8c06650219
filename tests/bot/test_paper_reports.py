"""The report as files: the same figures everywhere, formulas with their values, nothing run that people typed."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest

from announcements.mistakes import NotAllowed
from announcements.months import Month
from announcements.reach import Answer, Figures
from announcements.types import DeliveryState, Grade, How, Reason, Role
from bot.config import Settings
from bot.context import Context
from bot.office.reach import months, report_sheets, reporting
from bot.paper.report_book import report_book
from bot.paper.reports import ReportRow, ReportSheet, report_csv, report_pdf
from db.access import people
from db.access.people import StaffRow
from db.answering import answers
from db.answering.answers import Record
from db.engine import Database
from db.writer import Writer
from tests.makers import NOON, Commune, make_broadcast, make_chats, settle, take

NASTY = '=HYPERLINK("http://x") @a +b #panic("x") $c$ 📢'


@pytest.fixture
def context(database: Database, writer: Writer) -> Context:
    return Context(Settings(), database, writer, b"", clock=lambda: NOON)


@pytest.fixture
async def code(database: Database, writer: Writer, commune: Commune) -> str:
    """Bà Lan has acknowledged, Ông Bình was told, Chị Mai could not be; a chat for each group waits."""
    await make_chats(database, list(commune.groups.values()))
    row = await make_broadcast(database, [commune.root], title=NASTY)
    of = commune.households
    said = {
        "Bà Lan": Answer(How.BOARD, NOON, Grade.WILL_ATTEND, "board"),
        "Ông Bình": Answer(How.MET, NOON),
        "Chị Mai": Answer(How.UNREACHABLE, NOON, reason=Reason.AWAY),
    }
    await writer.submit_all(answers.record, [Record(row.id, of[who], answer) for who, answer in said.items()])
    return row.announcement


async def head_of(database: Database, commune: Commune, village: str) -> StaffRow:
    async with database.write() as connection:
        area = commune.villages[village].id
        return await people.add(connection, name="Ông Trưởng", role=Role.VILLAGE_HEAD, area_id=area)


async def test_a_village_head_gets_their_villages_rows_and_nothing_of_the_next(
    context: Context, database: Database, commune: Commune, code: str
) -> None:
    sheet = await report_sheets.sheet(context, code, await head_of(database, commune, "Thu Quế"))
    assert [row.name for row in sheet.rows] == ["Thôn Thu Quế", "Tổ 1", "Tổ 2"]
    assert sheet.total == Figures(audience=3, reachable=3, acknowledged=1, told_in_person=1)
    assert (sheet.deliveries, sheet.channels, sheet.grades) == (
        [("Chờ gửi", 2)], [("Bảng tin", 1)], [("Sẽ dự", 1)],
    )  # fmt: skip
    sheet = await report_sheets.sheet(context, code, await head_of(database, commune, "Thống Nhất"))
    assert (sheet.total.not_reached, sheet.channels, sheet.grades) == (1, [], [])


async def test_whoever_reaches_the_whole_audience_gets_the_whole_report(
    context: Context, database: Database, commune: Commune, code: str
) -> None:
    async with database.write() as connection:
        staff = await people.add(connection, name="Chị Văn", role=Role.SECRETARY, area_id=commune.root.id)
    assert (await reporting.report(context, code, staff)).report == (await reporting.report(context, code)).report


async def test_a_notice_for_the_next_village_is_none_of_theirs(
    context: Context, database: Database, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.villages["Thống Nhất"]])
    with pytest.raises(NotAllowed):
        await reporting.report(context, row.announcement, await head_of(database, commune, "Thu Quế"))


def cells(content: bytes, *, values: bool) -> list[list[list[Any]]]:
    book = openpyxl.load_workbook(BytesIO(content), data_only=values)
    return [[[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets]


async def test_csv_and_workbook_say_the_same(context: Context, code: str) -> None:
    sheet = await report_sheets.sheet(context, code)
    (heading, *lines) = csv.reader(StringIO(report_csv(sheet).content.decode("utf-8-sig")))
    assert heading[:3] == ["Mã địa bàn", "Địa bàn", "Số hộ"]
    table = cells(report_book(sheet).content, values=True)[0]
    shown = [row[2:9] for row in table[6 : 6 + len(lines)]]
    assert [[str(count) for count in row] for row in shown] == [line[2:] for line in lines]
    assert [line[2:] for line in lines][-1] == ["6", "6", "0", "1", "1", "1", "3"]


async def test_sums_are_formulas_that_come_to_the_value_written_beside_them(context: Context, code: str) -> None:
    content = report_book(await report_sheets.sheet(context, code)).content
    formulas, values = cells(content, values=False)[0], cells(content, values=True)[0]
    commune, village, group = formulas[6], formulas[7], formulas[8]
    assert commune[2] == "=SUM(C8,C11)"
    assert village[2] == "=SUM(C9,C10)"
    assert group[2] == 2
    assert (village[9], values[7][9]) == ("=IF(C8=0,0,(F8+G8)/C8)", pytest.approx(2 / 3))
    assert {row[10] for row in values[6:14]} == {"Đúng"}


async def test_what_people_typed_is_text_in_the_workbook(context: Context, code: str) -> None:
    book = openpyxl.load_workbook(BytesIO(report_book(await report_sheets.sheet(context, code)).content))
    title = book.worksheets[0]["A1"]
    assert (title.value, title.data_type) == (NASTY, "s")
    assert book.worksheets[0].freeze_panes == "B7"
    assert len(book.worksheets[1]._charts) == 1  # type: ignore[attr-defined]


async def test_the_sheet_to_sign_is_set_whatever_the_title_holds(context: Context, code: str) -> None:
    file = report_pdf(await report_sheets.sheet(context, code))
    assert (file.name, file.content[:5]) == (f"ket-qua-{code}.pdf", b"%PDF-")


async def test_chats_that_did_not_surely_get_it_are_named_to_those_they_concern(
    context: Context, database: Database, commune: Commune, code: str
) -> None:
    claimed = await take(database)
    await settle(database, claimed[:1], DeliveryState.FAILED)
    await settle(database, claimed[1:3], DeliveryState.UNCONFIRMED)
    sheet = await report_sheets.sheet(context, code, await head_of(database, commune, "Thu Quế"))
    assert sheet.trouble == [
        ("Tổ 1, Thôn Thu Quế", "Không gửi được"), ("Tổ 2, Thôn Thu Quế", "Chưa rõ đã tới chưa"),
    ]  # fmt: skip
    whole = await report_sheets.sheet(context, code)
    assert len(whole.trouble) == 3
    ways = cells(report_book(whole).content, values=True)[2]
    assert ["Nhóm cần xem lại: Tổ 1, Thôn Thu Quế", "Không gửi được"] in ways
    assert report_pdf(whole).content.startswith(b"%PDF-")


async def test_the_time_to_half_is_told_only_of_the_whole_audience(
    context: Context, database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root])
    later = NOON + timedelta(minutes=9)
    said = [
        Record(row.id, household, Answer(How.BOARD, later, channel="board"), external_id=str(household))
        for household in commune.households.values()
    ]
    await writer.submit_all(answers.record, said)
    assert (await report_sheets.sheet(context, row.announcement)).half == "9 phút"
    head = await head_of(database, commune, "Thu Quế")
    assert (await report_sheets.sheet(context, row.announcement, head)).half == ""
    month = Month(2026, 11)
    assert [one.half for one in (await months.summary(context, month)).notices] == [later - NOON]
    assert [one.half for one in (await months.summary(context, month, head)).notices] == [None]


def sheet_of(rows: list[ReportRow], total: Figures) -> ReportSheet:
    return ReportSheet("Xã Thử", "Xã Thử", "Họp", "TB-7K3M", "19 giờ", "Đã phát", "20 giờ", rows, total,
                       [], [], [], [], 0, "")  # fmt: skip


def test_households_of_their_own_in_a_village_are_not_lost_in_a_sum() -> None:
    parts = [ReportRow("a", "Thôn A", "Thôn", -1, 0, Figures(audience=5)),
             ReportRow("a-1", "Tổ 1", "Tổ", 0, 1, Figures(audience=3))]  # fmt: skip
    table = cells(report_book(sheet_of(parts, Figures(audience=5))).content, values=False)[0]
    assert [row[2] for row in table[6:9]] == [5, 3, "=SUM(C7)"]


@pytest.mark.parametrize("groups", [0, 1, 300])
def test_any_number_of_areas_makes_all_three_files(groups: int) -> None:
    rows = [
        ReportRow(f"g-{n}", f"Tổ {n} " + "rất dài " * (n % 9), "Tổ", -1, 0, Figures(audience=n)) for n in range(groups)
    ]
    sheet = sheet_of(rows, sum((row.figures for row in rows), Figures()))
    assert report_pdf(sheet).content.startswith(b"%PDF-")
    table = cells(report_book(sheet).content, values=True)[0]
    assert table[6 + groups][2] == sheet.total.audience
    assert report_csv(sheet).content.count(b"\r\n") == groups + 2

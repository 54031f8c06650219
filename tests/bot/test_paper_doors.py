"""The printed door-knock list: each leader's own households in the order of a walk, closed by scanning."""

from dataclasses import asdict, replace

import pytest

from announcements.mistakes import Mistake, NotAllowed
from announcements.reach import Answer
from announcements.types import How, Role
from bot.config import App, Settings
from bot.context import Context
from bot.office.reach import door_sheets
from bot.paper.doors import DoorSheet, PrintedDoor, Walk, door_file
from db.access import people
from db.answering import answers
from db.answering.answers import Record
from db.engine import Database
from db.tables import t
from db.writer import Writer
from tests.bot.scanning import scanned
from tests.makers import NOON, Commune, make_broadcast

URL = "https://loa.example.vn"


@pytest.fixture
def context(database: Database, writer: Writer) -> Context:
    settings = Settings(app=App(public_url=URL))
    return Context(settings, database, writer, b"", clock=lambda: NOON)


async def live_at(database: Database, addresses: dict[str, str]) -> None:
    async with database.write() as connection:
        for head, address in addresses.items():
            where = t.household.c.head_name == head
            await connection.execute(t.household.update().where(where).values(address=address))


async def test_every_group_has_a_list_of_its_own_in_the_order_of_a_walk(
    context: Context, database: Database, writer: Writer, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.root])
    await live_at(database, {"Bà Lan": "Ngõ 10", "Ông Hải": "Ngõ 2"})
    answered = Record(row.id, commune.households["Cụ Sáu"], Answer(How.BOARD, NOON, channel="board"), external_id="1")
    await writer.submit(answers.record, answered)
    sheet = await door_sheets.sheet(context, row.announcement)
    listed = {walk.place: [door.head_name for door in walk.doors] for walk in sheet.walks}
    assert list(listed.items()) == [
        ("Tổ 1, Thôn Thu Quế", ["Ông Hải", "Bà Lan"]),
        ("Tổ 2, Thôn Thu Quế", ["Ông Bình"]),
        ("Tổ 1, Thôn Thống Nhất", ["Chị Mai", "Anh Tú"]),
    ]  # the group where nobody is left has no sheet
    assert sheet.walks[0].doors[0].page == f"{URL}/doors/{row.announcement}/H-002"


async def test_a_household_code_of_any_letters_makes_a_whole_address(
    context: Context, database: Database, commune: Commune
) -> None:
    row = await make_broadcast(database, [commune.groups["Thu Quế 2"]])
    async with database.write() as connection:
        await connection.execute(t.household.update().where(t.household.c.code == "H-003").values(code="3/Tổ 2?"))
    sheet = await door_sheets.sheet(context, row.announcement)
    assert sheet.walks[0].doors[0].page == f"{URL}/doors/{row.announcement}/3%2FT%E1%BB%95%202%3F"


async def test_a_village_head_gets_their_village_and_nothing_of_the_next(
    context: Context, database: Database, commune: Commune
) -> None:
    everywhere = await make_broadcast(database, [commune.root])
    elsewhere = await make_broadcast(database, [commune.villages["Thống Nhất"]])
    async with database.write() as connection:
        village = commune.villages["Thu Quế"]
        head = await people.add(connection, name="Ông Trưởng", role=Role.VILLAGE_HEAD, area_id=village.id)
    sheet = await door_sheets.sheet(context, everywhere.announcement, staff=head)
    assert {door.head_name for walk in sheet.walks for door in walk.doors} == {"Bà Lan", "Ông Hải", "Ông Bình"}
    assert sheet.where == "Thôn Thu Quế"
    for area in ("Thống Nhất", "Xã Thử"):
        with pytest.raises(NotAllowed):
            await door_sheets.sheet(context, everywhere.announcement, area=area, staff=head)
    with pytest.raises(NotAllowed, match="không gửi tới"):
        await door_sheets.sheet(context, elsewhere.announcement, staff=head)


async def test_more_doors_than_one_file_holds_are_asked_for_by_village(
    context: Context, database: Database, commune: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_sheets, "MOST_DOORS", 3)
    row = await make_broadcast(database, [commune.root])
    with pytest.raises(Mistake, match="từng thôn"):
        await door_sheets.sheet(context, row.announcement)
    assert len((await door_sheets.sheet(context, row.announcement, area="Thu Quế")).walks) == 2


LONG = "Công Tằng Tôn Nữ Thị Hoàng Phương Nguyễn Phúc Bảo Khánh Ngọc Linh Đan " * 3


def printed(number: int, place: int = 1) -> PrintedDoor:
    head = LONG if number % 7 == 3 else f"Hộ Thử {number}"
    phones = ("0912 345 678", "0912 345 679")[: number % 3]
    page = f"{URL}/doors/TB-7K3M/HO-{place}-{number:03}"
    return PrintedDoor(f"HO-{place}-{number:03}", head, "Trần #x" if number % 2 else "", phones, "Số 1, ngõ 2", page)


SHEET = DoorSheet(
    code="TB-7K3M", title="Họp thôn", due="19 giờ", short="Mời bà con.\nDự họp *đông đủ* #panic()",
    where="Thôn Thu Quế", commune="Xã Thử", printed="20 giờ", ways=("Gặp mặt", "Gọi điện thoại", "Để lại giấy báo"),
    reasons=("Đi vắng", "Đi viện", "Đã chuyển đi", "Điện thoại hỏng", "Không muốn nhận", "Chưa rõ lý do"), walks=(),
)  # fmt: skip


def pages(sheet: DoorSheet) -> list[list[str]]:
    return scanned("doors.typ", asdict(sheet), [door.page for walk in sheet.walks for door in walk.doors])


def test_every_household_of_a_large_group_scans_and_the_next_group_begins_a_page() -> None:
    large, small = Walk("Tổ 1", [printed(number) for number in range(60)]), Walk("Tổ 2", [printed(0, 2)])
    *first, last = pages(replace(SHEET, walks=(large, small)))
    assert [code for page in first for code in page] == [door.page for door in large.doors]
    assert last == [small.doors[0].page]


def test_a_sheet_without_households_says_so_on_one_page() -> None:
    assert pages(SHEET) == [[]]
    file = door_file(SHEET)
    assert (file.name, file.content[:5]) == ("go-cua-TB-7K3M.pdf", b"%PDF-")

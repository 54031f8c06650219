"""Sheets of household cards: every code scans, odd names stay text, many cards stay within bounds."""

from pathlib import Path

import pytest

from announcements.codes import read_code, spoken
from announcements.mistakes import NotAllowed
from announcements.types import AreaKind, Role
from bot.config import Settings
from bot.context import Context
from bot.office.homes import card_sheets
from bot.office.homes.card_sheets import AreaCards
from bot.paper import cards as paper_cards
from bot.paper.cards import PrintedCard
from db.access import people
from db.access.people import StaffRow
from db.engine import Database
from db.links import cards
from db.places.areas import AreaRow
from db.tables import t
from db.writer import Writer
from tests.bot.scanning import scanned
from tests.bot.terminal import Terminal
from tests.makers import NOON, Commune

URL = "https://loa.example.vn/h/"
LONG = "Công Tằng Tôn Nữ Thị Hoàng Phương Nguyễn Phúc Bảo Khánh Ngọc Linh Đan " * 3
NAMES = ("Bà Lan", LONG, '#panic("x") $a$ *b* _c_ @d \\ 📢', "")


def card(number: int) -> PrintedCard:
    return PrintedCard(NAMES[number % len(NAMES)], "Tổ 3, Thôn Thu Quế", "7K3 M9Q", f"{URL}7K3M{number:02}")


def test_every_card_of_two_sheets_scans() -> None:
    given = [card(number) for number in range(10)]
    data = {"commune": LONG, "title": "Thẻ hộ", "cards": [
        {"head_name": one.head_name, "place": one.place, "code": one.code} for one in given]}  # fmt: skip
    first, second = scanned("cards.typ", data, [one.address for one in given])
    assert first == [one.address for one in given[:8]]
    assert second == [one.address for one in given[8:]]


def test_the_sheets_are_a_pdf() -> None:
    file = paper_cards.card_sheets("the", "Xã Thử", "Thẻ hộ", [card(number) for number in range(9)])
    assert file.name == "the.pdf"
    assert file.content.startswith(b"%PDF-")
    assert b"/Type/Pages/Count 2/" in file.content


def test_a_code_is_printed_in_threes_and_read_back() -> None:
    assert spoken("7K3M9Q") == "7K3 M9Q"
    assert read_code(spoken("7K3M9Q")) == "7K3M9Q"


@pytest.fixture
def context(database: Database, writer: Writer) -> Context:
    return Context(Settings(), database, writer, b"", clock=lambda: NOON)


async def staff_of(context: Context, commune: Commune, role: Role = Role.VILLAGE_HEAD) -> StaffRow:
    async with context.database.write() as connection:
        return await people.add(connection, name="Ông Trưởng", role=role, area_id=commune.villages["Thu Quế"].id)


async def test_cards_come_by_group_and_lane_and_only_valid_ones(context: Context, commune: Commune) -> None:
    async with context.database.write() as connection:
        for head, address in {"Bà Lan": "Ngõ 10", "Ông Hải": "Ngõ 2"}.items():
            where = t.household.c.head_name == head
            await connection.execute(t.household.update().where(where).values(address=address))
        await cards.issue(connection, commune.root.path, NOON)
        await cards.revoke(connection, [commune.households["Ông Bình"]], NOON)
    found = await card_sheets.of_area(context, "Xã Thử")
    assert [one.head_name for one in found.cards] == ["Ông Hải", "Bà Lan", "Chị Mai", "Anh Tú", "Cụ Sáu"]
    assert found.missing == 1
    assert found.cards[0].place == "Tổ 1, Thôn Thu Quế"
    assert found.cards[0].address == f"http://127.0.0.1:8000/h/{found.cards[0].code.replace(' ', '')}"


async def test_a_village_head_prints_no_cards_of_the_next_village(context: Context, commune: Commune) -> None:
    head = await staff_of(context, commune)
    assert (await card_sheets.of_area(context, "Thu Quế", head)).missing == 3
    for area in ("Thống Nhất", "Xã Thử"):
        with pytest.raises(NotAllowed):
            await card_sheets.of_area(context, area, head)


async def test_whoever_does_not_keep_cards_prints_none(context: Context, commune: Commune) -> None:
    with pytest.raises(NotAllowed):
        await card_sheets.of_area(context, "Thu Quế", await staff_of(context, commune, Role.DESK_OFFICER))


def test_too_many_cards_for_one_file_become_several(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_sheets, "MOST_CARDS", 3)
    area = AreaRow(1, "thu-que", "Thôn Thu Quế", AreaKind.VILLAGE, None, "00000001")
    made = card_sheets.files(context, AreaCards(area, [card(number) for number in range(7)], 0))
    assert [file.name for file in made] == ["the-ho-thu-que-1.pdf", "the-ho-thu-que-2.pdf", "the-ho-thu-que-3.pdf"]


ROSTER = "Thôn,Tổ,Chủ hộ\nThu Quế,1,Bà Lan\nThu Quế,2,Ông Bình\n"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)  # the command line's would outlive this test
    (tmp_path / "ho.csv").write_text(ROSTER, "utf-8")
    terminal = Terminal(tmp_path / "data")
    terminal.loa("roster", "import", "ho.csv")
    return terminal


def test_the_command_writes_the_sheets_and_warns_of_an_address_nobody_can_open(
    terminal: Terminal, tmp_path: Path
) -> None:
    said = terminal.loa("cards", "--area", "Thu Quế", "--out", "the.pdf", "--json")
    assert len(said.json) == 2
    assert (tmp_path / "the.pdf").read_bytes().startswith(b"%PDF-")
    assert "Chưa nên in" in said.err
    said = terminal.loa("cards", "--area", "Thu Quế", "--out", "the.pdf", LOA_APP__PUBLIC_URL="https://loa.example.vn")
    assert (said.out, "Chưa nên in" in said.err) == ("", False)


def test_the_command_prints_only_cards_given_out_since_a_day(terminal: Terminal, tmp_path: Path) -> None:
    words = ("cards", "--area", "Thu Quế", "--out", "the.pdf", "--since")
    assert "2 thẻ" in terminal.loa(*words, "2020-01-01").err
    assert "không có thẻ nào" in terminal.loa(*words, "2999-01-01", status=1).err
    assert "--since" in terminal.loa(*words, "mai", status=2).err
    assert "--out" in terminal.loa("cards", "--area", "Thu Quế", "--since", "2020-01-01", status=2).err


def test_the_command_says_which_file_it_cannot_write(terminal: Terminal) -> None:
    assert ".pdf" in terminal.loa("cards", "--area", "Thu Quế", "--out", "the.docx", status=2).err
    assert "Không ghi được" in terminal.loa("cards", "--area", "Thu Quế", "--out", "khong/co/the.pdf", status=1).err

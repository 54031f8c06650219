"""`loa inbox`: the same inbox at the terminal."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from db.engine import Database
from tests.bot.terminal import Terminal
from tests.makers import make_broadcast, make_commune, make_question


@dataclass(slots=True)
class Desk:
    """Bà Lan's household asked about the notice `code`."""

    terminal: Terminal
    number: int
    code: str


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Desk:
    async def fill() -> tuple[int, str]:
        database = Database(sqlite_url)
        commune = await make_commune(database)
        row = await make_broadcast(database, [commune.villages["Thu Quế"]])
        number = await make_question(
            database, commune.groups["Thu Quế 1"], household_id=commune.households["Bà Lan"], broadcast_id=row.id
        )
        await database.close()
        return number, row.announcement

    number, code = asyncio.run(fill())
    return Desk(Terminal(tmp_path, {"LOA_DATABASE__URL": sqlite_url}), number, code)


def test_a_message_is_listed_credited_reopened_answered_and_closed(desk: Desk) -> None:
    loa, number = desk.terminal, desk.number
    (listed,) = loa.json("inbox", "list")
    assert (listed["number"], listed["text"], listed["household"], listed["why"], listed["state"]) == (
        number, "Họp ở đâu ạ?", "H-001", "question", "open"
    )  # fmt: skip
    assert "Họp ở đâu" in loa.loa("inbox", "list").out
    credited = loa.json("inbox", "credit", number, "--grade", "understood")
    assert (credited["state"], credited["credited_to"]) == ("credited", "Bà Lan")
    assert loa.json("report", desk.code)["total"]["acknowledged"] == 1
    assert loa.json("inbox", "list") == [] and len(loa.json("inbox", "list", "--box", "done")) == 1
    assert loa.json("inbox", "reopen", number)["state"] == "open"
    assert loa.json("report", desk.code)["total"]["acknowledged"] == 0
    said = loa.loa("inbox", "answer", number, "Ở nhà văn hóa.", "--public", "--question", "Họp ở đâu?").out
    assert "xin chép lời này" in said and "trang của thông báo" in said  # no such account is configured
    loa.loa("inbox", "reopen", number)
    assert loa.json("inbox", "close", number)["state"] == "closed"


def test_what_cannot_be_done_is_said_and_changes_nothing(desk: Desk) -> None:
    loa, number = desk.terminal, desk.number
    assert "Không có lời nhắn số 999" in loa.loa("inbox", "credit", 999, status=1).err
    assert "Xin viết câu trả lời" in loa.loa("inbox", "answer", number, " ", status=1).err
    assert "đang chờ" in loa.loa("inbox", "reopen", number, status=1).err
    assert loa.json("inbox", "list")[0]["state"] == "open"

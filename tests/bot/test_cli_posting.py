"""`loa post`: saying from the terminal what was posted by hand."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from announcements.types import DeliveryState
from db.announcing.fanout import ASSISTED
from db.engine import Database
from scheduler.clock import now
from tests.bot.terminal import Terminal
from tests.makers import settle, take

ROSTER = "Thôn,Tổ,Chủ hộ\nThu Quế,1,Bà Lan\nThu Quế,2,Ông Bình\n"


@pytest.fixture
def handed(tmp_path: Path) -> tuple[Terminal, str, str]:
    """A notice that waits to be posted in the Zalo groups of two groups; its code, and the first one's leader."""
    terminal = Terminal(tmp_path)
    (tmp_path / "ho.csv").write_text(ROSTER, "utf-8")
    terminal.loa("roster", "import", str(tmp_path / "ho.csv"))
    for number in (1, 2):
        terminal.loa("chat", "add", "--account", "assisted", "--area", f"thu-que-to-{number}",
                     "--title", f"Zalo tổ {number}")  # fmt: skip
    leader = terminal.json("staff", "add", "--name", "Ông Tổ", "--role", "group_leader", "--area", "thu-que-to-1")
    code = terminal.json("announce", "--title", "Họp", "--body", "Mời dự.", "--area", "Thu Quế")["announcement"]
    asyncio.run(hand_over(tmp_path))
    return terminal, code, leader["code"]


async def hand_over(folder: Path) -> None:
    """As the service does."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'loa.db'}")
    await settle(database, await take(database, account=ASSISTED, now=now()), DeliveryState.HANDED, now=now())
    await database.close()


def by_title(rows: list[Any]) -> dict[str, Any]:
    return {row["title"]: row for row in rows}


def test_a_leader_posts_takes_back_and_posts_again(handed: tuple[Terminal, str, str]) -> None:
    terminal, code, leader = handed
    assert terminal.loa("post", code, "--as", leader).out == "Đã ghi: đã đăng vào Zalo tổ 1.\n"
    assert "Ông Tổ đã ghi lúc" in terminal.loa("post", code, "--as", leader).out
    assert "Zalo tổ 1 lại chờ đăng" in terminal.loa("post", code, "--undo", "--as", leader).out
    done = terminal.json("post", code, "--as", leader)
    assert done["changed"] == 1
    rows = by_title(terminal.json("deliveries", code))
    assert (rows["Zalo tổ 1"]["state"], rows["Zalo tổ 1"]["posted_by"]) == ("sent", "Ông Tổ")
    assert (rows["Zalo tổ 2"]["state"], rows["Zalo tổ 2"]["posted_by"]) == ("handed", None)
    table = terminal.loa("deliveries", code).out
    assert "Ông Tổ đăng" in table
    assert "chờ đăng từ" in table
    assert terminal.json("report", code)["deliveries"]["handed"] == 1


def test_the_operator_speaks_for_one_chat_or_for_all(handed: tuple[Terminal, str, str]) -> None:
    terminal, code, _ = handed
    second = by_title(terminal.json("chat", "list"))["Zalo tổ 2"]["id"]
    assert [one["id"] for one in terminal.json("post", code, "--chat", str(second))["chats"]] == [second]
    assert terminal.json("post", code)["changed"] == 1
    assert "không có gì phải ghi" in terminal.loa("post", code, "--withdrawal").out
    terminal.loa("withdraw", code)
    assert terminal.json("post", code, "--withdrawal")["changed"] == 2


def test_what_can_not_be_is_said(handed: tuple[Terminal, str, str]) -> None:
    terminal, code, leader = handed
    assert terminal.loa("post", code, "--undo", "--withdrawal", status=2).err.startswith("Chỉ dùng một trong hai")
    assert "không có nhóm nào như vậy" in terminal.loa("post", code, "--chat", "404", status=1).err
    second = by_title(terminal.json("chat", "list"))["Zalo tổ 2"]["id"]
    assert "Zalo tổ 2" in terminal.loa("post", code, "--chat", str(second), "--as", leader, status=1).err

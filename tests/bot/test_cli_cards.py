"""`loa cards` at the terminal."""

from pathlib import Path

import pytest

from tests.bot.terminal import Terminal

ROSTER = "Mã hộ,Thôn,Tổ,Chủ hộ\nH-1,Thu Quế,1,Bà Lan\nH-2,Thu Quế,1,Ông Hải\nH-3,Thống Nhất,1,Chị Mai\n"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)  # the command line's would outlive this test
    (tmp_path / "ho.csv").write_text(ROSTER, "utf-8")
    terminal = Terminal(tmp_path / "data")
    terminal.loa("roster", "import", "ho.csv")
    return terminal


def codes(terminal: Terminal) -> dict[str, str]:
    return {row["household"]: row["code"] for row in terminal.json("cards", "--area", "Song Phượng")}


def test_listing_gives_every_household_a_card_and_each_keeps_it(terminal: Terminal) -> None:
    first = codes(terminal)
    assert set(first) == {"H-1", "H-2", "H-3"}
    assert codes(terminal) == first


def test_a_lost_card_is_replaced_by_one_command(terminal: Terminal) -> None:
    before = codes(terminal)
    (row,) = terminal.json("cards", "reissue", "H-1")
    assert row["revoked"] == before["H-1"]
    assert row["changed"]
    assert row["url"].endswith(row["code"])
    assert codes(terminal) == {**before, "H-1": row["code"]}


def test_what_was_done_is_said(terminal: Terminal) -> None:
    before = codes(terminal)
    said = terminal.loa("cards", "revoke", before["H-1"].lower()).out
    assert "đã thu hồi" in said
    assert "Bà Lan" in said
    assert "từ trước" in terminal.loa("cards", "revoke", before["H-1"]).out
    assert "chưa có thẻ" in terminal.loa("cards", "revoke", "H-1").out
    assert "Thẻ mới của hộ Bà Lan" in terminal.loa("cards", "reissue", "H-1").out


def test_a_code_that_is_nobodys_is_named_and_nothing_changes(terminal: Terminal) -> None:
    before = codes(terminal)
    assert "“H-9”" in terminal.loa("cards", "revoke", "H-1", "H-9", status=1).err
    assert codes(terminal) == before


def test_without_an_area_it_says_what_to_write(terminal: Terminal) -> None:
    assert "--area" in terminal.loa("cards", status=2).err

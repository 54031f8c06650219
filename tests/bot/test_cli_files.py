"""Commands that give their table as a file."""

from pathlib import Path

import openpyxl
import pytest

from tests.bot.terminal import Terminal

ROSTER = "Mã hộ,Thôn,Tổ,Chủ hộ,Địa chỉ\nH-1,Thu Quế,1,Bà Lan,Ngõ 10\nH-2,Thu Quế,1,=Ông Hải,Ngõ 2\n"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)  # the command line's would outlive this test
    (tmp_path / "ho.csv").write_text(ROSTER, "utf-8")
    terminal = Terminal(tmp_path / "data")
    terminal.loa("roster", "import", "ho.csv")
    return terminal


@pytest.fixture
def code(terminal: Terminal) -> str:
    words = ("announce", "--title", "Họp thôn", "--body", "Mời bà con dự họp.", "--area", "Thu Quế")
    return str(terminal.json(*words)["announcement"])


def test_the_door_knock_list_goes_to_every_file_asked_for_and_not_to_the_screen(
    terminal: Terminal, code: str, tmp_path: Path
) -> None:
    said = terminal.loa("unreached", code, "--csv", "cua.csv", "--xlsx", "cua.xlsx", "--pdf", "cua.pdf")
    assert said.out == ""
    assert [line for line in said.err.splitlines() if line.startswith("Đã ghi")] == [
        "Đã ghi cua.csv", "Đã ghi cua.xlsx", "Đã ghi cua.pdf",
    ]  # fmt: skip
    lines = (tmp_path / "cua.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["H-2", "'=Ông Hải"], ["H-1", "Bà Lan"]]
    sheet = openpyxl.load_workbook("cua.xlsx").worksheets[0]
    assert [cell.value for cell in sheet["B"]] == ["Chủ hộ", "=Ông Hải", "Bà Lan"]
    assert (tmp_path / "cua.pdf").read_bytes().startswith(b"%PDF-")


def test_a_file_that_cannot_be_written_ends_the_command_with_a_sentence(terminal: Terminal, code: str) -> None:
    assert "Không ghi được" in terminal.loa("unreached", code, "--pdf", "khong/co.pdf", status=1).err


def test_the_report_goes_to_every_file_asked_for(terminal: Terminal, code: str, tmp_path: Path) -> None:
    said = terminal.loa("report", code, "--csv", "a.csv", "--xlsx", "a.xlsx", "--pdf", "a.pdf", "--json")
    assert said.json["total"]["audience"] == 2
    assert openpyxl.load_workbook("a.xlsx", data_only=True).worksheets[0]["C8"].value == 2
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()[-1] == ",Tổng cộng,2,0,0,0,0,0,2"
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")

"""`loa roster import` at the terminal, above all what it says of households the file leaves out."""

import sqlite3
from pathlib import Path

import pytest

from tests.bot.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)  # the command line's would outlive this test
    return Terminal(tmp_path / "data")


def write(name: str, rows: list[str]) -> str:
    Path(name).write_text("\n".join(["Mã hộ;Thôn;Tổ;Chủ hộ", *rows]) + "\n", "utf-8")
    return name


def people(count: int, group: int = 1) -> list[str]:
    return [f"H-{group}{n:03};Thu Quế;{group};Hộ Thử {n}" for n in range(count)]


def households(terminal: Terminal) -> int:
    return int(terminal.json("area", "list")[0]["households"])


def test_a_shortened_file_keeps_everybody_and_says_so(terminal: Terminal) -> None:
    terminal.loa("roster", "import", write("ho.csv", people(60)))
    said = terminal.loa("roster", "import", write("short.csv", people(20)))
    assert "tệp bỏ sót 40 trên 60 hộ" in said.err
    assert "--departures" in said.err
    assert "chuyển đi 0" in said.out
    assert households(terminal) == 60


def test_json_tells_what_happened_and_who_is_concerned(terminal: Terminal) -> None:
    terminal.loa("roster", "import", write("ho.csv", people(60)))
    kept = terminal.json("roster", "import", write("short.csv", people(20)))
    assert (kept["left"], kept["left_held_back"], len(kept["departures"])) == (0, 40, 40)
    assert kept["departures"][0] == {
        "household": "H-1020", "head_name": "Hộ Thử 20", "area": "thu-que-to-1", "area_name": "Tổ 1", "held_back": True,
    }  # fmt: skip
    assert len(kept["warnings"]) == 1
    left = terminal.json("roster", "import", "short.csv", "--departures")
    assert (left["left"], left["left_held_back"], left["warnings"]) == (40, 0, [])
    assert households(terminal) == 20


def test_a_dry_run_names_those_who_would_leave_and_those_who_would_be_kept(terminal: Terminal) -> None:
    terminal.loa("roster", "import", write("ho.csv", people(60)))
    said = terminal.loa("roster", "import", write("short.csv", people(58)), "--dry-run").out
    assert "Sẽ chuyển đi: H-1058 Hộ Thử 58, Tổ 1" in said
    said = terminal.loa("roster", "import", write("short.csv", people(5)), "--dry-run").out
    assert "vẫn giữ: H-1005" in said
    assert "và 15 hộ nữa" in said
    said = terminal.loa("roster", "import", "short.csv", "--dry-run", "--departures").out
    assert "Sẽ chuyển đi: H-1005" in said
    assert households(terminal) == 60


def test_a_refused_row_without_a_code_keeps_its_household(terminal: Terminal) -> None:
    rows = ["Thu Quế;1;Bà Lan", "Thu Quế;1;Ông Hải", "Thu Quế;1;Cụ Sáu"]
    Path("ho.csv").write_text("\n".join(["Thôn;Tổ;Chủ hộ", *rows]), "utf-8")
    terminal.loa("roster", "import", "ho.csv")
    Path("again.csv").write_text("\n".join(["Thôn;Tổ;Chủ hộ", rows[0], ";1;ông hải"]), "utf-8")
    said = terminal.json("roster", "import", "again.csv", status=1)
    assert (said["left"], said["left_held_back"]) == (1, 1)
    assert "hàng 3" in said["warnings"][0]
    assert households(terminal) == 2


def test_the_audit_log_counts_those_kept(terminal: Terminal) -> None:
    terminal.loa("roster", "import", write("ho.csv", people(60)))
    terminal.loa("roster", "import", write("short.csv", people(20)))
    with sqlite3.connect(terminal.folder / "loa.db") as connection:
        (detail,) = connection.execute("SELECT detail FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    connection.close()
    assert '"held_back": 40' in detail

"""A configuration, folder or database that can't be worked with: a sentence, status 2, a finding of `loa doctor`."""

from pathlib import Path

import pytest

from tests.bot.terminal import Terminal

NO_POSTGRES = "postgresql+psycopg://loa:hidden@127.0.0.1:1/loa"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)  # away from anybody's config.toml
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)  # the command line's would outlive this test
    return Terminal(tmp_path / "data")


def unusable(folder: Path) -> dict[str, dict[str, str]]:
    (folder / "file").write_text("chỉ là một tệp", "utf-8")
    (folder / "notes.db").write_text("không phải cơ sở dữ liệu\n" * 50, "utf-8")
    return {
        "Không nối được tới PostgreSQL": {"LOA_DATABASE__URL": NO_POSTGRES},
        "không hiểu địa chỉ cơ sở dữ liệu": {"LOA_DATABASE__URL": "mysql://db/loa"},
        "Không dùng được thư mục dữ liệu": {"LOA_APP__DATA_DIR": str(folder / "file" / "data")},
        "không phải là cơ sở dữ liệu": {"LOA_DATABASE__URL": f"sqlite+aiosqlite:///{folder}/notes.db"},
    }


COMMANDS = ("area list", "migrate", "roster import ho.csv", "run", "announcement list --json")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_ends_with_a_sentence_and_status_two(terminal: Terminal, tmp_path: Path, command: str) -> None:
    (tmp_path / "ho.csv").write_text("Thôn,Tổ,Chủ hộ\nThu Quế,1,Bà Lan\n", "utf-8")
    for sentence, variables in unusable(tmp_path).items():
        said = terminal.loa(*command.split(), status=2, **variables)
        assert sentence in said.err
        assert not said.out
        assert "hidden" not in said.err


def test_doctor_makes_a_finding_of_it(terminal: Terminal, tmp_path: Path) -> None:
    for sentence, variables in unusable(tmp_path).items():
        found = terminal.json("doctor", status=1, **variables)
        last = found["findings"][-1]
        assert sentence in last["sentence"]
        assert last["fault"]
        assert last["remedy"]


def test_doctor_names_what_the_file_may_not_say(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[web]\nport = "tám nghìn"\n', "utf-8")
    (found,) = terminal.json("doctor", status=1)["findings"]
    assert "web.port: phải là số nguyên" in found["sentence"]
    assert "config.example.toml" in found["remedy"]


def test_doctor_says_what_it_found_before_the_trouble(terminal: Terminal) -> None:
    terminal.loa("migrate")
    path = terminal.folder / "loa.db"
    path.write_bytes(path.read_bytes()[:4096] + b"\x00" * 200_000)
    found = terminal.json("doctor", status=1)["findings"]
    assert "đọc được" in found[0]["sentence"] or "mặc định" in found[0]["sentence"]
    assert "đã hỏng" in found[-1]["sentence"]


def test_a_disk_without_room_is_a_finding(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal.loa("migrate")
    monkeypatch.setattr("bot.office.machine.checkup.LEAST_FREE", 10**9)
    found = [one for one in terminal.json("doctor", status=1)["findings"] if one["subject"] == "Thư mục dữ liệu"]
    assert "chỉ còn trống" in found[0]["sentence"]
    assert found[0]["remedy"]

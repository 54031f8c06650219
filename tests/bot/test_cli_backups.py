"""`loa backup` and `loa restore`: everything comes back, and nothing is touched by an archive that isn't whole."""

import json
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL

from bot.alone import Alone
from tests.bot.terminal import Terminal

ROSTER = "Thôn,Tổ,Chủ hộ\nThu Quế,1,Bà Lan\nThu Quế,1,Ông Hải\n"
PHOTO = b"\xff\xd8\xff" + b"\x00" * 5_000


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)  # the command line's would outlive this test
    Path("ho.csv").write_text(ROSTER, "utf-8")
    Path("anh.jpg").write_bytes(PHOTO)
    terminal = Terminal(tmp_path / "data")
    terminal.loa("roster", "import", "ho.csv")
    terminal.loa("announce", "--title", "Họp", "--body", "Mời dự.", "--area", "Thu Quế", "--attach", "anh.jpg")
    return terminal


def titles(terminal: Terminal) -> list[str]:
    return [row["title"] for row in terminal.json("announcement", "list")]


def uploads(terminal: Terminal) -> list[bytes]:
    return [path.read_bytes() for path in sorted((terminal.folder / "uploads").iterdir())]


def test_everything_comes_back_on_another_machine(terminal: Terminal, tmp_path: Path) -> None:
    made = terminal.json("backup", "sao.zip")
    assert (made["households"], made["attachments"], made["file"]) == (2, 1, "sao.zip")
    assert made["bytes"] == Path("sao.zip").stat().st_size
    assert stat.S_IMODE(Path("sao.zip").stat().st_mode) == 0o600
    other = Terminal(tmp_path / "other")
    restored = other.json("restore", "sao.zip")
    assert (restored["households"], restored["attachments"], restored["put_aside"]) == (2, 1, None)
    assert titles(other) == ["Họp"]
    assert uploads(other) == [PHOTO]
    assert (other.folder / "secret.key").read_bytes() == (terminal.folder / "secret.key").read_bytes()
    assert not list(tmp_path.rglob("loa-*")), "temporary folders are left"


def test_what_was_there_is_put_aside_whole(terminal: Terminal) -> None:
    terminal.loa("backup", "sao.zip")
    terminal.loa("announce", "--title", "Mới", "--body", "Mời dự.", "--area", "Thu Quế")
    said = terminal.json("restore", "sao.zip")
    assert titles(terminal) == ["Họp"]
    aside = Path(said["put_aside"])
    with closing(sqlite3.connect(aside / "loa.db")) as connection:
        kept = connection.execute("SELECT title FROM announcement ORDER BY id").fetchall()
    assert kept == [("Họp",), ("Mới",)]
    assert (aside / "secret.key").exists()


def test_a_copy_is_of_one_moment_while_others_write(terminal: Terminal) -> None:
    with closing(sqlite3.connect(terminal.folder / "loa.db", isolation_level=None)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        writing.execute("UPDATE household SET head_name = 'Chưa chắc'")
        terminal.loa("backup", "sao.zip")
        writing.execute("ROLLBACK")
    terminal.loa("restore", "sao.zip")
    assert {row["head_name"] for row in terminal.json("cards", "--area", "Thu Quế")} == {"Bà Lan", "Ông Hải"}


def test_a_restore_is_refused_while_the_service_holds_the_lock(terminal: Terminal) -> None:
    terminal.loa("backup", "sao.zip")
    before = (terminal.folder / "loa.db").read_bytes()
    with Alone(URL.create("sqlite+aiosqlite", database=str(terminal.folder / "loa.db"))):
        assert "loa run" in terminal.loa("restore", "sao.zip", status=1).err
    assert (terminal.folder / "loa.db").read_bytes() == before


def rewritten(change: Callable[[dict[str, bytes]], None]) -> None:
    """sao.zip with other content under the same list."""
    with zipfile.ZipFile("sao.zip") as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    change(inside)
    with zipfile.ZipFile("sao.zip", "w") as archive:
        for name, data in inside.items():
            archive.writestr(name, data)


def cut_short(inside: dict[str, bytes]) -> None:
    inside["loa.db"] = inside["loa.db"][:-4096]


def without_list(inside: dict[str, bytes]) -> None:
    del inside["manifest.json"]


def climbing_out(inside: dict[str, bytes]) -> None:
    manifest = json.loads(inside["manifest.json"])
    manifest["files"]["uploads/../../outside"] = "0"
    inside["manifest.json"] = json.dumps(manifest).encode()
    inside["uploads/../../outside"] = b"x"


def of_a_later_program(inside: dict[str, bytes]) -> None:
    inside["manifest.json"] = json.dumps({**json.loads(inside["manifest.json"]), "form": 99}).encode()


@pytest.mark.parametrize("change", [cut_short, without_list, climbing_out, of_a_later_program])
def test_an_archive_that_is_not_whole_changes_nothing(
    terminal: Terminal, change: Callable[[dict[str, bytes]], None]
) -> None:
    terminal.loa("backup", "sao.zip")
    rewritten(change)
    terminal.loa("announce", "--title", "Mới", "--body", "Mời dự.", "--area", "Thu Quế")
    said = terminal.loa("restore", "sao.zip", status=1).err
    assert "bản sao" in said.lower()
    assert titles(terminal) == ["Mới", "Họp"]
    assert not list(terminal.folder.glob("replaced-*"))
    assert not list(terminal.folder.parent.rglob("outside"))


@pytest.mark.parametrize("version", ["9999", None])
def test_a_database_of_a_later_program_or_of_none_is_refused(terminal: Terminal, version: str | None) -> None:
    path = terminal.folder / "loa.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM alembic_version")
        if version:
            connection.execute("INSERT INTO alembic_version VALUES (?)", [version])
        connection.commit()
    said = terminal.loa("backup", "sao.zip", status=1).err
    assert ("mới hơn" in said) == (version is not None)
    assert not Path("sao.zip").exists()


def test_a_damaged_database_is_no_hindrance_to_restoring(terminal: Terminal) -> None:
    terminal.loa("backup", "sao.zip")
    (terminal.folder / "loa.db").write_bytes(b"damaged".ljust(9_000, b"\x00"))
    assert "Đã khôi phục" in terminal.loa("restore", "sao.zip").out
    assert titles(terminal) == ["Họp"]


def test_what_a_service_would_send_again_is_named(terminal: Terminal) -> None:
    account = json.dumps([{"name": "telegram", "channel": "telegram", "token": "1:synthetic"}])
    words = ("chat", "add", "--area", "Tổ 1, Thu Quế", "--account", "telegram", "--address", "-1")
    terminal.loa(*words, LOA_ACCOUNTS=account)
    posted = terminal.json("announce", "--title", "Đang gửi", "--body", "Mời dự.", "--area", "Thu Quế")
    terminal.loa("backup", "sao.zip")
    said = terminal.loa("restore", "sao.zip")
    assert posted["announcement"] in said.err
    assert "loa withdraw" in said.err
    terminal.loa("withdraw", posted["announcement"])
    terminal.loa("backup", "sao.zip")
    assert posted["announcement"] not in terminal.json("restore", "sao.zip")["waiting"]


def test_on_postgres_the_exact_command_is_said(terminal: Terminal) -> None:
    url = "postgresql+psycopg://loa:hidden@db.example:5433/commune"
    for verb, tool in (("backup", "pg_dump"), ("restore", "pg_restore")):
        said = terminal.loa(verb, "sao.dump", status=2, LOA_DATABASE__URL=url).err
        assert tool in said
        assert "--host=db.example --port=5433 --username=loa" in said
        assert "secret.key" in said
        assert "hidden" not in said


def test_nothing_to_save_and_nowhere_to_write_are_said(terminal: Terminal, tmp_path: Path) -> None:
    assert "Chưa có cơ sở dữ liệu" in Terminal(tmp_path / "none").loa("backup", "sao.zip", status=1).err
    assert not (tmp_path / "none").exists()
    assert "none/sao.zip" in terminal.loa("backup", "none/sao.zip", status=2).err.replace(".sao.zip.part", "sao.zip")
    assert "Không có tệp" in terminal.loa("restore", "none.zip", status=1).err

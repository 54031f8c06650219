"""A command written wrongly: a Vietnamese sentence that names the place, and status 2."""

import re
from pathlib import Path

import pytest

from tests.bot.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)  # the command line's would outlive this test
    return Terminal(tmp_path / "data")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("area lst", "Không có lệnh “lst”. Có phải list? Xem cách dùng: loa area --help"),
        ("quét", "Không có lệnh “quét”. Xem cách dùng: loa --help"),
        ("deliveries", "Còn thiếu CODE. Xem cách dùng: loa deliveries --help"),
        ("announce --body x --area y", "Còn thiếu --title."),
        ("deliveries A B", "Thừa phần này: B."),
        ("deliveries A --state", "Tùy chọn --state phải đi kèm một giá trị."),
        ("area list --json=1", "Tùy chọn --json không đi kèm giá trị."),
        ("area list --jsn", "không có tùy chọn --jsn. Có phải --json?"),
        ("announce --title x --body x --area y --kind foo", "--kind chỉ nhận một trong: notice, meeting,"),
        ("announce --title x --body x --area y --kind foo", "không nhận “foo”"),
        ("demo --households 3", "--households không dùng được: ít nhất là 36."),
        ("demo --speed nhanh", "--speed không dùng được: phải là số."),
        ("backup .", "FILE phải là một tệp, không phải thư mục."),
    ],
)
def test_what_is_wrong_is_named(terminal: Terminal, words: str, said: str) -> None:
    found = terminal.loa(*words.split(), status=2)
    assert said in found.err
    assert not found.out
    assert not re.search(r"\b(Error|Usage|Try|Missing|Invalid|No such)\b", found.err)


def test_a_group_without_a_command_shows_its_help(terminal: Terminal) -> None:
    said = terminal.loa("area", status=2)
    assert "list" in said.out + said.err


def test_help_is_no_fault(terminal: Terminal) -> None:
    assert "announce" in terminal.loa("--help").out

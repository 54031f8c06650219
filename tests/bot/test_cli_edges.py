"""What the announcing and recording commands say at their edges: nothing to do, nothing changed, nowhere meant."""

from datetime import UTC, datetime, timedelta
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


def words(*more: str, area: str = "Thu Quế") -> tuple[str, ...]:
    return ("announce", "--title", "Họp thôn", "--body", "Mời dự.", "--area", area, *more)


def post(terminal: Terminal, *more: str, area: str = "Thu Quế") -> str:
    return str(terminal.json(*words(*more, area=area))["announcement"])


def leader(terminal: Terminal) -> str:
    said = ("staff", "add", "--name", "Ông Trưởng", "--role", "secretary", "--area", "Song Phượng")
    return str(terminal.json(*said)["code"])


def test_a_record_that_changes_nothing_says_so_and_one_undo_takes_all_back(terminal: Terminal) -> None:
    code, by = post(terminal), leader(terminal)
    first = terminal.json("ack", code, "H-1", "--by", by, "--how", "called")
    assert (first["outcome"], first["changed"]) == ("told", True)
    again = terminal.json("ack", code, "H-1", "--by", by, "--how", "met")
    assert (again["outcome"], again["changed"]) == ("told", False)
    assert "không thay đổi gì" in terminal.loa("ack", code, "H-1", "--by", by, "--how", "slip").out
    undone = terminal.json("ack", code, "H-1", "--by", by, "--undo")
    assert (undone["outcome"], undone["changed"]) == ("open", True)
    nothing = terminal.json("ack", code, "H-1", "--by", by, "--undo")
    assert (nothing["outcome"], nothing["changed"]) == ("open", False)
    assert "Không có ghi nhận nào" in terminal.loa("ack", code, "H-1", "--by", by, "--undo").out


def test_a_higher_grade_is_a_change(terminal: Terminal) -> None:
    code, by = post(terminal), leader(terminal)
    terminal.loa("ack", code, "H-1", "--by", by, "--how", "met")
    raised = terminal.json("ack", code, "H-1", "--by", by, "--how", "met", "--grade", "will_attend")
    assert (raised["outcome"], raised["changed"]) == ("told", True)


def test_not_reached_after_met_has_no_effect_and_says_so(terminal: Terminal) -> None:
    code, by = post(terminal), leader(terminal)
    terminal.loa("ack", code, "H-1", "--by", by, "--how", "met")
    said = terminal.json("unreachable", code, "H-1", "--by", by, "--why", "away")
    assert (said["outcome"], said["changed"]) == ("told", False)
    assert "--undo" in terminal.loa("unreachable", code, "H-1", "--by", by, "--why", "hospital").out


def test_another_reason_is_a_change(terminal: Terminal) -> None:
    code, by = post(terminal), leader(terminal)
    assert terminal.json("unreachable", code, "H-1", "--by", by, "--why", "away")["changed"]
    assert terminal.json("unreachable", code, "H-1", "--by", by, "--why", "hospital")["changed"]
    assert not terminal.json("unreachable", code, "H-1", "--by", by, "--why", "hospital")["changed"]


def test_a_correction_must_reach_somebody_who_got_the_first(terminal: Terminal) -> None:
    code = post(terminal)
    said = terminal.loa(*words("--supersedes", code, area="Thống Nhất"), status=1).err
    assert code in said
    assert "Thôn Thu Quế" in said
    assert post(terminal, "--supersedes", code, area="Song Phượng")
    assert post(terminal, "--supersedes", code, area="Tổ 1, Thu Quế")


def test_correcting_what_was_withdrawn_is_allowed_and_said(terminal: Terminal) -> None:
    code = post(terminal)
    terminal.loa("withdraw", code)
    said = terminal.loa(*words("--supersedes", code))
    assert f"{code}, thông báo được đính chính, đã thu hồi" in said.err


def test_a_door_knock_list_of_an_area_outside_the_audience_is_no_empty_list(terminal: Terminal) -> None:
    code, by = post(terminal), leader(terminal)
    said = terminal.loa("unreached", code, "--area", "Thống Nhất", status=1).err
    assert "không gửi tới hộ nào ở Thôn Thống Nhất" in said
    for household in ("H-1", "H-2"):
        terminal.loa("ack", code, household, "--by", by, "--how", "met")
    assert terminal.json("unreached", code, "--area", "Thu Quế") == []


def test_an_empty_state_is_refused(terminal: Terminal) -> None:
    code = post(terminal)
    for command in ("deliveries", "resend"):
        assert "--state để trống" in terminal.loa(command, code, "--state", "", status=2).err
        assert "--state để trống" in terminal.loa(command, code, "--state", " , ", status=2).err


@pytest.mark.parametrize("option", ["--at", "--valid-until"])
def test_a_time_beyond_two_years_is_a_mistyped_year(terminal: Terminal, option: str) -> None:
    assert "xa quá 2 năm" in terminal.loa(*words(option, "9999-12-31"), status=1).err
    assert "không hiểu thời điểm" in terminal.loa(*words(option, "0001-01-01"), status=2).err
    assert post(terminal, option, (datetime.now(UTC) + timedelta(days=700)).isoformat())


def test_nothing_to_send_again_is_no_failure(terminal: Terminal) -> None:
    code = post(terminal)
    assert "Không có nhóm nào" in terminal.loa("resend", code).out
    assert terminal.json("resend", code) == {"resent": 0}


def test_the_top_row_of_a_report_names_the_area_it_lies_in(terminal: Terminal) -> None:
    parents = {row["code"]: row["parent"] for row in terminal.json("report", post(terminal))["areas"]}
    assert parents == {"thu-que": "song-phuong", "thu-que-to-1": "thu-que"}
    everywhere = terminal.json("report", post(terminal, area="Song Phượng"))
    assert {row["code"]: row["parent"] for row in everywhere["areas"]}["song-phuong"] is None
    assert everywhere["total"]["audience"] == 3


@pytest.mark.parametrize(
    "command",
    ["wish approve {}", "inbox close {}", "inbox list --before {}", "chat change {}", "chat check {}",
     "household unlink H-1 {}", "household find --page {}"],
)  # fmt: skip
def test_a_number_no_row_can_have_is_wrong_usage(terminal: Terminal, command: str) -> None:
    assert "nhiều nhất là" in terminal.loa(*command.format("9" * 30).split(), status=2).err

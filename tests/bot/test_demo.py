"""`loa demo`: its plan, its bars, its proof, and the real command from the first household to the last figure."""

import asyncio
import random
import re
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from announcements.reach import Figures
from announcements.types import AreaKind, DeliveryState, Device, Outcome, Role
from bot.config import load
from bot.demo import proof
from bot.demo.people import Known
from bot.demo.plan import LAST, Way, delay, plan
from bot.demo.proof import Facts, failures
from bot.demo.stage import Glance, Stage, staged, throwaway
from bot.demo.town import Home
from bot.demo.view import WIDTH, bar, cells, line
from db.access.people import StaffRow
from db.counting.doors import Door
from db.counting.reach import AreaFigures, Report
from tests.whole.service import LOA, House

LEADER = StaffRow(1, "CB-0000000", "Tổ trưởng Thử", Role.GROUP_LEADER, 3, "thu-que-to-1", "Tổ 1", "1" * 24, "", None)


def home(number: int, device: Device = Device.SMARTPHONE, users: tuple[str, ...] = ()) -> Home:
    return Home(number, f"SP-{number:04}", "Bà Lan", "Tổ 1, Thôn Thu Quế", device, "7K3M9Q", "-100001", LEADER, users)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_the_same_seed_plays_the_same_evening() -> None:
    homes = [home(number, users=("lan",)) for number in range(50)]
    assert plan(homes, random.Random(3)) == plan(homes, random.Random(3))
    assert plan(homes, random.Random(3)) != plan(homes, random.Random(4))


def test_acts_come_in_order_of_time_and_none_after_the_last_second() -> None:
    homes = [home(number, device) for number in range(200) for device in Device]
    times = [act.at for act in plan(homes, random.Random(3))]
    assert times == sorted(times)
    assert 0.0 < times[0] <= times[-1] <= LAST


def test_answers_start_fast_and_trail_off() -> None:
    rng = random.Random(3)
    delays = [delay(rng) for _ in range(2_000)]
    thirds = Counter(int(seconds // (LAST / 3)) for seconds in delays)
    assert thirds[0] > 2 * thirds[1] > 4 * thirds[2] > 0


def test_only_linked_members_press_and_leaders_tell_most_households_without_a_smartphone() -> None:
    linked = plan([home(number, users=("lan",)) for number in range(300)], random.Random(3))
    assert {act.user for act in linked if act.way is Way.PRESS} == {"lan"}
    without = plan([home(number, Device.NONE) for number in range(300)], random.Random(3))
    ways = Counter(act.way for act in without)
    assert ways[Way.TOLD] > ways[Way.BOARD] > 0
    assert ways[Way.TOLD] > ways[Way.NOT_MET] > 0
    assert ways[Way.PRESS] == ways[Way.LINK_LATER] == 0


def test_some_press_twice_and_some_are_strangers() -> None:
    acts = plan([home(number, users=("lan",)) for number in range(300)], random.Random(3))
    assert any(act.times == 2 for act in acts if act.way is Way.PRESS)
    assert any(act.way is Way.STRANGER for act in acts)


def test_a_bar_is_always_full_and_one_household_can_be_seen() -> None:
    assert cells((964, 284, 1, 241), 48)[2] == 1
    for parts in [(1490, 0, 0, 0), (1, 1, 1, 1487), (500, 500, 489, 1), (0, 0, 0, 7), (2, 2, 2, 1)]:
        shared = cells(parts, 48)
        assert sum(shared) == 48
        assert [bool(count) for count in shared] == [bool(part) for part in parts]
    assert cells((0, 0, 0, 0), 48) == [0, 0, 0, 0]


def test_a_bar_tells_its_parts_apart_without_colours() -> None:
    drawn = bar(Figures(audience=40, acknowledged=10, told_in_person=10, not_reached=10)).plain
    assert len(drawn) == WIDTH
    assert list(dict.fromkeys(drawn)) == ["█", "▓", "▚", "·"]


def test_the_line_for_logs_has_every_figure() -> None:
    root = area(1, None, Figures(36, 36, 36, 20, 5, 1))
    said = line(Glance("TB-7K3M", 12.3, (root,), {**dict.fromkeys(DeliveryState, 0), DeliveryState.SENT: 40}))
    assert said == ("12 giây: 20 hộ tự xác nhận, 5 báo tận nơi, 1 không gặp được, 10 chưa có tin; nhóm chat: Đã gửi 40")


def area(area_id: int, parent: int | None, figures: Figures) -> AreaFigures:
    path = f"{area_id:08x}" if parent is None else f"{parent:08x}{area_id:08x}"
    kind = AreaKind.COMMUNE if parent is None else AreaKind.VILLAGE
    return AreaFigures(area_id, f"area-{area_id}", f"Thôn {area_id}", kind, parent, path, figures)


def door(number: int, path: str) -> Door:
    return Door(number, f"SP-{number:04}", "Ông Hải", "area", "Tổ 1", path, "", Device.NONE, Outcome.OPEN)


@pytest.fixture
def good() -> Facts:
    """A commune of two villages and five households: two answered, one was told, one not met, one is open."""
    first = area(2, 1, Figures(3, 3, 3, 2, 1, 0))
    second = area(3, 1, Figures(2, 2, 2, 0, 0, 1))
    root = area(1, None, first.figures + second.figures)
    states = {**dict.fromkeys(DeliveryState, 0), DeliveryState.SENT: 2}
    report = Report(root.figures, [root, first, second], states, {"rehearsal": 2}, {"received": 2}, 0)
    return Facts(report, {}, [door(14, second.path)], {"-1001": 1, "-1002": 1}, households=5)


@pytest.fixture
def known() -> Known:
    return Known(answered={10, 11}, told={11, 12}, not_met={13}, answers=5)


def test_good_figures_add_up(good: Facts, known: Known) -> None:
    assert failures(good, known) == []


def test_an_answer_that_was_not_counted_is_named(good: Facts, known: Known) -> None:
    known.answered.add(14)
    assert failures(good, known) == [
        "Cột acknowledged ghi 2 hộ, các hộ trong buổi diễn cho thấy phải là 3."
    ]  # fmt: skip


def test_a_household_missing_from_the_door_knock_list_is_named_in_every_row_above_it(good: Facts, known: Known) -> None:
    found = failures(replace(good, doors=[]), known)
    assert [sentence.split(":")[0] for sentence in found] == ["Thôn 1", "Thôn 3"]


def test_a_row_that_is_not_the_sum_of_those_below_is_named(good: Facts, known: Known) -> None:
    root, first, second = good.report.areas
    short = replace(first, figures=replace(first.figures, sent=2))
    found = failures(replace(good, report=replace(good.report, areas=[root, short, second])), known)
    assert found == ["Thôn 1: cột sent ghi 5, cộng các địa bàn bên dưới được 4."]


def test_more_answers_than_households_is_named(good: Facts, known: Known) -> None:
    root, first, second = good.report.areas
    over = replace(first, figures=replace(first.figures, audience=2))
    found = failures(replace(good, report=replace(good.report, areas=[root, over, second])), known)
    assert "Thôn 2: 2 + 1 + 0 + -1 không bằng 2 hộ trong danh sách nhận." in found


def test_counters_that_differ_from_the_recount_are_named(good: Facts, known: Known) -> None:
    wrong = replace(good, differences={"area-2": (Figures(3), Figures(4))})
    (sentence,) = failures(wrong, known)
    assert sentence.startswith("area-2: bảng đếm ghi")


def test_a_chat_without_the_notice_and_a_chat_with_two_are_named(good: Facts, known: Known) -> None:
    states = {**good.report.deliveries, DeliveryState.SENT: 1, DeliveryState.QUEUED: 1}
    wrong = replace(good, report=replace(good.report, deliveries=states), copies={"-1001": 2, "-1002": 1})
    assert failures(wrong, known) == [
        "Phải có 2 nhóm chat đã nhận tin và không còn lượt nào dở dang; hiện có: queued: 1, sent: 1.",
        "Nhóm chat -1001 nhận thông báo 2 lần, phải là một lần.",
    ]


def test_what_went_wrong_for_the_people_fails_the_proof(good: Facts, known: Known) -> None:
    known.faults.append("Hộ SP-0001: nhóm chat không có tin để bấm.")
    assert failures(good, known) == known.faults


def test_the_throwaway_keeps_out_of_the_real_database_and_the_real_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_DATABASE__URL", "postgresql+psycopg://real/loa")
    monkeypatch.setenv("LOA_APP__DATA_DIR", "/srv/loa")
    given = tmp_path / "config.toml"
    given.write_text(
        '[web]\nport = 0\nhost = "0.0.0.0"\n[[accounts]]\nname = "telegram"\nchannel = "telegram"\ntoken = "1:thu"\n',
        "utf-8",
    )
    chosen = throwaway(load(given), tmp_path / "demo")
    assert chosen.database_url == f"sqlite+aiosqlite:///{tmp_path / 'demo' / 'loa.db'}"
    assert chosen.accounts == []
    assert chosen.uploads == tmp_path / "demo" / "uploads"
    assert chosen.web.host == "127.0.0.1"
    assert chosen.app.public_url == f"http://127.0.0.1:{chosen.web.port}"


def test_a_taken_port_is_replaced_unless_it_was_asked_for(tmp_path: Path) -> None:
    given = tmp_path / "config.toml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        given.write_text(f"[web]\nport = {port}\n", "utf-8")
        assert throwaway(load(given), tmp_path).web.port not in (0, port)
        assert throwaway(load(given), tmp_path, port).web.port == port


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A small commune, its people ready to answer."""
    given = tmp_path / "config.toml"
    given.write_text("[web]\nport = 0\n", "utf-8")
    async with staged(throwaway(load(given), tmp_path), tmp_path, households=72, speed=100) as stage:
        yield stage


async def test_an_evening_adds_up_and_the_pace_is_kept(stage: Stage) -> None:
    await asyncio.wait_for(stage.perform(), 120)
    verdict = await stage.verdict()
    assert verdict.failures == []
    total = verdict.report.report.total
    assert total.audience == total.sent == 72
    assert 0.6 < total.received / 72 < 0.95
    assert verdict.to_try is not None
    assert stage.channel.too_fast == 0


async def test_an_answer_behind_the_people_s_back_is_found_out(stage: Stage) -> None:
    await asyncio.wait_for(stage.perform(), 120)
    verdict = await stage.verdict()
    assert verdict.to_try is not None
    stage.people.known.answered.add(verdict.to_try.household_id)
    copies = dict.fromkeys(stage.town.chats, 1)
    found = await proof.facts(stage.context, stage.broadcast, copies, 72)
    assert len(failures(found, stage.people.known)) == 1


@pytest.mark.whole
async def test_the_command_plays_the_evening_and_prints_the_report(tmp_path: Path) -> None:
    house = House(tmp_path)
    done = await house.loa(
        "demo", "--households", "120", "--speed", "50", "--exit-when-done", "--json"
    )  # fmt: skip
    report = done.json
    assert report["total"]["audience"] == 120
    assert report["deliveries"] == {**dict.fromkeys(report["deliveries"], 0), "sent": 40}
    assert len(report["areas"]) == 41
    for row in [report["total"], *report["areas"]]:
        four = row["acknowledged"] + row["told_in_person"] + row["not_reached"] + row["open"]
        assert row["audience"] == four
    assert sum(report["by_channel"].values()) == report["total"]["acknowledged"]
    assert "Số liệu khớp" in done.err
    assert names_in(tmp_path) == []


async def signs_in(said: str) -> None:
    """The link that was printed last opens the dashboard, alive with the notice."""
    link = re.findall(r"http://\S+/login/[\w-]+", said)[-1]
    async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as browser:
        page = await browser.post(link)
    assert page.status_code == 200
    assert "Mời họp thôn" in page.text
    assert "có tin" in page.text


@pytest.mark.whole
async def test_without_exit_when_done_the_board_stays_until_sigterm_and_the_folder_goes(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        LOA, "demo", "--households", "36", "--speed", "100", cwd=tmp_path, env={"TMPDIR": str(tmp_path), "PATH": ""},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        said = ""
        async with asyncio.timeout(60):
            while "Bảng tin vẫn mở" not in said:
                some = await process.stderr.readline()
                assert some, f"the demo ended by itself:\n{said}"
                said += some.decode()
        assert "nhập mã thẻ" in said
        await signs_in(said)
        assert [name[:9] for name in names_in(tmp_path)] == ["loa-demo-"]
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert names_in(tmp_path) == []


@pytest.mark.whole
async def test_too_few_households_is_wrong_usage(tmp_path: Path) -> None:
    done = await House(tmp_path).loa("demo", "--households", "35", status=2)
    assert "--households" in done.err

"""Ctrl-C and SIGTERM at any moment: a sentence, a status, nothing half-applied, no traceback."""

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.whole.commune import free_port
from tests.whole.service import LOA, STARTED, House, roster_csv

MOMENTS = (0.5, 0.8, 1.2, 1.6, 2.0, 2.6)  # seconds: while it loads, opens, works, or after all that
GROUPS = {"Thu Quế": range(1, 10)}
SAID_NOTHING = "Đã dừng giữa chừng"  # it was stopped before it had read what to say
EACH = 400  # households a group: an import of about a second


async def interrupted(folder: Path, number: signal.Signals, after: float, *words: str) -> tuple[int, str]:
    """One command that hears `number` after so many seconds: its status, and what it said on standard error."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    process = await asyncio.create_subprocess_exec(
        LOA, *words, cwd=folder, env={**kept, "TMPDIR": str(folder)}, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await asyncio.sleep(after)
        if process.returncode is None:
            process.send_signal(number)
        _, err = await asyncio.wait_for(process.communicate(), 40)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, err.decode()


def households(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "loa.db")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM household").fetchone()
    return int(count)


def left_by_demos(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("loa-demo-*")]


@pytest.mark.whole
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_import_is_applied_whole_or_not_at_all(tmp_path: Path, number: signal.Signals) -> None:
    house = House(tmp_path)
    await house.loa("migrate")
    (tmp_path / "ho.csv").write_text(roster_csv(GROUPS, EACH), "utf-8")
    for moment in MOMENTS:
        status, err = await interrupted(tmp_path, number, moment, "roster", "import", "ho.csv")
        assert "Traceback" not in err, err
        assert status in {0, 130, -number}, err  # the last: before any line of ours ran
        assert status != 130 or "Đã dừng giữa chừng" in (err or SAID_NOTHING)
        assert households(tmp_path) in (0, len(GROUPS["Thu Quế"]) * EACH)
    done = await house.json("roster", "import", "ho.csv")
    assert done["created"] + done["unchanged"] == len(GROUPS["Thu Quế"]) * EACH


@pytest.mark.whole
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_demo_that_is_stopped_while_it_is_built_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    for moment in (1.5, 2.5, 3.5, 5.0):
        port = str(free_port())  # not the usual one, for which another test's demo may be reaching at this moment
        status, err = await interrupted(tmp_path, number, moment, "demo", "--households", "800", "--port", port)
        assert "Traceback" not in err, err
        assert status in {0, 130, -number}, err
        if status != -number:
            assert "Đã dừng giữa chừng" in (err or SAID_NOTHING)
            assert left_by_demos(tmp_path) == []


@pytest.mark.whole
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_service_ends_quietly_whenever_it_is_told(tmp_path: Path, number: signal.Signals) -> None:
    house = House(tmp_path)
    house.write("[web]\nport = 0\n")
    await house.loa("migrate")
    for moment in (1.5, 2.5, 3.5, 5.0):
        status, err = await interrupted(tmp_path, number, moment, "run")
        assert "Traceback" not in err, err
        assert status in ({0} if STARTED in err else {0, 130, -number}), err

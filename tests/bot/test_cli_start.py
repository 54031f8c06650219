"""What a command loads before it says anything: every one of them pays for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# What only the service, a bot, a spreadsheet, a chart or a print needs; half a second to three seconds together.
HEAVY = ("aiohttp", "alembic", "fastapi", "matplotlib", "openpyxl", "python_calamine", "starlette", "telegram",
         "uvicorn", "xlsxwriter")  # fmt: skip
PRINTING = (
    "--help",
    "area list",
    "staff list",
    "chat list",
    "announcement list",
    "announcement show {code}",
    "deliveries {code}",
    "report {code}",
    "unreached {code}",
    "cards --area thu-que",
    "demo --help",
)
SCRIPT = """
import json, sys
from bot.cli.main import app
loaded = {}
for line in json.loads(sys.argv[1]):
    try:
        app(line.split())
    except SystemExit as end:
        assert not end.code, line
    loaded[line] = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
sys.stderr.write("\\n" + json.dumps(loaded))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ho.csv").write_text("Thôn,Tổ,Chủ hộ\nThu Quế,1,Bà Lan\n", "utf-8")
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    return subprocess.run([sys.executable, *words], cwd=folder, env=kept, capture_output=True, text=True, check=True)


def test_commands_that_print_a_table_load_nothing_heavy(folder: Path) -> None:
    loa = str(Path(sys.executable).with_name("loa"))
    run(folder, loa, "roster", "import", "ho.csv")
    posted = run(folder, loa, "announce", "--title", "Họp", "--body", "Mời dự.", "--area", "Thu Quế", "--json")
    code = json.loads(posted.stdout)["announcement"]
    lines = [line.format(code=code) for line in PRINTING]
    done = run(folder, "-c", SCRIPT, json.dumps(lines), json.dumps(HEAVY))
    assert {line: names for line, names in json.loads(done.stderr.splitlines()[-1]).items() if names} == {}

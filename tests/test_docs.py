"""The documentation is complete: a command, option, setting, state, table or reason without a word on it fails."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from announcements.channels import RefusedReason
from announcements.deliveries import ARROWS
from announcements.types import AnnouncementState, DeliveryState, Grade, Kind, Reason, Role, Urgency
from bot.cli.main import app
from bot.config import Settings, TelegramAccount, load
from db.tables import metadata

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (ROOT / "docs/commands.md").read_text("utf-8")
SETTINGS = (ROOT / "docs/settings.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text("utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
EVERYWHERE = {"--help", "--json"}


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command with the options of its own."""

    def walk(command: object, name: str) -> Iterator[tuple[str, list[str]]]:
        below = getattr(command, "commands", None)
        if below:
            for word, child in below.items():
                yield from walk(child, f"{name} {word}")
            return
        options = [option for parameter in getattr(command, "params", []) for option in parameter.opts]
        yield name, [option for option in options if option.startswith("--") and option not in EVERYWHERE]

    yield from walk(get_command(app), "loa")


@pytest.mark.parametrize(("name", "options"), list(commands()), ids=lambda value: str(value))
def test_every_command_and_option_is_described(name: str, options: list[str]) -> None:
    rows = [row for row in COMMANDS.splitlines() if f"`{name}" in row]
    assert rows, f"docs/commands.md does not name {name}"
    for option in options:
        assert any(option in row for row in rows), f"docs/commands.md does not name {name} {option}"


def test_commands_md_names_no_command_that_is_not_there() -> None:
    known = {name for name, _ in commands()}
    groups = {name.rpartition(" ")[0] for name in known}
    for page in (ROOT / "README.md", ROOT / "docs/commands.md"):
        for line in re.findall(r"`(loa [a-z][^`]*)`", page.read_text("utf-8").partition("Not built yet")[2] or ""):
            words = line.split()
            name = " ".join(words[:3]) if " ".join(words[:2]) in groups else " ".join(words[:2])
            assert name in known or "worker" in name or "backup" in name or "login" in name, f"{page.name}: {line}"


def test_every_setting_is_described_and_in_the_example() -> None:
    example = (ROOT / "config.example.toml").read_text("utf-8")
    for section, field in Settings.model_fields.items():
        inside = TelegramAccount if section == "accounts" else field.annotation
        for key in getattr(inside, "model_fields", {}):
            assert f"`{section}.{key}`" in SETTINGS, f"docs/settings.md does not name {section}.{key}"
            assert re.search(rf"^(# )?{key} = ", example, re.MULTILINE), f"config.example.toml does not show {key}"


def test_the_example_loads_as_it_is_and_with_its_account(tmp_path: Path) -> None:
    text = (ROOT / "config.example.toml").read_text("utf-8")
    assert load(ROOT / "config.example.toml") == load(_written(tmp_path, ""))
    account = "\n".join(line[2:] for line in text.partition("# [[accounts]]")[2].splitlines() if line.startswith("# "))
    without_file = "\n".join(line for line in account.splitlines() if not line.startswith("token_file"))
    loaded = load(_written(tmp_path, "[[accounts]]\n" + without_file))
    assert loaded.accounts[0].per_second == 25
    tomllib.loads(text)


def _written(folder: Path, text: str) -> Path:
    (folder / "config.toml").write_text(text, "utf-8")
    return folder / "config.toml"


@pytest.mark.parametrize("enum", [DeliveryState, AnnouncementState, Kind, Grade, Reason, Role, RefusedReason])
def test_every_word_of_the_contract_is_described(enum: type[DeliveryState]) -> None:
    for member in enum:
        assert f"`{member.value}`" in COMMANDS, f"docs/commands.md does not name {member!r}"


def test_every_urgency_is_described() -> None:
    assert all(f"`{urgency.word}`" in COMMANDS for urgency in Urgency)


def test_the_diagram_draws_exactly_the_arrows_there_are() -> None:
    drawn = {
        (before, after, letter)
        for before, after, letter in re.findall(r"^ {4}(\w+) --> (\w+): (\w)$", ARCHITECTURE, re.MULTILINE)
    }
    real = {(before.value, after.value, letter) for letter, (sources, after) in ARROWS.items() for before in sources}
    assert drawn == real
    for letter in ("a", *ARROWS):
        assert f"| {letter} |" in ARCHITECTURE


def test_every_table_is_described() -> None:
    for table in metadata.tables:
        assert f"`{table}`" in ARCHITECTURE, f"docs/architecture.md does not name the table {table}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"

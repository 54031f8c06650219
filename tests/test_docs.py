"""The documentation is true: whatever the program offers has a word on it, and whatever is named there is there."""

import asyncio
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, SecretStr
from typer.main import get_command
from typer.testing import CliRunner

from announcements.channels import ChannelError, RefusedReason
from announcements.deliveries import ARROWS
from announcements.types import (
    AnnouncementState,
    AreaKind,
    DeliveryState,
    Device,
    Grade,
    KeyScope,
    Kind,
    Outcome,
    Reason,
    Role,
    Urgency,
)
from bot.cli.main import app
from bot.config import Settings, load
from bot.config.accounts import AccountSettings
from bot.web.api.openapi import describe
from bot.web.api.problems import STATUS
from bot.web.api.server import routed
from db.engine import Database
from db.tables import metadata
from tests.fakes.in_thread import Do, in_thread
from tests.fakes.zalo_oa import FakeZaloOa
from tests.fakes.zalo_oa_state import ADMIN
from tests.makers import make_question

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
EVERYWHERE = {"--help", "--json", "--config", "--verbose"}


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


README, COMMANDS, SETTINGS = page("README.md"), page("docs/commands.md"), page("docs/settings.md")
API = page("docs/api.md")
ARCHITECTURE, DECISIONS, EXAMPLE = page("docs/architecture.md"), page("docs/decisions.md"), page("config.example.toml")
NOT_BUILT = next(line for line in README.splitlines() if line.startswith("**Not built yet**"))


def commands() -> dict[str, list[str]]:
    """Every command with the options of its own."""

    def walk(command: Any, name: str) -> Iterator[tuple[str, list[str]]]:
        below = getattr(command, "commands", {})
        for word, child in below.items():
            yield from walk(child, f"{name} {word}")
        if below and not command.invoke_without_command:
            return
        options = [option for parameter in command.params for option in parameter.opts]
        yield name, [option for option in options if option.startswith("--") and option not in EVERYWHERE]

    return dict(walk(get_command(app), "loa"))


KNOWN = commands()
GROUPS = {name.rpartition(" ")[0] for name in KNOWN} - {"loa"}


def meant(line: str) -> str:
    """The command a written line calls: `loa report`, `loa chat add`. `loa chat` stays a group."""
    first, *rest = re.findall(r"[\w-]+", line.partition(" ")[2])[:2]
    longer = " ".join(("loa", first, *rest))
    return longer if f"loa {first}" in GROUPS and (longer in KNOWN or f"loa {first}" not in KNOWN) else f"loa {first}"


def written_commands(text: str) -> list[str]:
    """Calls of `loa` in a page: between backticks, and on lines of shell blocks."""
    shell = [line.strip() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    inline = re.findall(r"`(loa [a-z][^`]*)`", prose)
    in_blocks = [found[0] for line in shell if (found := re.findall(r"(?<![\w/.])loa [a-z].*", line))]
    return inline + in_blocks


@pytest.mark.parametrize(("name", "options"), KNOWN.items(), ids=KNOWN)
def test_every_command_and_option_is_described(name: str, options: list[str]) -> None:
    rows = [row for row in COMMANDS.splitlines() if row.startswith("|") and re.search(rf"`{name}[` ]", row)]
    assert rows, f"docs/commands.md does not name {name}"
    for option in options:
        assert any(re.search(rf"{option}\b", row) for row in rows), f"docs/commands.md does not name {name} {option}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_named_in_a_page_is_there_with_its_options(path: Path) -> None:
    for line in written_commands(path.read_text("utf-8").replace(NOT_BUILT, "")):
        name = meant(line)
        assert name in KNOWN, f"{path.name}: {line}"
        for option in re.findall(r"(?<!\S)\[?(--[a-z-]+)", line):
            assert option in {*KNOWN[name], *EVERYWHERE}, f"{path.name}: {line} has no {option}"


def test_what_is_not_built_yet_is_not_there() -> None:
    assert not [line for line in written_commands(NOT_BUILT) if meant(line) in KNOWN]


def test_make_has_every_target_that_pages_name() -> None:
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), re.MULTILINE))
    named = {target for path in PAGES for target in re.findall(r"(?:`|^)make ([a-z]+)", path.read_text("utf-8"), re.M)}
    assert {"demo", "test", "run"} <= named <= targets


def keys_of(document: Any) -> set[str]:
    match document:
        case dict():
            return {str(key) for key in document}.union(*map(keys_of, document.values()))
        case list():
            return set().union(*map(keys_of, document))
    return set()


ROSTER = """Thôn,Tổ,Chủ hộ,Thiết bị
Thu Quế,1,Bà Lan,smartphone
Thu Quế,1,Ông Hải,không có
Thu Quế,1,,
"""
# {CODE}, {STAFF}, {HO} are filled in from what earlier commands said.
SESSION = """
roster import ho.csv
area list
cards --area "Thu Quế"
cards revoke {HO}
cards reissue {HO}
doctor
staff add --name "Ông Trưởng" --role village_head --area "Thu Quế"
staff list
login {STAFF}
announce --title "Họp thôn" --body "Mời bà con dự họp." --area "Thu Quế"
announcement list
announcement show {CODE}
report {CODE}
month
unreached {CODE}
ack {CODE} {HO} --by {STAFF} --how met
ack {CODE} {HO} --by {STAFF} --undo
unreachable {CODE} {HO} --by {STAFF} --why away
deliveries {CODE}
resend {CODE}
failover telegram --dry-run
inbox list
inbox credit {ASKED} --household {HO} --notice {CODE}
inbox reopen {ASKED}
inbox answer {ASKED} "Ở nhà văn hóa."
inbox reopen {ASKED}
inbox close {ASKED}
withdraw {CODE}
announce --title "Thu quỹ" --body "Mời nộp quỹ." --area "Thu Quế" --as {STAFF}
announcement approve {CODE}
announce --title "Thu phí" --body "Mời nộp phí." --area "Thu Quế" --as {STAFF}
announcement return {CODE} --reason "Thiếu số tiền"
announcement withdraw {CODE}
key add --name "Cổng thông tin" --area "Thu Quế" --scope read
key list
key end {KEY}
staff change {STAFF} --phone "0912 345 678"
staff end {STAFF} --at 2100-01-01
roster export out.csv
migrate
backup out.zip
restore out.zip
chat add --area "Thu Quế" --account telegram --address -1001
chat list
chat change {CHAT} --title "Tổ 1"
chat check
household add --head "Bà Tám" --area "Tổ 1, Thu Quế"
wish list
household find "ba lan"
household show {HO}
household edit {HO} --address "Ngõ 3"
household leave {HO}
household move {HO} --to thu-que-to-1
area add --name "Tổ 9" --kind group --under "Thu Quế"
area rename thu-que-to-9 "Tổ 8"
area add --name "Đoài Khê" --kind village --under song-phuong
area move thu-que-to-9 --under doai-khe --dry-run
area split thu-que-to-1 --name 5 --household {HO}
area merge thu-que-to-5 --into thu-que-to-9
area undo
area history
account token oa
account list
oa assets
oa create --area "Thu Quế" --asset {ASSET} --user {ADMIN}
oa groups
oa members {GROUP}
oa invite {GROUP} --user {PERSON}
"""
# They need a service, or what only a service makes: a link to take off, a text that was handed over.
NOT_PLAYED = {"loa run", "loa demo", "loa household unlink", "loa post", "loa wish approve", "loa wish refuse"}
ASKING_NOBODY = {"doctor", "chat check"}  # they would ask the platform how accounts and chats are
TELEGRAM = {"name": "telegram", "channel": "telegram", "token": "1:synthetic"}


async def somebody_asks(folder: Path) -> int:
    database = Database(f"sqlite+aiosqlite:///{folder}/loa.db")
    try:
        return await make_question(database, None)
    finally:
        await database.close()


def played(folder: Path, zalo: FakeZaloOa, do: Do) -> dict[str, Any]:
    """What each command of the session printed with `--json`."""
    lan = do(lambda: zalo.person("Lan"))
    do(lambda: zalo.state.in_window.add(lan.id))
    accounts = json.dumps([TELEGRAM, zalo.account("oa")])
    (folder / "ho.csv").write_text(ROSTER, "utf-8")
    variables = {"LOA_APP__DATA_DIR": str(folder), "LOA_APPROVAL__NEEDED_FROM": '["village_head"]'}
    said: dict[str, Any] = {}
    names = {"ASSET": do(zalo.asset), "ADMIN": ADMIN, "PERSON": lan.id}
    for line in SESSION.strip().splitlines():
        if line == "inbox list":
            names["ASKED"] = str(asyncio.run(somebody_asks(folder)))
        words = shlex.split(line.format(**names).replace("ho.csv", f"{folder}/ho.csv").replace("out", f"{folder}/out"))
        environment = variables if line in ASKING_NOBODY else {**variables, "LOA_ACCOUNTS": accounts}
        done = CliRunner().invoke(app, [*words, "--json"], env=environment, input="refresh-0", catch_exceptions=False)
        assert done.exit_code == (1 if line.startswith(("roster import", "chat check")) else 0), (
            f"{line}: {done.output}"
        )
        said[line] = json.loads(done.stdout)
        match words[:2]:
            case ["announce", _]:
                names["CODE"] = said[line]["announcement"]
            case ["staff", "add"]:
                names["STAFF"] = said[line]["code"]
            case ["chat", "add"]:
                names["CHAT"] = str(said[line]["id"])
            case ["oa", "create"]:
                names["GROUP"] = said[line]["group"]
            case ["key", "add"]:
                names["KEY"] = said[line]["prefix"]
            case ["cards", "--area"]:
                names["HO"] = said[line][0]["household"]
    return said


def test_every_json_key_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # away from anybody's config.toml
    monkeypatch.setattr("logging.basicConfig", lambda **_: None)  # the command line's would outlive this test
    with in_thread(FakeZaloOa) as (zalo, do):
        said = played(tmp_path, zalo, do)
    played_too = {meant(f"loa {line}") for line in said}
    assert played_too == set(KNOWN) - NOT_PLAYED, "the session leaves out a command"
    for line, document in said.items():
        for key in keys_of(document):
            assert f"`{key}`" in COMMANDS, f"docs/commands.md does not name {key}, which loa {line} prints"


ACCOUNTS: dict[str, type[BaseModel]] = {
    get_args(model.model_fields["channel"].annotation)[0]: model for model in get_args(get_args(AccountSettings)[0])
}
OF_EVERY_ACCOUNT = (
    "name", "channel", "most_messages_per_month", "most_uploads_per_month", "most_groups", "most_users", "fallback_to"
)  # fmt: skip


def rows_of(text: str) -> dict[str, str]:
    return {row.split("`")[1]: row for row in text.splitlines() if row.startswith("| `")}


def table_of_accounts(channel: str) -> str:
    """The part of docs/settings.md on accounts of one channel; "" for what holds for all of them."""
    general, *particular = SETTINGS.partition("## `[[accounts]]`")[2].split("\n### ")
    return next((part for part in particular if part.startswith(f"`{channel}`")), "") if channel else general


def fields() -> Iterator[tuple[str, str, Any]]:
    """Section, key and default of every setting beside the accounts'."""
    for section, field in Settings.model_fields.items():
        if section == "accounts":
            continue
        model = field.annotation
        assert isinstance(model, type) and issubclass(model, BaseModel)
        for key, inside in model.model_fields.items():
            yield section, key, inside.default


@pytest.mark.parametrize(("section", "key", "default"), list(fields()), ids=lambda value: str(value))
def test_every_setting_is_described_with_its_default_and_in_the_example(section: str, key: str, default: Any) -> None:
    row = rows_of(SETTINGS).get(f"{section}.{key}", "")
    assert f"`LOA_{section}__{key}`".upper() in row.upper(), f"docs/settings.md does not name {section}.{key}"
    assert_default(row, default)
    assert re.search(rf"^{key} = ", EXAMPLE, re.MULTILINE), f"config.example.toml does not show {key}"


@pytest.mark.parametrize("channel", ACCOUNTS)
def test_every_setting_of_an_account_is_described_with_its_default_and_in_the_example(channel: str) -> None:
    rows, example = rows_of(table_of_accounts(channel)), example_of(channel)
    assert set(rows) == {f"accounts.{key}" for key in ACCOUNTS[channel].model_fields if key not in OF_EVERY_ACCOUNT}
    for key, field in ACCOUNTS[channel].model_fields.items():
        assert_default(rows.get(f"accounts.{key}", ""), "" if key in OF_EVERY_ACCOUNT else field.default)
        shown = EXAMPLE.replace("# ", "") if key in OF_EVERY_ACCOUNT else example
        assert re.search(rf"^{key} = ", shown, re.MULTILINE), f"config.example.toml does not show {key} of {channel}"


def assert_default(row: str, default: object) -> None:
    if isinstance(default, str | int | float | Path) and default != "":
        assert f"`{default}`" in row, f"docs/settings.md gives another default than {default} in {row}"


def example_of(channel: str) -> str:
    """The account of a channel in config.example.toml, without its comment signs."""
    for account in EXAMPLE.split("# [[accounts]]\n")[1:]:
        lines = [line.removeprefix("# ") for line in account.partition("\n\n")[0].splitlines()]
        if f'channel = "{channel}"' in lines:
            return "\n".join(lines)
    return ""


def test_settings_md_names_no_setting_that_is_not_there() -> None:
    assert set(rows_of(SETTINGS.partition("## `[[accounts]]`")[0])) == {f"{one}.{key}" for one, key, _ in fields()}
    assert set(rows_of(table_of_accounts(""))) == {f"accounts.{key}" for key in OF_EVERY_ACCOUNT}
    for channel in ACCOUNTS:
        assert f"`{channel}`" in rows_of(table_of_accounts(""))["accounts.channel"]


def test_the_example_holds_the_defaults(tmp_path: Path) -> None:
    assert tomllib.loads(EXAMPLE)
    assert load(ROOT / "config.example.toml") == load(written(tmp_path, ""))


@pytest.mark.parametrize("channel", ACCOUNTS)
def test_the_accounts_of_the_example_hold_the_defaults(channel: str, tmp_path: Path) -> None:
    lines = [line for line in example_of(channel).splitlines() if not line.startswith("token_file")]
    (loaded,) = load(written(tmp_path, "[[accounts]]\n" + "\n".join(lines))).accounts
    for key, field in ACCOUNTS[channel].model_fields.items():
        secret = isinstance(field.default, SecretStr)  # an example of one is none
        assert secret or field.is_required() or getattr(loaded, key) == field.default, f"{key} of {channel}"


def written(folder: Path, text: str) -> Path:
    (folder / "config.toml").write_text(text, "utf-8")
    return folder / "config.toml"


WORDS = [AnnouncementState, AreaKind, DeliveryState, Device, Grade, KeyScope, Kind, Outcome, Reason, RefusedReason,
         Role]  # fmt: skip


@pytest.mark.parametrize("words", WORDS)
def test_every_word_of_the_contract_is_described(words: type[Enum]) -> None:
    for member in words:
        assert f"`{member.value}`" in COMMANDS, f"docs/commands.md does not name {member!r}"


def test_every_urgency_is_described() -> None:
    assert all(f"`{urgency.word}`" in COMMANDS for urgency in Urgency)


@pytest.mark.parametrize("words", [AnnouncementState, DeliveryState, Grade, KeyScope, Reason, RefusedReason, Role])
def test_every_word_that_needs_explaining_has_a_row_of_its_own(words: type[Enum]) -> None:
    for member in words:
        assert re.search(rf"^\| `{member.value}` \|", COMMANDS, re.MULTILINE), f"{member!r} has no row"


def test_the_diagram_draws_exactly_the_arrows_there_are() -> None:
    drawn = set(re.findall(r"^ {4}(\w+) --> (\w+): (\w)$", ARCHITECTURE, re.MULTILINE))
    real = {(before.value, after.value, letter) for letter, (sources, after) in ARROWS.items() for before in sources}
    assert drawn == real
    assert "    [*] --> queued: a\n" in ARCHITECTURE


def test_the_legend_has_every_arrow_and_no_other() -> None:
    assert re.findall(r"^\| ([a-z]) \| \w", ARCHITECTURE, re.MULTILINE) == ["a", *sorted(ARROWS)]


def test_every_answer_of_a_channel_is_described() -> None:
    errors = [error for error in ChannelError.__subclasses__() if error.__module__ == ChannelError.__module__]
    for error in errors:
        assert f"| `{error.__name__}` |" in ARCHITECTURE, f"docs/architecture.md does not name {error.__name__}"


def test_every_table_is_described_and_no_other() -> None:
    named = re.findall(r"^\| `(\w+)` \|", ARCHITECTURE.partition("## Tables")[2], re.MULTILINE)
    assert sorted(named) == sorted(metadata.tables)


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(page("pyproject.toml"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    named = set(re.findall(r"[\w-]+", " ".join(re.findall(r"^\| ([^|]+) \|", DECISIONS, re.MULTILINE))))
    for line in wanted:
        assert re.split(r"[\[<>=]", line)[0] in named, f"docs/decisions.md does not say why {line}"


def operations() -> list[tuple[str, str, str, list[str]]]:
    """Method, address, id and scopes of every operation of the API."""
    document = describe(routed())
    return [
        (method.upper(), f"/api{path}", operation["operationId"], operation["security"][0]["key"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_address_of_the_api_is_described_with_its_scope_and_no_other() -> None:
    rows = re.findall(r"^\| `([A-Z]+) (/api/v1/\S+)` \| (\S+) \|", API, re.MULTILINE)
    real = [(method, path, f"`{scopes[0]}`" if scopes else "any") for method, path, _, scopes in operations()]
    assert sorted(rows) == sorted(real)


def test_every_problem_of_the_api_is_described_with_its_status() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", API, re.MULTILINE)
    assert rows == [(trouble.value, str(status)) for trouble, status in STATUS.items()]


def anchors(path: Path) -> set[str]:
    """The names a page's headings can be linked by."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        there = path.parent / file if file else path
        assert there.exists(), f"{path.name} links to {target}"
        assert not anchor or anchor in anchors(there), f"{path.name} links to {target}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_files_that_pages_name_are_there(path: Path) -> None:
    for name in re.findall(r"`((?:announcements|bot|db|scheduler|tests|docs)/[\w/.]*)`", path.read_text("utf-8")):
        assert (ROOT / name).exists(), f"{path.name} names {name}"


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {(ROOT / target).resolve() for target in re.findall(r"\]\(([\w/.-]+)\)", README)}
    assert [path.name for path in PAGES if path not in linked and path.name != "README.md"] == []

"""The wording and the code that uses it fit: nothing asked for is missing, nothing written is left over."""

import ast
import re
import string
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import announcements
from announcements.phrases import PHRASE_FILES, phrases

ROOT = Path(announcements.__file__).parents[1]
LAYERS = ("announcements", "db", "scheduler", "bot")
# Functions that take a phrase's name first, and what they put in front of it; where modules have them from.
SAYING = {"phrase": "", "words": "", "toast": "toast."}
HOMES = {"announcements.phrases", "announcements.rendering", "bot.conversations.messenger"}
NAME = re.compile(r"[a-z]+(\.[a-z_]+)+")
IN_A_TEMPLATE = re.compile(r"""\bphrase\(\s*["']([a-z_.]+)["'](\s*~)?""")


@cache
def modules() -> dict[str, list[ast.AST]]:
    """Every node of every module of the program, by the module's path."""
    paths = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): list(ast.walk(ast.parse(path.read_text("utf-8")))) for path in paths}


def strings(node: ast.expr) -> list[str]:
    """The texts an expression may be, where the code says them: `"a"`, or `"a" if x else "b"`."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.IfExp():
            return strings(node.body) + strings(node.orelse)
    return []


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Where, the phrase's full name, the call: of every call that names its phrase itself."""
    for path, nodes in modules().items():
        for node in nodes:
            match node:
                case ast.Call(func=ast.Name(id=called), args=[first, *_]) if called in SAYING:
                    yield from ((f"{path}:{node.lineno}", SAYING[called] + name, node) for name in strings(first))


def constants(path: str) -> set[str]:
    nodes = modules()[path]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def says_something(path: str) -> bool:
    imported = (node for node in modules()[path] if isinstance(node, ast.ImportFrom) and node.module in HOMES)
    return any(alias.name in SAYING for node in imported for alias in node.names)


def templates() -> list[tuple[str, bool]]:
    """Names in the templates, and whether more is put behind them."""
    paths = [path for layer in LAYERS for end in ("j2", "html") for path in (ROOT / layer).rglob(f"*.{end}")]
    return [(name, bool(more)) for path in paths for name, more in IN_A_TEMPLATE.findall(path.read_text("utf-8"))]


def beginnings() -> set[str]:
    """`hint.` of `phrase(f"hint.{hint}")`: tables whose phrases are chosen while the program runs."""
    found = {name for name, more in templates() if more}
    for nodes in modules().values():
        for node in nodes:
            match node:
                case ast.Call(
                    func=ast.Name(id=called),
                    args=[ast.JoinedStr(values=[ast.Constant(value=str() as start), *_]), *_],
                ) if called in SAYING:
                    found.add(SAYING[called] + start)
    return found


def words_of_the_code() -> set[str]:
    """Texts of the code, and the members of its enums as the wording spells them."""
    texts = {text for path in modules() for text in constants(path)}
    names = (node for nodes in modules().values() for node in nodes if isinstance(node, ast.Name))
    return texts | {node.id.lower() for node in names if isinstance(node.ctx, ast.Store) and node.id.isupper()}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_no_phrase_is_written_in_two_files() -> None:
    folder = files("announcements").joinpath("wording")
    tables = [table for name in PHRASE_FILES for table in tomllib.loads(folder.joinpath(name).read_text("utf-8"))]
    assert [table for table, times in Counter(tables).items() if times > 1] == []


def test_every_wording_file_is_read() -> None:
    folder = files("announcements").joinpath("wording")
    assert {file.name for file in folder.iterdir() if file.name.endswith(".toml")} == set(PHRASE_FILES)


def test_every_phrase_the_code_names_is_written() -> None:
    tables = {name.partition(".")[0] for name in phrases()}
    named = {name for _, name, _ in calls()} | {name for name, more in templates() if not more}
    # Names that reach `phrase` through a variable or a table of the module.
    for path in filter(says_something, modules()):
        named |= {text for text in constants(path) if NAME.fullmatch(text) and text.partition(".")[0] in tables}
    assert len(named) > 100
    named = {name for name in named if not name.endswith(".typ")}  # files of the printed sheets
    assert named - set(phrases()) == set()


def test_every_phrase_gets_exactly_the_values_it_asks_for() -> None:
    wrong = []
    for where, name, call in calls():
        given = {keyword.arg for keyword in call.keywords}
        if None not in given and given != fields(phrases()[name]):  # None is `**values`
            wrong.append(f"{where}: {name} asks for {sorted(fields(phrases()[name]))}")
    assert wrong == []


def test_every_column_of_a_printed_table_has_a_heading() -> None:
    columns = set()
    for nodes in modules().values():
        for node in nodes:
            match node:
                case ast.Call(func=ast.Name(id="print_table"), args=[ast.Tuple(elts=elements), *_]):
                    columns |= {text for element in elements for text in strings(element) if text}
    assert len(columns) > 10
    assert {f"column.{column}" for column in columns} - set(phrases()) == set()


def test_every_phrase_is_used() -> None:
    """Labels apart: a test of the rendering has one for each member of an enum, shown or not."""
    code = words_of_the_code()
    used = code | {name for _, name, _ in calls()} | {name for name, more in templates() if not more}
    chosen = tuple(beginnings() - {"toast."})  # what `toast` itself puts in front of a name
    assert [
        name
        for name in phrases()
        if not (name.startswith("label.") or name in used)
        and not (name.startswith(chosen) and name.rpartition(".")[2] in code)
    ] == []

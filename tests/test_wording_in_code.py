"""What users read lies in wording files and templates: Python holds no Vietnamese but help and tables of names."""

import ast
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("announcements", "bot", "db", "scheduler")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
# Words that are read, not said: names of places, numbers and headings as people write them, letters that are folded.
TABLES = {
    "announcements/addresses.py",
    "announcements/area_rules.py",
    "announcements/numerals.py",
    "announcements/phones.py",
    "announcements/place_names.py",
    "announcements/roster/columns.py",
    "announcements/roster/households.py",
    "announcements/roster/lines.py",
    "announcements/speech.py",
    "announcements/text.py",
    "bot/demo/sample.py",
    "db/places/areas.py",
    "db/migrations/versions/0005_areas_are_reorganised.py",
}
EXAMPLES = "bot/web/api"  # of the documentation for programs
# The program's name, and the commune of the default configuration.
PROPER_NAMES = {"Loa Thôn", "Xã Song Phượng"}


def is_vietnamese(text: str) -> bool:
    """Has it a letter that only Vietnamese has here: đ, or a vowel with a mark?"""
    return any(letter in "đĐ" or unicodedata.category(letter) == "Mn" for letter in unicodedata.normalize("NFD", text))


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """String literals; docstrings and the help of commands left out."""
    skipped = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in {"help", "metavar"}:
            skipped |= {id(inside) for inside in ast.walk(node.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def sentences(path: Path) -> list[str]:
    return [
        f"{line}: {text}"
        for line, text in texts(ast.parse(path.read_text("utf-8")))
        if is_vietnamese(text) and text not in PROPER_NAMES
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_python_file_holds_a_vietnamese_sentence(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    if name not in TABLES and not name.startswith(EXAMPLES):
        assert sentences(path) == []


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_that_is_left_out_is_one(name: str) -> None:
    assert sentences(ROOT / name)

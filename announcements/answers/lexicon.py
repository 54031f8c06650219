"""The files of words, loaded once: how words are spelt and what replies look like."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from announcements.answers.grammar import Grammar
from announcements.text import fold

_PAIR = re.compile(r"(?<![{\w])(?=([^\W\d_A-Z]{2,} [^\W\d_A-Z]{2,})(?!\w*\}))")
_WORD = re.compile(r"(?<![{\w])[^\W\d_]+(?!\w*\})")


@cache
def spellings() -> Mapping[str, Any]:
    """`spellings.toml`, table by table."""
    return _load("spellings.toml")


@cache
def marks() -> Mapping[str, str]:
    """Words without marks and the same with them: single ones, pairs of neighbours, and those that patterns have."""
    in_patterns = {fold(pair): pair for text in _texts(patterns()) for pair in _PAIR.findall(text)}
    return {**in_patterns, **_load("marks.toml")["words"], **_load("marks.toml")["pairs"]}


@cache
def patterns() -> Mapping[str, Any]:
    """`patterns.toml`, table by table."""
    return _load("patterns.toml")


@cache
def grammar() -> Grammar:
    """What makes expressions of the patterns."""
    return Grammar(patterns()["groups"])


@cache
def vocabulary() -> frozenset[str]:
    """Every word that a pattern knows."""
    known = {word for text in _texts(patterns()) for word in _WORD.findall(text) if word.islower()}
    longhand = {word for entry in spellings()["short"] for word in entry.split()}
    return frozenset(known | longhand | set(spellings()["bare"].values()) | set(spellings()["toneless"].values()))


def _texts(table: Any) -> Iterator[str]:
    if isinstance(table, str):
        yield table
    else:
        for part in table.values() if isinstance(table, dict) else table:
            yield from _texts(part)


def _load(name: str) -> Mapping[str, Any]:
    return tomllib.loads(files("announcements.answers").joinpath(name).read_text("utf-8"))

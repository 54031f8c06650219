"""The short texts of `wording/*.toml`, by name: for whoever says something to a person, from db/ to the bots.

Loads nothing but the files themselves, so that a command that only fails with a sentence starts quickly.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

# No table is in two of them.
PHRASE_FILES = (
    "phrases.toml", "conversations.toml", "mistakes.toml", "commands.toml", "inbox.toml", "paper.toml",
    "places.toml", "posting.toml", "rosters.toml", "zalo_oa.toml", "replies.toml",
)  # fmt: skip

_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")


def phrase(name: str, /, **values: object) -> str:
    """The short text `name` of the wording files ("link.linked") with `values` filled in.

    Plain text: escape it for HTML. KeyError for a name that isn't there, or a value the text asks for and didn't get.
    """
    return phrases()[name].format_map(values)


@cache
def label(member: Enum) -> str:
    """What people call a member of the shared enums: `label(Kind.MEETING)` is "Mời họp"."""
    table = _WORD_START.sub("_", type(member).__name__).lower()
    return phrase(f"label.{table}.{member.name.lower()}")


@cache
def phrases() -> Mapping[str, str]:
    """Every phrase by its full name, as written: what a test of the wording goes through."""
    folder = files("announcements").joinpath("wording")
    written = [tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")) for name in PHRASE_FILES]
    return MappingProxyType({name: text for tables in written for name, text in _flat(tables, "")})


def _flat(table: dict[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, value

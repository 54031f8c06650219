"""The sentences of the demo, from `wording.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def say(name: str, /, **values: object) -> str:
    """The sentence `name` ("end.board") with `values` filled in. KeyError when it isn't there."""
    table, _, key = name.partition(".")
    return sentences()[table][key].format_map(values)


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Every sentence by table and key, as written."""
    found: dict[str, dict[str, str]] = tomllib.loads(files("bot.demo").joinpath("wording.toml").read_text("utf-8"))
    return found

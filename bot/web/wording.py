"""The short sentences of the pages, from `wording.toml`; longer text is in `templates/`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def say(name: str, /, **values: object) -> str:
    """The sentence `name` ("problem.card_wrong") with `values` filled in; plain text. KeyError when it isn't there."""
    table, _, key = name.partition(".")
    return sentences()[table][key].format_map(values)


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Every sentence by table and key, as written."""
    found: dict[str, dict[str, str]] = tomllib.loads(files("bot.web").joinpath("wording.toml").read_text("utf-8"))
    return found

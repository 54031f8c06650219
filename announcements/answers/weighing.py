"""How likely a reply acknowledges, by how replies with its words were labelled: for what the patterns do not know."""

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby

BIAS = "*"
_FILES = files("announcements.answers")


def likelihood(said: Sequence[str]) -> float:
    """Between 0 and 1, for the words that `spelling.words` gives."""
    known = weights()
    return 1 / (1 + math.exp(-sum(known.get(trait, 0.0) for trait in traits(said))))


def traits(said: Sequence[str]) -> set[str]:
    """What is looked at: words, neighbours, and up to four neighbouring classes of words."""
    words = ["^", *said, "$"]
    kinds = [kind for kind, _ in groupby(_classes().get(word, word) for word in words)]
    found = {BIAS, *words, *_runs(words, 2)}
    for count in (2, 3, 4):
        found.update(f"~{run}" for run in _runs(kinds, count))
    return found


def _runs(words: Sequence[str], count: int) -> Iterator[str]:
    return (" ".join(words[at : at + count]) for at in range(len(words) - count + 1))


@cache
def weights() -> Mapping[str, float]:
    """What each trait adds, as `python3 -m tests.announcements.learn` has found it."""
    lines = _FILES.joinpath("weights.tsv").read_text("utf-8").splitlines()
    return {trait: int(weight) / 100 for trait, _, weight in (line.partition("\t") for line in lines)}


@cache
def _classes() -> Mapping[str, str]:
    named = tomllib.loads(_FILES.joinpath("classes.toml").read_text("utf-8"))
    return {word: f"<{name}>" for name, words in named.items() for word in words}

"""How likely a reply acknowledges, by how replies with its words were labelled: for what the patterns do not know, and
against what they take for more than it is."""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby

from announcements.text import fold

BIAS = "*"
_FILES = files("announcements.answers")
_TYPED = re.compile(r"\w+|[^\w\s]")


def likelihood(said: Sequence[str], typed: str) -> float:
    """Between 0 and 1, for the words that `spelling.words` gives of `typed`."""
    known = weights()
    return 1 / (1 + math.exp(-sum(known.get(trait, 0.0) for trait in traits(said, typed))))


def traits(said: Sequence[str], typed: str) -> set[str]:
    """What is looked at: words, neighbours, up to five neighbouring classes of words; and words and neighbours as they
    are without their marks, which holds where `said` has taken one for another."""
    words = ["^", *said, "$"]
    kinds = [kind for kind, _ in groupby(_classes().get(word, word) for word in words)]
    found = {BIAS, *words, *_runs(words, 2)}
    for count in (2, 3, 4, 5):
        found.update(f"~{run}" for run in _runs(kinds, count))
    bare = ["^", *_TYPED.findall(fold(typed)), "$"]
    for count in (1, 2):
        found.update(f"_{run}" for run in _runs(bare, count))
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

"""Learns from the labelled replies what each of their traits says: `python3 -m tests.announcements.learn` writes
announcements/answers/weights.tsv. Run it when a set is added, or `classes.toml` changed.

With `judge` behind it, it writes nothing: each writer's set is read with weights learnt from all others, which tells
more of replies nobody has seen than a set that was learnt from.
"""

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import announcements.answers
from announcements.answers import weighing
from announcements.answers.cleaning import clean
from announcements.answers.spelling import words
from announcements.answers.weighing import traits
from announcements.text import fold
from tests.announcements.reply_sets import LEARNT_FROM, WRITERS, labelled, score

WEIGHTS = Path(announcements.answers.__file__).with_name("weights.tsv")

ROUNDS = 30
STEP = 0.3
SHRINK = 1e-4  # of every weight, each time its trait is met: what is met seldom says little
LEAST = 8  # hundredths that a weight must have to be written down

Example = tuple[frozenset[str], bool]


def examples(names: Iterable[str]) -> Iterator[Example]:
    """Each reply of these sets, as it is and without its marks."""
    for name in names:
        for text, acknowledges in labelled(name):
            for either in dict.fromkeys((text, fold(text))):
                typed = clean(either).text
                yield frozenset(traits(words(typed), typed)), acknowledges


def learn(known: Sequence[Example]) -> dict[str, float]:
    """The weights that tell them best apart (a logistic regression, by gradients that grow smaller)."""
    met = Counter(trait for found, _ in known for trait in found)
    rows = [(sorted(trait for trait in found if met[trait] > 1), label) for found, label in known]
    weights: defaultdict[str, float] = defaultdict(float)
    squares: defaultdict[str, float] = defaultdict(lambda: 1.0)
    for _ in range(ROUNDS):
        for found, label in rows:
            error = label - 1 / (1 + math.exp(-sum(weights[trait] for trait in found)))
            for trait in found:
                slope = error - SHRINK * len(rows) * weights[trait] / met[trait]
                squares[trait] += slope * slope
                weights[trait] += STEP * slope / math.sqrt(squares[trait])
    return weights


def written(weights: dict[str, float]) -> dict[str, int]:
    """In hundredths, without those that say next to nothing."""
    found = {trait: round(100 * weight) for trait, weight in sorted(weights.items())}
    return {trait: weight for trait, weight in found.items() if abs(weight) >= LEAST}


def judge() -> None:
    for name in WRITERS:
        known = list(examples(other for other in LEARNT_FROM if other != name))
        weights = {trait: weight / 100 for trait, weight in written(learn(known)).items()}
        with patch.object(weighing, "weights", return_value=weights):
            found = score(name)
        print(f"{name}: precision {found.precision:.4f}, recall {found.recall:.4f}", *found.wrong, sep="\n  ")


def main() -> None:
    if sys.argv[1:] == ["judge"]:
        judge()
        return
    found = written(learn(list(examples(LEARNT_FROM))))
    WEIGHTS.write_text("".join(f"{trait}\t{weight}\n" for trait, weight in found.items()), "utf-8")


if __name__ == "__main__":
    main()

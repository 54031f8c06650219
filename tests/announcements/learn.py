"""Learns from the labelled replies what each of their traits says: `python3 -m tests.announcements.learn` writes
announcements/answers/weights.tsv. Run it when a set is added, or `classes.toml` changed."""

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import announcements.answers
from announcements.answers.cleaning import clean
from announcements.answers.spelling import words
from announcements.answers.weighing import traits
from announcements.text import fold

HERE = Path(__file__).parent
WEIGHTS = Path(announcements.answers.__file__).with_name("weights.tsv")
LEARNT_FROM = ("replies_development.csv", "replies_half_unmarked.csv", "replies_by_strangers.csv")
NO_ACKNOWLEDGEMENT = {"none", "question"}

ROUNDS = 30
STEP = 0.3
SHRINK = 2e-4  # of every weight, each time its trait is met: what is met seldom says little
LEAST = 8  # hundredths that a weight must have to be written down

Example = tuple[frozenset[str], bool]


def examples(names: Iterable[str]) -> Iterator[Example]:
    """Each reply of these sets, as it is and without its marks."""
    for name in names:
        with (HERE / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                acknowledges = row["label"] not in NO_ACKNOWLEDGEMENT
                for text in dict.fromkeys((row["text"], fold(row["text"]))):
                    yield frozenset(traits(words(clean(text).text))), acknowledges


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


def main() -> None:
    found = {trait: round(100 * weight) for trait, weight in learn(list(examples(LEARNT_FROM))).items()}
    kept = sorted((trait, weight) for trait, weight in found.items() if abs(weight) >= LEAST)
    WEIGHTS.write_text("".join(f"{trait}\t{weight}\n" for trait, weight in kept), "utf-8")


if __name__ == "__main__":
    main()

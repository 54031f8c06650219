"""The labelled replies: sets by different writers, none with a text of another.

Those in `LEARNT_FROM` were open while the patterns were written, or judged the reader blind and were opened then (all
but the first). `replies_held_out.csv` is not learnt from; nor is `replies_unseen.csv`, which nobody read who wrote a
pattern.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from announcements.answers import Meaning, read_answer

HERE = Path(__file__).parent
WRITERS = (
    "replies_half_unmarked.csv",
    "replies_by_strangers.csv",
    "replies_by_writer_a.csv",
    "replies_by_writer_b.csv",
    "replies_by_writer_c.csv",
    "replies_by_writer_d.csv",
)
LEARNT_FROM = ("replies_development.csv", *WRITERS)
NO_ACKNOWLEDGEMENT = {"none", "question"}


@dataclass
class Score:
    """How a set was read. `missed` and `wrong` are for whoever looks into a failure."""

    right: int
    missed: list[str]
    wrong: list[str]

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + len(self.wrong))

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + len(self.missed))


def acknowledges(text: str) -> bool:
    return read_answer(text).meaning is Meaning.ACKNOWLEDGED


def labelled(name: str) -> Iterator[tuple[str, bool]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"], row["label"] not in NO_ACKNOWLEDGEMENT


def score(name: str) -> Score:
    rows = list(labelled(name))
    read = [(text, meant, acknowledges(text)) for text, meant in rows]
    return Score(
        right=sum(meant and got for _, meant, got in read),
        missed=[text for text, meant, got in read if meant and not got],
        wrong=[text for text, meant, got in read if got and not meant],
    )

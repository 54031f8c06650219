"""The truth table's arithmetic: where a household stands after its answers, and what a report row holds.

`db/answering/answers.py` applies `after` to every answer inside the transaction that stores it; `standing_of` rebuilds
the same from the stored answers, for an undo and for the check that recomputes the counters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from announcements.types import BY_THEMSELVES, GRADE_RANK, IN_PERSON, Grade, How, Outcome, Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of or about a household."""

    how: How
    at: datetime
    grade: Grade = Grade.RECEIVED
    channel: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a household stands in one broadcast. `grade` is empty until somebody was told anything."""

    outcome: Outcome = Outcome.OPEN
    grade: Grade | None = None
    channel: str = ""
    answered_at: datetime | None = None


NOTHING_YET = Standing()


def higher(before: Grade | None, now: Grade) -> Grade:
    """Grades go up only; among answers of the same height the later one holds."""
    return now if before is None or GRADE_RANK[now] >= GRADE_RANK[before] else before


def after(standing: Standing, answer: Answer) -> Standing:
    """Where the household stands once `answer` is in. Returns the same object when nothing changes.

    What it says itself outweighs what is said about it: acknowledged > told in person > not reached > open.
    """
    if answer.how in BY_THEMSELVES:
        grade = higher(standing.grade, answer.grade)
        if standing.outcome is Outcome.ACKNOWLEDGED:
            return standing if grade is standing.grade else _graded(standing, grade)
        return Standing(Outcome.ACKNOWLEDGED, grade, answer.channel, answer.at)
    if answer.how in IN_PERSON:
        grade = higher(standing.grade, answer.grade)
        if standing.outcome in (Outcome.ACKNOWLEDGED, Outcome.TOLD):
            return standing if grade is standing.grade else _graded(standing, grade)
        return Standing(Outcome.TOLD, grade, "", answer.at)
    if standing.outcome is Outcome.OPEN:
        return Standing(Outcome.NOT_REACHED, None, "", answer.at)
    return standing


def _graded(standing: Standing, grade: Grade) -> Standing:
    return Standing(standing.outcome, grade, standing.channel, standing.answered_at)


def standing_of(answers: Iterable[Answer]) -> Standing:
    """Where a household stands after `answers`, given in the order they were stored."""
    standing = NOTHING_YET
    for answer in answers:
        standing = after(standing, answer)
    return standing


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the truth table. Every household of the audience is in exactly one of the last four."""

    audience: int = 0
    reachable: int = 0
    sent: int = 0
    acknowledged: int = 0
    told_in_person: int = 0
    not_reached: int = 0

    @property
    def open(self) -> int:
        return self.audience - self.acknowledged - self.told_in_person - self.not_reached

    @property
    def received(self) -> int:
        """Households that have it: what the live button counts."""
        return self.acknowledged + self.told_in_person

    @property
    def pieces(self) -> tuple[int, int, int, int]:
        """The four parts of the audience: acknowledged, told in person, not reached, open."""
        return self.acknowledged, self.told_in_person, self.not_reached, self.open

    def share(self, count: int) -> float:
        """`count` of the audience, from 0 to 1; 0 where there is none."""
        return count / self.audience if self.audience else 0.0

    def as_dict(self) -> dict[str, int]:
        """The keys of the JSON contract."""
        return {
            "audience": self.audience,
            "reachable": self.reachable,
            "sent": self.sent,
            "acknowledged": self.acknowledged,
            "told_in_person": self.told_in_person,
            "not_reached": self.not_reached,
            "open": self.open,
        }

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.audience + other.audience,
            self.reachable + other.reachable,
            self.sent + other.sent,
            self.acknowledged + other.acknowledged,
            self.told_in_person + other.told_in_person,
            self.not_reached + other.not_reached,
        )

"""Where a household stands: what it says itself outweighs what is said about it, and grades go up only."""

from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as some

from announcements.reach import NOTHING_YET, Answer, Figures, Standing, after, standing_of
from announcements.types import BY_THEMSELVES, GRADE_RANK, IN_PERSON, Grade, How, Outcome, Reason

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OF = {
    **dict.fromkeys(BY_THEMSELVES, Outcome.ACKNOWLEDGED),
    **dict.fromkeys(IN_PERSON, Outcome.TOLD),
    How.UNREACHABLE: Outcome.NOT_REACHED,
}
WEIGHT = [Outcome.OPEN, Outcome.NOT_REACHED, Outcome.TOLD, Outcome.ACKNOWLEDGED]

answers = some.builds(
    Answer, some.sampled_from(How), some.just(NOW), some.sampled_from(Grade), some.sampled_from(["telegram", "board"])
)


def answer(how: How, grade: Grade = Grade.RECEIVED, *, minutes: int = 0) -> Answer:
    reason = Reason.AWAY if how is How.UNREACHABLE else None
    return Answer(how, NOW + timedelta(minutes=minutes), grade, "board", reason)


@pytest.mark.parametrize(("first", "second"), list(product(How, How)))
def test_of_two_answers_the_weightier_holds(first: How, second: How) -> None:
    outcome = standing_of([answer(first), answer(second)]).outcome
    assert outcome is max(OF[first], OF[second], key=WEIGHT.index)


@pytest.mark.parametrize(("before", "now"), list(product(Grade, Grade)))
def test_grades_go_up_only(before: Grade, now: Grade) -> None:
    standing = standing_of([answer(How.BUTTON, before), answer(How.BUTTON, now)])
    assert standing.grade is (now if GRADE_RANK[now] >= GRADE_RANK[before] else before)


def test_the_same_answer_again_changes_nothing_at_all() -> None:
    first = after(NOTHING_YET, answer(How.BUTTON))
    assert after(first, answer(How.BUTTON, minutes=5)) is first


def test_the_first_acknowledgement_gives_time_and_channel() -> None:
    standing = standing_of([answer(How.MET), answer(How.BOARD, minutes=3), answer(How.BUTTON, minutes=9)])
    assert standing == Standing(Outcome.ACKNOWLEDGED, Grade.RECEIVED, "board", NOW + timedelta(minutes=3))


@given(some.lists(answers, max_size=6))
def test_the_outcome_does_not_depend_on_the_order_of_answers(given_answers: list[Answer]) -> None:
    outcomes = {standing_of(order).outcome for order in list(permutations(given_answers))[:24]}
    assert len(outcomes) == 1


def test_every_row_adds_up() -> None:
    row = Figures(audience=10, reachable=8, sent=10, acknowledged=4, told_in_person=2, not_reached=1)
    assert row.open == 3
    assert row.received == 6
    assert (row + row).as_dict()["open"] == 6

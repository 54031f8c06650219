"""Which groups fall behind the others, over the latest notices."""

import pytest

from announcements.quiet_groups import LEAST_NOTICES, MOST_SHOWN, quiet
from announcements.reach import Figures


def heard(received: int, audience: int = 40) -> Figures:
    return Figures(audience=audience, acknowledged=received)


# Notices as {area: households that have it, of 40}, and who is found behind, the furthest first.
TABLE = [
    ("nothing was announced", [], []),
    ("one notice is chance", [{1: 0, 2: 40, 3: 40}], []),
    ("twice far behind", [{1: 10, 2: 36, 3: 34}, {1: 8, 2: 30, 3: 32}], [1]),
    ("all are equally slow", [{1: 4, 2: 5, 3: 4}, {1: 5, 2: 4, 3: 5}], []),
    ("a little behind", [{1: 30, 2: 34, 3: 34}, {1: 30, 2: 34, 3: 34}], []),
    ("behind once, ahead twice", [{1: 0, 2: 40}, {1: 40, 2: 38}, {1: 40, 2: 38}], []),
    ("the furthest first", [{1: 20, 2: 5, 3: 40, 4: 40}, {1: 20, 2: 5, 3: 40, 4: 40}], [2, 1]),
    ("a lonely group has nobody to be behind", [{1: 0}, {1: 0}], []),
    ("a notice that went elsewhere says nothing of it", [{1: 0, 2: 40}, {2: 40, 3: 40}], []),
]


@pytest.mark.parametrize(("notices", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_who_is_behind(notices: list[dict[int, int]], expected: list[int]) -> None:
    figures = [{area: heard(count) for area, count in notice.items()} for notice in notices]
    assert [one.area_id for one in quiet(figures)] == expected


def test_told_in_person_counts_as_much_as_answering() -> None:
    visited = Figures(audience=40, acknowledged=2, told_in_person=36)
    assert quiet([{1: visited, 2: heard(38)}] * LEAST_NOTICES) == []


def test_shares_are_those_of_all_notices_together() -> None:
    (one,) = quiet([{1: heard(0, 10), 2: heard(40)}, {1: heard(10, 30), 2: heard(20)}])
    assert (one.share, one.elsewhere, one.behind, one.notices) == (10 / 40, 60 / 80, 2, 2)


def test_a_group_without_households_is_in_no_notice() -> None:
    assert quiet([{1: heard(0, 0), 2: heard(40)}] * 3) == []


def test_not_more_are_named_than_one_can_visit() -> None:
    notice = {area: heard(0) for area in range(20)} | {area: heard(40) for area in range(20, 60)}
    assert len(quiet([notice, notice])) == MOST_SHOWN

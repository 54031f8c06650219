"""Where stuck deliveries go: never where a copy may be, once for each area, by the order of preference."""

import pytest

from announcements.failover import Choice, Fate, Sibling, Step, Stuck, Way, planned
from announcements.types import DeliveryState, Urgency

S = DeliveryState
ANY = Choice()


def stuck(number: int = 1, *, area: int = 7, state: S = S.QUEUED, urgency: Urgency = Urgency.NORMAL,
          in_part: bool = False, doubtful: bool = False) -> Stuck:  # fmt: skip
    return Stuck(number, 1, 100 + number, area, area, state, urgency, in_part, doubtful)


def plan(
    *which: Stuck,
    ways: list[Way],
    siblings: list[Sibling] | None = None,
    choice: Choice = ANY,
    room: dict[str, int] | None = None,
    costs: dict[tuple[int, str], int] | None = None,
) -> list[Step]:
    found = siblings or []
    taken = {(one.broadcast_id, one.chat_id) for one in found}
    return planned(which, ways, found, taken, choice, room or {}, costs or {})


def fate(one: Stuck, *ways: Way, choice: Choice = ANY, siblings: list[Sibling] | None = None) -> Fate:
    return plan(one, ways=list(ways), choice=choice, siblings=siblings)[0].fate


ZALO = Way(5, "zalo", 7)
SPARE = Way(4, "zalo", 7, reserve=True)
ELSEWHERE = Way(3, "zalo", 8)
BY_HAND = Way(2, "assisted", 7, reserve=True, by_hand=True)


@pytest.mark.parametrize("state", [S.QUEUED, S.FAILED])
def test_what_surely_did_not_arrive_goes_to_another_chat_of_the_area(state: S) -> None:
    (step,) = plan(stuck(state=state), ways=[ELSEWHERE, SPARE, ZALO])
    assert (step.fate, step.way) == (Fate.MOVED, ZALO)


def test_a_reserve_chat_takes_over_where_nothing_else_does() -> None:
    assert plan(stuck(), ways=[SPARE])[0].way == SPARE
    assert fate(stuck(), ELSEWHERE) is Fate.NO_WAY


@pytest.mark.parametrize(
    "one",
    [
        stuck(state=S.UNCONFIRMED),
        stuck(state=S.UNCONFIRMED, urgency=Urgency.EMERGENCY),
        stuck(in_part=True),
        stuck(doubtful=True),
        stuck(state=S.FAILED, doubtful=True, urgency=Urgency.EMERGENCY),
    ],
)
def test_what_may_have_arrived_stays_unless_a_person_says_so(one: Stuck) -> None:
    assert fate(one, ZALO) is Fate.DOUBTFUL
    assert fate(one, ZALO, choice=Choice(unconfirmed=True)) is Fate.MOVED


def test_an_urgent_one_that_would_be_repeated_there_is_repeated_here_instead() -> None:
    assert fate(stuck(doubtful=True, urgency=Urgency.URGENT), ZALO) is Fate.MOVED


@pytest.mark.parametrize("state", [S.SENT, S.DELIVERED])
def test_where_another_chat_of_the_area_has_it_nothing_is_sent_any_more(state: S) -> None:
    theirs = [Sibling(1, ZALO.chat_id, 7, state, works=True)]
    assert fate(stuck(), ZALO, SPARE, siblings=theirs) is Fate.CLOSED


@pytest.mark.parametrize(("works", "expected"), [(True, Fate.COMING), (False, Fate.MOVED)])
def test_what_another_chat_is_about_to_get_is_waited_for_as_long_as_its_account_works(
    works: bool, expected: Fate
) -> None:
    theirs = [Sibling(1, ZALO.chat_id, 7, S.QUEUED, works=works)]
    assert fate(stuck(), SPARE, siblings=theirs) is expected


def test_a_chat_that_failed_for_this_broadcast_is_not_asked_again() -> None:
    theirs = [Sibling(1, ZALO.chat_id, 7, S.FAILED, works=True)]
    assert fate(stuck(), ZALO, siblings=theirs) is Fate.NO_WAY


def test_a_chat_takes_a_broadcast_over_once() -> None:
    assert [step.fate for step in plan(stuck(1), stuck(2), ways=[ZALO])] == [Fate.MOVED, Fate.NO_WAY]


def test_only_the_account_that_was_named() -> None:
    other = Way(1, "oa", 7)
    assert plan(stuck(), ways=[other, ZALO], choice=Choice(to="zalo"))[0].way == ZALO
    assert fate(stuck(), other, choice=Choice(to="zalo")) is Fate.NO_WAY


def test_a_person_posts_it_only_by_choice_and_only_where_no_account_can() -> None:
    by_hand = Choice(by_hand=True)
    assert fate(stuck(), BY_HAND) is Fate.NO_WAY
    assert plan(stuck(), ways=[BY_HAND], choice=by_hand)[0] == Step(stuck(), Fate.BY_HAND, BY_HAND)
    assert plan(stuck(), ways=[BY_HAND, SPARE], choice=by_hand)[0].way == SPARE
    assert plan(stuck(), ways=[], choice=by_hand)[0] == Step(stuck(), Fate.BY_HAND, None)
    assert [step.fate for step in plan(stuck(1), stuck(2), ways=[], choice=by_hand)] == [Fate.BY_HAND, Fate.COMING]


def test_no_more_than_the_other_account_has_room_for() -> None:
    ways = [Way(10 + area, "zalo", area) for area in (1, 2, 3)]
    steps = plan(*(stuck(area, area=area) for area in (1, 2, 3)), ways=ways, room={"zalo": 2})
    assert [step.fate for step in steps] == [Fate.MOVED, Fate.MOVED, Fate.NO_ROOM]
    long = plan(*(stuck(area, area=area) for area in (1, 2)), ways=ways, room={"zalo": 5}, costs={(1, "zalo"): 3})
    assert [step.fate for step in long] == [Fate.MOVED, Fate.NO_ROOM]


def test_what_is_being_sent_at_this_moment_is_nobodys_to_move() -> None:
    with pytest.raises(ValueError, match="sending"):
        plan(stuck(state=S.SENDING), ways=[ZALO])

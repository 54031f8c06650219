"""Who answers how, and when: decided beforehand, so that the same seed plays the same evening. Pure.

Times are seconds after the announcement at speed 1. Most who answer do so soon after they are told, a few much
later: the delays are log-normal, as they are wherever people answer messages.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from announcements.types import Device, Grade, How, Reason
from bot.demo.town import Home

T = TypeVar("T")

MEDIAN = 7.0  # seconds until half of those who answer have done so
SPREAD = 0.8  # of the logarithm
LAST = 36.0  # seconds: nobody answers later
ROUNDS = (10.0, LAST)  # seconds between which leaders go from door to door

PRESSES = 0.90  # of households with a linked account
PRESSES_TWICE = 0.08  # of those who press
SAYS_MORE = 0.06  # of those who press: on the board too, whether they come
IS_VISITED_TOO = 0.03  # of those who press: their leader calls on them all the same
LINKS_LATER = 0.10  # of smartphones not linked: press first, are told to link, link
USES_BOARD = 0.66  # of smartphones not linked
BORROWS_PHONE = 0.06  # of households without a smartphone: a relative opens the board with their card
IS_CALLED = 0.25  # of households with a smartphone that let it pass
IS_VISITED = 0.62  # of households without a smartphone
CANNOT_BE_MET = 0.04  # of households without a smartphone
STRANGERS = 0.01  # people who press and belong to no household, per household

GRADES = {Grade.WILL_ATTEND: 60, Grade.RECEIVED: 25, Grade.WILL_NOT_ATTEND: 13, Grade.NEEDS_HELP: 2}
VISITS = {How.MET: 70, How.CALLED: 20, How.SLIP: 10}
REASONS = {Reason.AWAY: 60, Reason.HOSPITAL: 25, Reason.MOVED: 15}


class Way(StrEnum):
    """What somebody does about the notice."""

    PRESS = "press"  # a member presses the button
    LINK_LATER = "link_later"  # a member presses before being known, then links with the card
    BOARD = "board"  # the household's card is typed on the board
    TOLD = "told"  # the leader told the household
    NOT_MET = "not_met"  # the leader could not
    STRANGER = "stranger"  # somebody of no household presses


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do, `at` seconds after the announcement. What a way doesn't need keeps its default."""

    at: float
    way: Way
    home: Home
    user: str = ""
    times: int = 1
    grade: Grade = Grade.RECEIVED
    how: How = How.MET
    reason: Reason = Reason.UNKNOWN


def plan(homes: Sequence[Home], rng: random.Random) -> list[Act]:
    """Everything that will happen, in order of time."""
    acts = [act for home in homes for act in _acts(home, rng)]
    for home in homes:
        if rng.random() < STRANGERS:
            acts.append(Act(delay(rng), Way.STRANGER, home, user=f"stranger-{home.household}"))
    return sorted(acts, key=lambda act: act.at)


def delay(rng: random.Random) -> float:
    """Seconds until somebody answers who will."""
    while True:
        seconds = rng.lognormvariate(math.log(MEDIAN), SPREAD)
        if seconds <= LAST:
            return seconds


def _acts(home: Home, rng: random.Random) -> Iterator[Act]:
    if home.users:
        return _linked(home, rng)
    return _unlinked(home, rng) if home.device is Device.SMARTPHONE else _without_smartphone(home, rng)


def _linked(home: Home, rng: random.Random) -> Iterator[Act]:
    if rng.random() >= PRESSES:
        yield from _called(home, rng)
        return
    for user in home.users:
        yield Act(delay(rng), Way.PRESS, home, user=user, times=2 if rng.random() < PRESSES_TWICE else 1)
    if rng.random() < SAYS_MORE:
        yield _on_board(home, rng)
    if rng.random() < IS_VISITED_TOO:
        yield _visit(home, rng)


def _unlinked(home: Home, rng: random.Random) -> Iterator[Act]:
    chance = rng.random()
    if chance < LINKS_LATER:
        yield Act(delay(rng), Way.LINK_LATER, home, user=f"{home.household}-1")
    elif chance < LINKS_LATER + USES_BOARD:
        yield _on_board(home, rng)
    else:
        yield from _called(home, rng)


def _without_smartphone(home: Home, rng: random.Random) -> Iterator[Act]:
    chance = rng.random()
    if chance < IS_VISITED:
        yield _visit(home, rng)
    elif chance < IS_VISITED + BORROWS_PHONE:
        yield _on_board(home, rng)
    elif chance < IS_VISITED + BORROWS_PHONE + CANNOT_BE_MET:
        yield Act(rng.uniform(*ROUNDS), Way.NOT_MET, home, reason=_one_of(REASONS, rng))


def _called(home: Home, rng: random.Random) -> Iterator[Act]:
    if rng.random() < IS_CALLED:
        yield Act(rng.uniform(*ROUNDS), Way.TOLD, home, how=How.CALLED)


def _visit(home: Home, rng: random.Random) -> Act:
    return Act(rng.uniform(*ROUNDS), Way.TOLD, home, how=_one_of(VISITS, rng))


def _on_board(home: Home, rng: random.Random) -> Act:
    times = 2 if rng.random() < PRESSES_TWICE else 1
    return Act(delay(rng), Way.BOARD, home, times=times, grade=_one_of(GRADES, rng))


def _one_of(weights: Mapping[T, int], rng: random.Random) -> T:
    return rng.choices(list(weights), list(weights.values()))[0]

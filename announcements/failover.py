"""Where deliveries go whose account is down: a decision on values, made by `db/outbox/moving.py` of what it has read.

A delivery goes to another chat of its area, and never where a copy may be already: what may have arrived stays, unless
a person who has looked says otherwise.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from announcements.deliveries import ARRIVED, MAY_MOVE
from announcements.types import REPEAT_RATHER_THAN_MISS, DeliveryState, Urgency


@dataclass(frozen=True, slots=True)
class Choice:
    """What whoever moves wants. `to`: only to chats of this account. `by_hand`: where no other chat is left, a person
    posts it. `unconfirmed`: also what may have arrived."""

    to: str | None = None
    by_hand: bool = False
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class Stuck:
    """A delivery of the account. `place_id` is the area its chat serves by now, `area_id` the one it was for then."""

    id: int
    broadcast_id: int
    chat_id: int
    area_id: int
    place_id: int
    state: DeliveryState
    urgency: Urgency
    in_part: bool = False  # some of its pieces are in the chat
    doubtful: bool = False  # an attempt ended without an answer

    def may_have_arrived(self) -> bool:
        """Is there reason to think of a copy in the chat? Urgent ones that wait would be repeated there as well."""
        if self.in_part or self.state is DeliveryState.UNCONFIRMED:
            return True
        repeats = self.state is DeliveryState.QUEUED and self.urgency in REPEAT_RATHER_THAN_MISS
        return self.doubtful and not repeats


@dataclass(frozen=True, slots=True)
class Way:
    """A chat in use that could take over for `place_id`; its account works."""

    chat_id: int
    account: str
    place_id: int
    reserve: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Sibling:
    """A delivery of the same broadcast to another chat. `works`: that chat's account does."""

    broadcast_id: int
    chat_id: int
    area_id: int
    state: DeliveryState
    works: bool


class Fate(StrEnum):
    MOVED = "moved"  # another chat of the area gets it
    BY_HAND = "by_hand"  # a person posts it
    CLOSED = "closed"  # another chat of the area has it
    COMING = "coming"  # another chat of the area is about to get it: nothing to do yet
    DOUBTFUL = "doubtful"  # it may have arrived: for a person to say
    NO_ROOM = "no_room"  # the other account's messages of this month are used up
    NO_WAY = "no_way"  # no other chat


LEAVES = frozenset({Fate.MOVED, Fate.BY_HAND, Fate.CLOSED})  # the account: it never sends this again


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one delivery. `way` is the chat that takes over; empty where one for posting by hand is made."""

    stuck: Stuck
    fate: Fate
    way: Way | None = None


@dataclass(slots=True)
class Plan:
    """`room` is how many messages an account may still take; an account that is not in it has no limit. `costs` are how
    many a broadcast is through an account with a limit."""

    choice: Choice
    ways: Mapping[int, Sequence[Way]]  # by place
    siblings: Mapping[tuple[int, int], Sequence[Sibling]]  # by broadcast and area
    taken: set[tuple[int, int]]  # (broadcast, chat) that have a delivery
    room: dict[str, int] = field(default_factory=dict)
    costs: Mapping[tuple[int, str], int] = field(default_factory=dict)

    def of(self, stuck: Stuck) -> Step:
        """Decide on one delivery, and keep in mind what that takes up."""
        if stuck.state not in MAY_MOVE:
            raise ValueError(f"a delivery that is {stuck.state} can't be moved")
        theirs = self.siblings.get((stuck.broadcast_id, stuck.area_id), ())
        if stuck.may_have_arrived() and not self.choice.unconfirmed:
            return Step(stuck, Fate.DOUBTFUL)
        if any(one.state in ARRIVED for one in theirs):
            return Step(stuck, Fate.CLOSED)
        if any(one.works and one.state in ON_THE_WAY for one in theirs):
            return Step(stuck, Fate.COMING)
        return self._to_a_chat(stuck)

    def _to_a_chat(self, stuck: Stuck) -> Step:
        free = [way for way in self.ways.get(stuck.place_id, ()) if self._may_take(way, stuck)]
        ready = [way for way in free if self._cost(stuck, way) <= self.room.get(way.account, self._cost(stuck, way))]
        if ready:
            way = min(ready, key=lambda way: (way.by_hand, way.reserve, way.chat_id))
            self.taken.add((stuck.broadcast_id, way.chat_id))
            if way.account in self.room:
                self.room[way.account] -= self._cost(stuck, way)
            return Step(stuck, Fate.BY_HAND if way.by_hand else Fate.MOVED, way)
        if self.choice.by_hand and not any(way.by_hand for way in self.ways.get(stuck.place_id, ())):
            made = (stuck.broadcast_id, -stuck.place_id)  # stands for the chat that is to be made
            if made in self.taken:
                return Step(stuck, Fate.COMING)
            self.taken.add(made)
            return Step(stuck, Fate.BY_HAND)
        return Step(stuck, Fate.NO_ROOM if free else Fate.NO_WAY)

    def _cost(self, stuck: Stuck, way: Way) -> int:
        return self.costs.get((stuck.broadcast_id, way.account), 1)

    def _may_take(self, way: Way, stuck: Stuck) -> bool:
        if way.by_hand and not self.choice.by_hand:
            return False
        if not way.by_hand and self.choice.to not in (None, way.account):
            return False
        return (stuck.broadcast_id, way.chat_id) not in self.taken


ON_THE_WAY = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HANDED})


def planned(
    stuck: Iterable[Stuck],
    ways: Iterable[Way],
    siblings: Iterable[Sibling],
    taken: Collection[tuple[int, int]],
    choice: Choice,
    room: Mapping[str, int],
    costs: Mapping[tuple[int, str], int],
) -> list[Step]:
    """What becomes of each, in their order."""
    by_place: dict[int, list[Way]] = defaultdict(list)
    for way in ways:
        by_place[way.place_id].append(way)
    by_area: dict[tuple[int, int], list[Sibling]] = defaultdict(list)
    for one in siblings:
        by_area[one.broadcast_id, one.area_id].append(one)
    plan = Plan(choice, by_place, by_area, set(taken), dict(room), costs)
    return [plan.of(one) for one in stuck]


def tally(steps: Iterable[Step]) -> Counter[Fate]:
    """How many end so."""
    return Counter(step.fate for step in steps)

"""The delivery state machine: every pair of states, every outcome of an attempt."""

import pytest

from announcements.backoff import ACCOUNT_REST, DELAYS, MOST_ATTEMPTS, delay_after
from announcements.channels import ChannelError, Moved, Refused, RefusedReason, Scope, SlowDown, TryLater, Unsure
from announcements.deliveries import ARROWS, Decision, after_error, after_lease, may_go
from announcements.types import DeliveryState, Urgency

S = DeliveryState

LEGAL = {
    (S.QUEUED, S.SENDING), (S.SENDING, S.SENT), (S.SENDING, S.HANDED), (S.HANDED, S.SENT), (S.SENT, S.DELIVERED),
    (S.SENDING, S.QUEUED), (S.SENDING, S.UNCONFIRMED), (S.SENDING, S.FAILED), (S.SENT, S.FAILED),
    (S.QUEUED, S.CANCELLED), (S.HANDED, S.CANCELLED), (S.QUEUED, S.EXPIRED), (S.HANDED, S.EXPIRED),
    (S.FAILED, S.QUEUED), (S.UNCONFIRMED, S.QUEUED), (S.CANCELLED, S.SENT), (S.EXPIRED, S.SENT), (S.SENT, S.HANDED),
    (S.FAILED, S.CANCELLED), (S.UNCONFIRMED, S.CANCELLED),
}  # fmt: skip


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
def test_only_the_drawn_arrows_exist(before: S, after: S) -> None:
    assert may_go(before, after) is ((before, after) in LEGAL)


def test_the_arrows_carry_the_letters_of_the_diagram() -> None:
    assert "".join(ARROWS) == "bcdefghijklmno"


FIRST = 1
LAST = MOST_ATTEMPTS

TABLE = [
    (TryLater(), Urgency.NORMAL, FIRST, Decision(S.QUEUED, wait=DELAYS[0])),
    (TryLater(after=7.0), Urgency.NORMAL, FIRST, Decision(S.QUEUED, wait=7.0)),
    (TryLater(), Urgency.EMERGENCY, LAST, Decision(S.FAILED)),
    (TryLater(after=7.0), Urgency.NORMAL, LAST, Decision(S.FAILED)),
    (SlowDown(3.0), Urgency.NORMAL, LAST, Decision(S.QUEUED, wait=3.0, give_back=True)),
    (SlowDown(3.0, Scope.ACCOUNT), Urgency.NORMAL, FIRST, Decision(S.QUEUED, wait=3.0, give_back=True)),
    (Unsure(), Urgency.NORMAL, FIRST, Decision(S.UNCONFIRMED)),
    (Unsure(), Urgency.URGENT, FIRST, Decision(S.QUEUED, wait=DELAYS[0])),
    (Unsure(), Urgency.EMERGENCY, LAST, Decision(S.UNCONFIRMED)),
    (Moved("-2"), Urgency.NORMAL, FIRST, Decision(S.FAILED, chat_lost=RefusedReason.CHAT_GONE)),
    (ChannelError(), Urgency.NORMAL, FIRST, Decision(S.UNCONFIRMED)),
]


@pytest.mark.parametrize(("error", "urgency", "attempts", "decision"), TABLE)
def test_each_error_says_what_to_do_next(
    error: ChannelError, urgency: Urgency, attempts: int, decision: Decision
) -> None:
    assert after_error(error, urgency, attempts) == decision


DOWN = frozenset({RefusedReason.UNAUTHORISED, RefusedReason.QUOTA})


@pytest.mark.parametrize("reason", sorted(set(RefusedReason) - DOWN))
@pytest.mark.parametrize("urgency", Urgency)
def test_a_refusal_of_a_message_or_chat_is_final_and_says_what_is_lost(reason: RefusedReason, urgency: Urgency) -> None:
    lost = {RefusedReason.BLOCKED, RefusedReason.CHAT_GONE, RefusedReason.NO_RIGHTS}
    decision = after_error(Refused(reason), urgency, FIRST)
    assert decision == Decision(S.FAILED, chat_lost=reason if reason in lost else None)


@pytest.mark.parametrize("reason", sorted(DOWN))
@pytest.mark.parametrize("urgency", Urgency)
@pytest.mark.parametrize("attempts", [FIRST, 100])
def test_while_the_account_is_refused_a_message_waits_and_uses_nothing_up(
    reason: RefusedReason, urgency: Urgency, attempts: int
) -> None:
    decision = after_error(Refused(reason), urgency, attempts)
    assert decision == Decision(S.QUEUED, wait=ACCOUNT_REST, give_back=True, account_down=reason)


@pytest.mark.parametrize(("urgency", "to"), [(0, S.UNCONFIRMED), (1, S.QUEUED), (2, S.QUEUED)])
def test_only_urgent_notices_repeat_rather_than_miss(urgency: int, to: S) -> None:
    assert after_lease(Urgency(urgency), FIRST).to is to


def test_waiting_grows_and_ends() -> None:
    waits = [delay_after(attempts) for attempts in range(1, MOST_ATTEMPTS + 1)]
    assert waits == [*DELAYS, None]
    assert list(DELAYS) == sorted(DELAYS)

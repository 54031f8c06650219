"""What the service looks at again and again beside its queues: a row for each look. Made by `bot/app.py`."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.context import Context
from bot.office.channels import failover, quotas
from bot.office.notices.leftovers import forget_files
from bot.tidings.alarms import Alarms
from bot.tidings.nudging import nudge
from bot.tidings.proposals import ask_approvers
from bot.tidings.questions import tell_of_questions
from scheduler.heartbeat import FORGET_EVERY, Heartbeat, heartbeat

AT_ONCE = 2.0  # seconds, where somebody waits to be told
SOON = 15.0
IN_PEACE = 20.0

Look = Callable[[Context], Awaitable[object]]

LOOKS: tuple[tuple[float, str, Look], ...] = (
    (AT_ONCE, "nudge", nudge),  # a leader is to be told what to post
    (AT_ONCE, "ask approvers", ask_approvers),
    (SOON, "move what is stuck", failover.by_rule),  # an account has been down for so long that another takes over
    (IN_PEACE, "tell of questions", tell_of_questions),  # a leader is to be told what people wrote
    (FORGET_EVERY, "forget files", forget_files),
)


def beats(context: Context) -> Heartbeat:
    """Ready to start: the scheduler's own looks, and these."""
    beat = heartbeat(context.database, context.clock, context.ring, partial(quotas.check, context))
    for seconds, name, look in LOOKS:
        beat.every(seconds, name, partial(look, context))
    beat.every(SOON, "alarms", Alarms(context).look)  # the office is to be told of an account
    return beat

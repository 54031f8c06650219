"""Moving what an account that is down can't send to other chats of the same areas: looked at first, then done at once.

One transaction decides and writes, so that a delivery is sent by the one account or the other and never by both.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.failover import LEAVES, Choice, Fate, Step, Way, planned, tally
from announcements.mistakes import Mistake, NotFound
from announcements.phrases import phrase
from bot.context import Context
from bot.office.actors import Actor
from bot.office.channels import chats, quotas
from bot.office.notices.announcing import actor, must_announce
from db import audit, locks
from db.announcing.fanout import ASSISTED, BOARD
from db.outbox import moving
from db.outbox.moving import Named
from db.places import areas
from db.platforms import accounts, usage

log = logging.getLogger(__name__)

AT_HOME = frozenset({BOARD, ASSISTED})  # these need no platform: nothing of theirs is ever stuck
BY_RULE = "failover"  # who acted, when it was the rule of the configuration


@dataclass(frozen=True, slots=True)
class Line:
    """One stuck delivery and what becomes of it."""

    step: Step
    named: Named
    place: str  # its area as people say it: "Tổ 1, Thôn Thu Quế"

    def as_dict(self) -> dict[str, Any]:
        """JSON keys."""
        named, way = self.named, self.step.way
        return {
            "broadcast": named.broadcast,
            "announcement": named.announcement,
            "area": named.area,
            "area_name": named.area_name,
            "chat": named.chat,
            "state": self.step.stuck.state.value,
            "outcome": self.step.fate.value,
            "to": way.account if way else None,
        }


@dataclass(frozen=True, slots=True)
class Move:
    """What moving comes to, or came to."""

    account: str
    choice: Choice
    lines: Sequence[Line]

    @property
    def counts(self) -> Counter[Fate]:
        return tally(line.step for line in self.lines)

    @property
    def to(self) -> Counter[str]:
        """How many deliveries go to which account."""
        return Counter(line.step.way.account for line in self.lines if line.step.way is not None)

    @property
    def to_be_made(self) -> int:
        """How many a person is to post in chats that are not there yet."""
        return sum(line.step.fate is Fate.BY_HAND and line.step.way is None for line in self.lines)

    @property
    def leaving(self) -> int:
        """How many the account never sends again."""
        return sum(line.step.fate in LEAVES for line in self.lines)

    @property
    def left(self) -> int:
        return len(self.lines) - self.leaving

    def as_dict(self) -> dict[str, Any]:
        """JSON keys."""
        counts = self.counts
        return {
            "account": self.account,
            "moved": counts[Fate.MOVED] + counts[Fate.BY_HAND],
            "closed": counts[Fate.CLOSED],
            "left": self.left,
            "to": dict(self.to),
            "deliveries": [line.as_dict() for line in self.lines],
        }


async def look(context: Context, account: str, choice: Choice, staff: Actor | None = None) -> Move:
    """What moving would come to now; changes nothing. Raises `Mistake`."""
    must_announce(staff)
    async with context.database.read() as connection:
        return await _plan(context, connection, account, choice, staff)


async def move(
    context: Context, account: str, choice: Choice, staff: Actor | None = None, *, by: str | None = None
) -> Move:
    """Have other chats take over what the account surely has not sent to areas within reach of `staff`. `by` names in
    the audit log who acts, where it is no person. Raises `Mistake`."""
    must_announce(staff)
    now = context.clock()
    async with context.database.write() as connection:
        await locks.hold_moves(connection)
        plan = await _plan(context, connection, account, choice, staff, lock=True)
        if plan.leaving:
            plan = replace(plan, lines=await _with_hands(connection, plan.lines))
            await moving.move(connection, [line.step for line in plan.lines], now)
            await audit.note(connection, at=now, actor=by or actor(staff), action="failover", subject=account,
                             moved=dict(plan.to), closed=plan.counts[Fate.CLOSED], left=plan.left)  # fmt: skip
    if plan.leaving:
        context.ring()
        for broadcast in {line.step.stuck.broadcast_id for line in plan.lines}:
            context.answered(broadcast)
    return plan


async def _plan(
    context: Context, connection: AsyncConnection, account: str, choice: Choice, staff: Actor | None, *,
    lock: bool = False,
) -> Move:  # fmt: skip
    down = {row.name: row.down_since is not None for row in await accounts.everything(connection)}
    known = set(chats.accounts(context))
    _must_be_known(account, {*down, *known} - AT_HOME)
    working = {name for name in known if not down.get(name)} - {account}
    if choice.to is not None:
        _must_be_known(choice.to, known)
        if choice.to == account:
            raise Mistake(phrase("failover.to_itself", account=account))
        if choice.to not in working:
            raise Mistake(phrase("failover.to_down", account=choice.to))
        choice = replace(choice, by_hand=choice.by_hand or choice.to == ASSISTED)
    under = staff.path if staff is not None else None
    if lock:
        await usage.lock(connection, working & quotas.limited(context).keys())
    found = await moving.stuck(connection, account, context.clock(), under=under, lock=lock)
    stuck = [one for one, _ in found]
    ways = await moving.ways(connection, {one.place_id for one in stuck}, working, {ASSISTED})
    siblings = await moving.siblings(connection, {one.broadcast_id for one in stuck}, account, working)
    taken = {(one.broadcast_id, one.chat_id) for one in siblings}
    room, costs = await quotas.room_for(context, connection, {one.broadcast_id for one in stuck}, working)
    steps = planned(stuck, ways, siblings, taken, choice, room, costs)
    names = await areas.names(connection) if found else {}
    lines = [Line(step, named, names[step.stuck.place_id]) for step, (_, named) in zip(steps, found, strict=True)]
    return Move(account, choice, lines)


async def _with_hands(connection: AsyncConnection, lines: Sequence[Line]) -> list[Line]:
    """Each with a chat to take over: those that a person is to post and that have none get one, in reserve."""
    made: dict[int, Way] = {}
    for line in lines:
        place = line.step.stuck.place_id
        if line.step.fate is Fate.BY_HAND and line.step.way is None and place not in made:
            chat = await chats.add_by_hand(connection, place, reserve=True)
            made[place] = Way(chat.id, chat.account, place, reserve=True, by_hand=True)
    return [
        replace(line, step=replace(line.step, way=made[line.step.stuck.place_id]))
        if line.step.fate is Fate.BY_HAND and line.step.way is None
        else line
        for line in lines
    ]


async def by_rule(context: Context) -> int:
    """What accounts with a `fallback_to` that have been down for long enough can't send goes there; returns how many
    deliveries that was. A step of the heartbeat."""
    async with context.database.read() as connection:
        down = {row.name: row.down_since for row in await accounts.everything(connection)}
    late, moved = context.clock() - context.settings.failover.after, 0
    for one in context.settings.accounts:
        since = down.get(one.name)
        if not one.fallback_to or since is None or since > late:
            continue
        try:
            moved += (await move(context, one.name, Choice(to=one.fallback_to), by=BY_RULE)).leaving
        except Mistake as mistake:  # the other one is down, too
            log.warning("%s", mistake.sentence, extra={"action": "failover_refused"})
    return moved


def _must_be_known(account: str, known: set[str]) -> None:
    if account not in known:
        names = ", ".join(sorted(known)) or phrase("mistake.accounts_none")
        raise NotFound(phrase("mistake.account_unknown", account=account, known=names))

"""What accounts' plans allow: nothing is announced that a plan has no room for, and who looks sees how much is left.

The platform has the last word: this count refuses new notices and never stops one that is on its way.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.channels import Limits
from announcements.mistakes import Mistake
from announcements.permissions import Permission
from announcements.phrases import phrase
from announcements.quotas import Level, Quota, period_of
from announcements.types import ChannelKind, Urgency
from bot.context import Context
from bot.office.actors import Actor
from db.announcing import fanout, letters, notices
from db.announcing.notices import BroadcastRow
from db.dispatch import summaries
from db.places import areas
from db.platforms import usage
from db.platforms.usage import Spent
from scheduler.broadcasts import TooFewLeft
from scheduler.messages import Messages

if TYPE_CHECKING:
    from bot.config.accounts import AccountSettings

log = logging.getLogger(__name__)


async def spent(context: Context, account: str, messages: int = 1, uploads: int = 0) -> None:
    """The platform took this beside what was announced: an answer, a word to staff. Never raises."""
    period = period_of(context.clock(), context.settings.commune.zone)
    try:
        await context.writer.submit(usage.spend, Spent(account, period, messages, uploads))
    except Exception:
        log.exception("what %s sent was not counted", account, extra={"action": "not_counted"})


def limited(context: Context) -> "dict[str, AccountSettings]":
    """Accounts with a known number of messages a month."""
    return {one.name: one for one in context.settings.accounts if one.most_messages_per_month is not None}


async def check(context: Context, connection: AsyncConnection, row: BroadcastRow) -> None:
    """Raises `TooFewLeft`, with the numbers, when an account has not enough messages left for this broadcast in the
    month it goes out. An emergency goes out as far as there is room, and what is left over waits for other chats."""
    accounts = limited(context)
    if not accounts or row.urgency is Urgency.EMERGENCY:
        return
    top = await areas.in_use(connection, await notices.audience_of(connection, row.announcement_id))
    chats = await fanout.chats_by_account(connection, [area.path for area in top], list(accounts))
    if not chats:
        return
    await usage.lock(connection, chats)
    now = context.clock()
    room = await left(context, connection, max(row.due_at, now), list(chats))
    for account, count in sorted(chats.items()):
        need = count * await _messages(context, connection, accounts[account], row.id)
        if need > room[account]:
            counts = phrase("quota.with_counts") if _tells_counts(context, accounts[account]) else ""
            left_over = max(0, room[account])
            raise TooFewLeft(phrase("quota.too_few", account=account, need=need, counts=counts, left=left_over))


async def left(context: Context, connection: AsyncConnection, at: datetime, names: list[str]) -> dict[str, int]:
    """How many messages accounts with a limit may still be asked to send in the month of `at`: what waits already
    counts as sent, and so do the counts that chats are yet to be told."""
    zone, accounts = context.settings.commune.zone, limited(context)
    chosen = [name for name in names if name in accounts]
    period = period_of(at, zone)
    used = await usage.of(connection, period)
    ahead = await _ahead(context, connection, chosen) if period == period_of(context.clock(), zone) else {}
    room = {}
    for name in chosen:
        taken = used[name].messages if name in used else 0
        room[name] = (accounts[name].most_messages_per_month or 0) - taken - ahead.get(name, 0)
    return room


async def _ahead(context: Context, connection: AsyncConnection, names: list[str]) -> dict[str, int]:
    """How many messages each of these accounts is bound to send."""
    accounts, waiting = limited(context), await usage.waiting(connection, names)
    counts = await summaries.ahead(connection, names, context.clock())
    found = {}
    for name in names:
        notices_ahead = [
            chats * await _messages(context, connection, accounts[name], broadcast)
            for broadcast, chats in waiting.get(name, {}).items()
        ]
        told_later = counts.get(name, 0) if _tells_counts(context, accounts[name]) else 0
        found[name] = sum(notices_ahead) + told_later
    return found


async def room_for(
    context: Context, connection: AsyncConnection, broadcasts: Collection[int], names: Collection[str]
) -> tuple[dict[str, int], dict[tuple[int, str], int]]:
    """What those of these accounts that have a limit may still be asked to send this month, and how many messages each
    broadcast is in one of their chats."""
    room = await left(context, connection, context.clock(), sorted(names)) if broadcasts else {}
    accounts = limited(context)
    costs = {
        (broadcast, name): await _messages(context, connection, accounts[name], broadcast)
        for name in room
        for broadcast in broadcasts
    }
    return room, costs


async def _messages(
    context: Context, connection: AsyncConnection, account: "AccountSettings", broadcast_id: int
) -> int:
    """How many messages a broadcast is in one chat of this account, with the count the chat is told later."""
    settings = context.settings
    words = Messages(
        context.database, account.name, ChannelKind(account.channel), _limits(account), settings.commune.zone,
        context.link, settings.uploads, settings.commune.name,
    ).words_of(await letters.letter(connection, broadcast_id))  # fmt: skip
    return len(words.parts) + len(words.files) + _tells_counts(context, account)


def _tells_counts(context: Context, account: "AccountSettings") -> bool:
    """Are its chats told how many have answered?"""
    return context.settings.summary.on(_limits(account)) is not None


def _limits(account: "AccountSettings") -> Limits:
    from bot.channels.registry import limits_of  # loads the platforms' libraries: only a limited account needs them

    return limits_of(ChannelKind(account.channel))


async def must_have_room(context: Context, connection: AsyncConnection, account: str) -> None:
    """Raises `Mistake` when the account's plan allows no further group."""
    most = next((one.most_groups for one in context.settings.accounts if one.name == account), None)
    if most is None:
        return
    await usage.lock(connection, [account])
    groups = (await usage.groups(connection)).get(account, usage.Standing()).groups
    if groups >= most:
        raise Mistake(phrase("quota.no_more_groups", account=account, most=most, groups=groups))


@dataclass(frozen=True, slots=True)
class Quotas:
    """What is used up of an account's plan this month."""

    messages: Quota
    uploads: Quota
    groups: Quota
    users: Quota

    @property
    def level(self) -> Level:
        """How near the end is. A plan whose groups are all in use is well chosen, and no trouble."""
        return max(self.messages.level, self.uploads.level, self.users.level)

    def warnings(self) -> list[str]:
        """A sentence for each limit that is near."""
        found = {"messages": self.messages, "uploads": self.uploads, "groups": self.groups, "users": self.users}
        return [
            phrase(f"near.{name}", used=quota.used, most=quota.most, left=quota.left)
            for name, quota in found.items()
            if quota.level
        ]


async def standing(
    context: Context, connection: AsyncConnection, *, count_people: bool = False
) -> Mapping[str, Quotas]:
    """Of every account of the configuration, by name. People are counted where a plan limits them, or when asked: it
    means reading all who are linked."""
    counted = count_people or any(one.most_users for one in context.settings.accounts)
    used = await usage.of(connection, period_of(context.clock(), context.settings.commune.zone))
    groups = await usage.groups(connection)
    people = await usage.people(connection) if counted else {}
    found = {}
    for one in context.settings.accounts:
        mine, chats = used.get(one.name, usage.Used()), groups.get(one.name, usage.Standing())
        found[one.name] = Quotas(
            Quota(mine.messages, one.most_messages_per_month),
            Quota(mine.uploads, one.most_uploads_per_month),
            Quota(chats.groups, one.most_groups),
            Quota(people.get(ChannelKind(one.channel), 0), one.most_users),
        )
    return found


@dataclass(frozen=True, slots=True)
class NearLimit:
    """An account whose plan runs out, in sentences."""

    account: str
    warnings: Sequence[str]


async def near(context: Context, connection: AsyncConnection, staff: Actor) -> list[NearLimit]:
    """Plans that run out, for those who can do something about it."""
    if not staff.may(Permission.MANAGE):
        return []
    plans = await standing(context, connection)
    return [NearLimit(name, plan.warnings()) for name, plan in plans.items() if plan.level]

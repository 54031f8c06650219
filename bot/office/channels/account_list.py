"""The accounts of the configuration: do they work, how much of their plans is used up, how many chats they serve."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from announcements.types import ChannelKind
from bot.context import Context
from bot.office.channels import quotas
from bot.office.channels.quotas import Quotas
from db.platforms import accounts, usage


@dataclass(frozen=True, slots=True)
class AccountLine:
    """`waiting` deliveries are yet to be sent. `reserve` of the chats in use only take over."""

    name: str
    channel: ChannelKind
    public_name: str
    down_since: datetime | None
    down_reason: str
    quotas: Quotas
    chats: int
    reserve: int
    waiting: int
    fallback_to: str

    def as_dict(self, local: Callable[[datetime], datetime]) -> dict[str, Any]:
        """JSON keys; times by the commune's clock."""
        plan = self.quotas
        return {
            "account": self.name,
            "channel": self.channel.value,
            "public_name": self.public_name,
            "works": self.down_since is None,
            "down_since": local(self.down_since).isoformat() if self.down_since else None,
            "down_reason": self.down_reason or None,
            "messages": plan.messages.used,
            "most_messages": plan.messages.most,
            "messages_left": plan.messages.left,
            "uploads": plan.uploads.used,
            "most_uploads": plan.uploads.most,
            "groups": plan.groups.used,
            "most_groups": plan.groups.most,
            "users": plan.users.used,
            "most_users": plan.users.most,
            "chats": self.chats,
            "reserve_chats": self.reserve,
            "waiting": self.waiting,
            "fallback_to": self.fallback_to or None,
            "warnings": plan.warnings(),
        }


async def listing(context: Context, *, count_people: bool = True) -> list[AccountLine]:
    """Every account of the configuration, in its order."""
    configured = context.settings.accounts
    async with context.database.read() as connection:
        known = {row.name: row for row in await accounts.everything(connection)}
        plans = await quotas.standing(context, connection, count_people=count_people)
        chats = await usage.groups(connection)
        waiting = await usage.waiting(connection, [one.name for one in configured])
    lines = []
    for one in configured:
        row, place = known.get(one.name), chats.get(one.name, usage.Standing())
        lines.append(
            AccountLine(
                one.name, ChannelKind(one.channel), row.public_name if row else "", row.down_since if row else None,
                row.down_reason if row else "", plans[one.name], place.groups, place.reserve,
                sum(waiting.get(one.name, {}).values()), one.fallback_to,
            )
        )  # fmt: skip
    return lines

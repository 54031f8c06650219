"""Those who run the office are told, once: that an account is down and what waits for it, that one gets no new token,
that a plan runs out.

A step of the heartbeat (`bot/app.py`), through `bot/tidings/telling.py`. The dashboard and `loa doctor` say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from announcements.permissions import Permission, may
from announcements.phrases import label, phrase
from announcements.quotas import period_of
from announcements.types import ChannelKind
from bot.context import Context
from bot.office.channels import account_list, account_tokens
from bot.office.channels.account_list import AccountLine
from bot.office.channels.reasons import reason_within
from bot.tidings.telling import tell_staff
from db.access import people
from db.announcing.fanout import ASSISTED

PATIENCE = timedelta(minutes=1)  # a slip of the line is nobody's alarm


@dataclass(slots=True)
class Alarms:
    """One per service. What was told stands in the tables; `_told` only spares asking them again."""

    context: Context
    _told: set[str] = field(default_factory=set)

    async def look(self) -> None:
        """Tell what is new since the last look."""
        lines = await account_list.listing(self.context, count_people=False)
        for key, text in [*self._down(lines), *await self._tokens(), *self._plans(lines)]:
            if key not in self._told:
                await tell_staff(self.context, await self._office(), text, key=key)
                self._told.add(key)

    def _down(self, lines: Sequence[AccountLine]) -> list[tuple[str, str]]:
        now, link, found = self.context.clock(), self.context.link("/"), []
        for line in lines:
            if line.down_since is None or now - line.down_since < PATIENCE:
                continue
            since = self.context.local(line.down_since)
            next_step = "alarm.by_rule" if line.fallback_to else "alarm.by_you"
            text = phrase("alarm.down", account=line.name, since=f"{since:%H:%M}", waiting=line.waiting,
                          reason=reason_within(line.down_reason),
                          next_step=phrase(next_step, to=_called(line.fallback_to), link=link))  # fmt: skip
            found.append((f"down:{line.name}:{line.down_since.isoformat()}", text))
        return found

    async def _tokens(self) -> list[tuple[str, str]]:
        found = []
        for one in await account_tokens.troubles(self.context):
            until = self.context.local(one.until) if one.until is not None else None
            when = phrase("alarm.token_until", until=f"{until:%H:%M %d/%m}") if until else phrase("alarm.token_now")
            text = phrase("alarm.token", account=one.account, when=when, reason=one.sentence)
            found.append((f"token:{one.account}:{one.since.isoformat()}", text))
        return found

    def _plans(self, lines: Sequence[AccountLine]) -> list[tuple[str, str]]:
        month = period_of(self.context.clock(), self.context.settings.commune.zone)
        return [
            (f"plan:{line.name}:{month}:{line.quotas.level.value}",
             phrase("alarm.plan", account=line.name, warnings="; ".join(line.quotas.warnings())))
            for line in lines
            if line.quotas.level
        ]  # fmt: skip

    async def _office(self) -> list[int]:
        """Those who manage the whole commune."""
        now = self.context.clock()
        async with self.context.database.read() as connection:
            everybody = [one for one in await people.everybody(connection, now) if one.active(now)]
        managers = [one for one in everybody if may(one.role, Permission.MANAGE)]
        widest = min((len(one.path) for one in managers), default=0)
        return [one.id for one in managers if len(one.path) == widest]


def _called(account: str) -> str:
    """An account as a sentence names it."""
    return label(ChannelKind.ASSISTED).lower() if account == ASSISTED else account

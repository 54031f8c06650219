"""What an Official Account was not told, because the machine or its address was away: asked for and stored.

A step of the account's ear (`bot/ears/zalo_oa.py`). The platform tells an event again for an hour only. What people
wrote after the last event that reached us is read from the groups in which a notice lately went out, and goes into the
inbox as the events would have: under the same ids, so that what is told after all is handled once.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from announcements.channels import ACCOUNT_IS_DOWN, ChannelError, Refused
from bot.channels.zalo_oa.events import event_of
from bot.context import Context
from bot.tidings.ways import Pace
from db.places import chats
from db.platforms import inbox
from db.platforms.inbox import RawUpdate

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=30)
FURTHEST = timedelta(days=3)  # back; older words answer nothing that is still open
LATELY = timedelta(days=7)  # a group whose last notice is older has nothing to answer


class Remembers(Protocol):
    """See `bot/channels/zalo_oa/history.py`."""

    async def since(self, group_id: str, after: datetime) -> list[dict[str, Any]]: ...


@dataclass(slots=True)
class AskingBack:
    """One for each account."""

    context: Context
    account: str
    history: Remembers
    _started_at: datetime = field(init=False)
    _asked_at: datetime | None = None
    _owed_since: datetime | None = None  # where an earlier look was broken off

    def __post_init__(self) -> None:
        self._started_at = self.context.clock()

    async def look(self) -> int:
        """Store what is missing, where it is time to ask; returns how much that was."""
        now = self.context.clock()
        if self._asked_at is not None and now - self._asked_at < EVERY:
            return 0
        # What is told right after a start, while the account is still being looked at, ends no silence before it.
        until = self._started_at if self._asked_at is None else now
        self._asked_at = now
        async with self.context.database.read() as connection:
            heard_at = await inbox.last_at(connection, self.account, until)
            groups = await chats.announced_in(connection, self.account, now - LATELY)
        if heard_at is None:  # an account that never heard anything has missed nothing
            return 0
        self._owed_since = max(self._owed_since or heard_at, now - FURTHEST)
        try:
            events = await self._missing(groups, self._owed_since)
        except ChannelError as error:
            log.info("%s: what was said meanwhile can't be asked for (%s)", self.account, type(error).__name__,
                     extra={"action": "not_asked_back"})  # fmt: skip
            return 0
        found = await self._store(events, now)
        self._owed_since = None
        return found

    async def _missing(self, groups: Sequence[str], since: datetime) -> list[dict[str, Any]]:
        """All of it before any is stored: the latest event that is kept says from when on something may be missing. A
        group that is refused by itself keeps nobody from the others."""
        events: list[dict[str, Any]] = []
        for group in groups:
            await self._turn(group)
            try:
                events += await self.history.since(group, since)
            except Refused as error:
                if error.reason in ACCOUNT_IS_DOWN:
                    raise
                log.info("%s: a group's past can't be asked for (%s)", self.account, error.reason,
                         extra={"action": "not_asked_back"})  # fmt: skip
        return events

    async def _turn(self, group: str) -> None:
        """Notices and answers share the account's allowance."""
        limiter = self.context.limiters.get(self.account)
        if limiter is not None:
            await Pace(limiter).turn(group)

    async def _store(self, events: list[dict[str, Any]], now: datetime) -> int:
        updates = []
        for event in events:
            text = json.dumps(event, separators=(",", ":"))
            updates.append(RawUpdate(self.account, event_of(event, text.encode()).key, text, now, event))
        stored = await self.context.writer.submit_all(inbox.store, updates)
        found = sum(one is not None for one in stored)
        if found:
            log.warning("%s: %d messages that no event told were asked for", self.account, found,
                        extra={"action": "asked_back"})  # fmt: skip
        return found

"""`/webhooks/{channel}/{account}`: what platforms push to us. Proved, stored, and only then answered.

A platform gives us two seconds and tells an event again until it is taken, so nothing but storing stands between the
event and its 200; whatever it means is the account's ear's business.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from announcements.types import ChannelKind
from bot.channels.registry import MECHANISMS
from bot.channels.webhook import Event, Foreign
from bot.context import Context
from db.platforms import accounts, inbox
from db.platforms.accounts import SignedOtherwise
from db.platforms.inbox import RawUpdate, Stored
from scheduler.upkeep import INBOX_KEPT

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)

# An event that was handled is forgotten after a while; by then a repetition must be too old to be believed.
OLDEST = INBOX_KEPT - timedelta(days=1)


@dataclass(slots=True)
class Webhooks:
    """Kept by the application. `handing` holds what is being handed over, so that nothing of it is lost on the way;
    `proved` are accounts whose latest event was signed as the configuration says."""

    context: Context
    proved: set[str] = field(default_factory=set)
    handing: set[asyncio.Task[None]] = field(default_factory=set)

    def hand_over(self, account: str, stored: Sequence[Stored]) -> None:
        task = asyncio.create_task(self._hand(account, stored))
        self.handing.add(task)
        task.add_done_callback(self.handing.discard)

    async def _hand(self, account: str, stored: Sequence[Stored]) -> None:
        try:
            await self.context.hear(account, stored)
        except Exception as failure:
            log.error("events of %s could not be handed over (%s); they wait in the inbox", account,
                      type(failure).__name__, extra={"action": "hand_over_failed"})  # fmt: skip

    async def is_proved(self, account: str) -> None:
        """What was noted about its signature is over."""
        if account not in self.proved:
            self.proved.add(account)
            await self.context.writer.submit(accounts.note_signature, SignedOtherwise(account, ""))

    async def refused(self, account: str, foreign: Foreign) -> None:
        log.warning("%s: an event was refused, nothing proves where it comes from%s", account,
                    f"; it is signed by {foreign.otherwise}" if foreign.otherwise else "",
                    extra={"action": "event_refused"})  # fmt: skip
        if foreign.otherwise:  # only the platform, or whoever has its secrets, can sign so
            self.proved.discard(account)
            await self.context.writer.submit(accounts.note_signature, SignedOtherwise(account, foreign.otherwise))


@router.post("/webhooks/{channel}/{account}")
async def take(request: Request, channel: str, account: str) -> Response:
    """200 once the event is committed, or had been before; 403, and nothing is touched, for whatever isn't proved."""
    webhooks: Webhooks = request.app.state.webhooks
    context = webhooks.context
    settings = next((one for one in context.settings.accounts if one.name == account), None)
    if settings is None or settings.channel != channel or not settings.takes_events:
        return Response(status_code=403)
    open_event = MECHANISMS[ChannelKind(channel)].open_event
    if open_event is None:
        return Response(status_code=403)
    try:
        event = open_event(settings, request.headers, await request.body())
    except Foreign as foreign:
        await webhooks.refused(account, foreign)
        return Response(status_code=403)
    await webhooks.is_proved(account)
    stored = await _store(context, account, event)
    if stored is not None:
        webhooks.hand_over(account, [stored])
    return Response(status_code=200)


async def _store(context: Context, account: str, event: Event) -> Stored | None:
    """None for an event that we had, or that is so old that we can't know whether we had it."""
    now = context.clock()
    if event.at is not None and event.at < now - OLDEST:
        log.warning("%s: an event of %s was told again and is left alone", account, f"{event.at:%Y-%m-%d}",
                    extra={"action": "event_too_old"})  # fmt: skip
        return None
    update = RawUpdate(account, event.key, _ascii(event.payload), now, event.payload)
    return await context.writer.submit(inbox.store, update)


def _ascii(payload: dict[str, Any]) -> str:
    """As ASCII JSON: half an emoji or a NUL, which people can send, would not go into a text column."""
    return json.dumps(payload, separators=(",", ":"))

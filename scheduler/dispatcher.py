"""The dispatcher of one account, one pass: claim, pace, send, settle.

A claim is committed before the network is touched, and only what pace and room allow is claimed: whatever dies with
this process was really on its way. Settlements share their commits (`db/writer.py`).
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from announcements.channels import Channel, ChannelError, Moved, Posted, Unsure
from announcements.deliveries import Decision, after_error
from announcements.types import DeliveryState
from db import accounts, chats, outbox
from db.engine import Database
from db.outbox import Claimed, Settlement
from db.writer import Writer
from scheduler.clock import Clock
from scheduler.limiter import Limiter
from scheduler.messages import Messages, Words

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_EVERY = 10.0  # seconds
IDLE = 5.0  # seconds between looks when nothing rings: another process may have queued something
ACCOUNT_REST = 60.0  # seconds an account that was refused as a whole is left alone before the next try
DRAIN = 25.0  # seconds given to what is in flight when stopping


@dataclass(slots=True)
class Dispatcher:
    """One per account. `lease` names this process; `ring()` wakes it."""

    account: str
    channel: Channel
    database: Database
    writer: Writer
    messages: Messages
    limiter: Limiter
    lease: str
    clock: Clock
    monotonic: Callable[[], float] = time.monotonic
    _flying: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """There may be work."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then settle what is in flight."""
        renewing = asyncio.create_task(self._renew(), name=f"renew {self.account}")
        try:
            while not stop.is_set():
                try:
                    await self._round()
                except Exception:  # the database may be away for a moment; the loop must outlive that
                    log.exception("dispatching for %s failed; trying again", self.account,
                                  extra={"action": "dispatch_failed"})  # fmt: skip
                    await asyncio.sleep(1.0)
        finally:
            await self.drain()
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing

    async def _round(self) -> None:
        self._wake.clear()
        room = self._room()
        if room and await self.step(room) >= room:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), await self._pause(room))

    def _room(self) -> int:
        """How many may be claimed: what pace allows and what isn't in flight, but no crumbs while most are flying."""
        most = self.channel.limits.concurrency
        free = most - len(self._flying)
        if free < max(1, most // 8):
            return 0
        return min(free, self.limiter.free(self.monotonic()))

    async def _pause(self, room: int) -> float:
        """Seconds to sleep unless woken: until pace allows more, or until the next delivery is due."""
        if not room:
            return 1.0 / self.limiter.per_second if len(self._flying) < self.channel.limits.concurrency else IDLE
        async with self.database.read() as connection:
            due = await outbox.next_at(connection, self.account)
        if due is None:
            return IDLE
        return min(IDLE, max(0.005, (due - self.clock()).total_seconds()))

    async def step(self, room: int) -> int:
        """Claim at most `room` deliveries and start sending them; returns how many."""
        now = self.clock()
        intent = outbox.Claim(self.account, self.lease, now, now + LEASE, room)
        claimed = await self.writer.submit(outbox.claim, intent)
        for one in claimed:
            task = asyncio.create_task(self._deliver(one), name=f"delivery {one.id}")
            self._flying[one.id] = task
            task.add_done_callback(partial(self._landed, one.id))
        return len(claimed)

    def _landed(self, delivery: int, _task: asyncio.Task[None]) -> None:
        self._flying.pop(delivery, None)
        self._wake.set()

    async def drain(self) -> None:
        """Wait for what is in flight and its settlement."""
        if self._flying:
            await asyncio.wait(list(self._flying.values()), timeout=DRAIN)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            if self._flying:
                until = self.clock() + LEASE
                with suppress(Exception):  # a missed renewal is made good by the next; the lease is three times as long
                    await self.writer.submit(outbox.renew, outbox.Renewal(tuple(self._flying), self.lease, until))

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            settlement = await self._attempt(claimed)
            await self.writer.submit(outbox.settle, settlement)
        except Exception:
            log.exception("delivery %d could not be settled; its lease will run out", claimed.id,
                          extra={"action": "settle_failed"})  # fmt: skip

    async def _attempt(self, claimed: Claimed) -> Settlement:
        words = await self.messages.words(claimed.broadcast_id)
        message = self.messages.message(words, claimed)
        wait = self.limiter.take(claimed.address, self.monotonic(), message.pieces)
        if wait > 0.0:
            return self._again(claimed, wait)
        try:
            posted = await self._send(claimed, words)
        except ChannelError as error:
            return await self._failed(claimed, words, error)
        except Exception as error:
            log.exception("sending delivery %d broke", claimed.id, extra={"action": "send_broke"})
            return await self._failed(claimed, words, Unsure(type(error).__name__))
        self.messages.learn(posted.uploaded)
        if claimed.chat_was_lost:
            await self.writer.submit(chats.note_health, chats.Health(claimed.chat_id, "", self.clock()))
        return self._sent(claimed, posted)

    async def _send(self, claimed: Claimed, words: Words) -> Posted:
        try:
            return await self.channel.send(claimed.address, self.messages.message(words, claimed))
        except Moved as error:
            move = chats.Move(self.account, claimed.address, error.new_address)
            await self.writer.submit(chats.move, move)
            there = replace(claimed, address=error.new_address, done=error.done or claimed.done)
            return await self.channel.send(error.new_address, self.messages.message(words, there))

    def _sent(self, claimed: Claimed, posted: Posted) -> Settlement:
        return Settlement(
            claimed.id,
            self.lease,
            DeliveryState.SENT,
            self.clock(),
            posted=posted.message_ids,
            button_id=posted.button_id,
            shown=claimed.received,
            uploaded=posted.uploaded,
            account=self.account,
        )

    def _again(self, claimed: Claimed, wait: float) -> Settlement:
        now = self.clock()
        return Settlement(claimed.id, self.lease, DeliveryState.QUEUED, now, next_at=_in(now, wait), give_back=True,
                          posted=claimed.done)  # fmt: skip

    async def _failed(self, claimed: Claimed, words: Words, error: ChannelError) -> Settlement:
        decision = after_error(error, words.urgency, claimed.attempts)
        await self._take_to_heart(claimed, error, decision)
        now = self.clock()
        log.info("delivery %d: %s, now %s", claimed.id, type(error).__name__, decision.to,
                 extra={"action": "send_failed"})  # fmt: skip
        return Settlement(
            claimed.id,
            self.lease,
            decision.to,
            now,
            next_at=_in(now, decision.wait) if decision.to is DeliveryState.QUEUED else None,
            give_back=decision.give_back,
            posted=error.done or claimed.done,
            error=f"{type(error).__name__}: {error.detail}" if error.detail else type(error).__name__,
        )

    async def _take_to_heart(self, claimed: Claimed, error: ChannelError, decision: Decision) -> None:
        """What an error says beyond this one delivery: about the pace, the chat, the account."""
        if decision.give_back:
            self._slow_down(claimed, decision.wait, error)
        if decision.chat_lost is not None:
            health = chats.Health(claimed.chat_id, decision.chat_lost.value, self.clock())
            await self.writer.submit(chats.note_health, health)
        if decision.account_down is not None:
            self.limiter.pause(ACCOUNT_REST, self.monotonic())
            down = accounts.Health(self.account, self.clock(), decision.account_down.value)
            await self.writer.submit(accounts.note_health, down)

    def _slow_down(self, claimed: Claimed, seconds: float, error: ChannelError) -> None:
        if getattr(error, "scope", None) == "account":
            self.limiter.pause(seconds, self.monotonic())
        else:
            self.limiter.slow_down(claimed.address, seconds, self.monotonic())


def _in(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)

"""The dispatcher of one account, one pass: claim, pace, send, settle.

A claim is committed before the network is touched, and only what pace and room allow is claimed: whatever dies with
this process was on its way, or next in line for a hand that comes free. Settlements share their commits
(`db/writer.py`), and a delivery that only waits for its own holds no hand.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from announcements.backoff import ACCOUNT_REST
from announcements.channels import Channel, ChannelError, Message, Moved, Posted, SlowDown, TryLater, Unsure
from announcements.deliveries import after_error
from db import outbox
from db.engine import Database
from db.outbox import Claimed
from db.places import chats
from db.writer import Writer
from scheduler.clock import Clock
from scheduler.limiter import Limiter
from scheduler.messages import Messages
from scheduler.outcomes import Outcome, Outcomes
from scheduler.pulse import Pulse
from scheduler.records import Records

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW_EVERY = 10.0  # seconds
IDLE = 5.0  # seconds between looks when nothing rings: another process may have queued something
LISTEN_AGAIN = 10.0  # seconds between questions to a platform that does not answer
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
    summary_after: timedelta | None = None  # how long after a notice its chat is told the count; None: never
    _flying: dict[int, asyncio.Task[None]] = field(default_factory=dict)  # claimed, and not yet settled
    _unpaced: set[int] = field(default_factory=set)  # of these: not yet counted by the limiter
    _unsent: set[int] = field(default_factory=set)  # of these: no answer yet
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _hands: asyncio.Semaphore = field(init=False)
    _outcomes: Outcomes = field(init=False)
    _pulse: Pulse = field(init=False)
    _book: Records = field(init=False)
    _account_down: bool = False
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._hands = asyncio.Semaphore(self.channel.limits.concurrency)
        self._outcomes = Outcomes(self.account, self.lease, self.clock, self.channel.limits.by_hand, self.messages.zone,
                                  self.summary_after)  # fmt: skip
        self._pulse = Pulse(self.channel)
        self._book = Records(self.account, self.writer)

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
            self._stopping = True
            await self.drain()
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing

    async def _round(self) -> None:
        self._wake.clear()
        if self._pulse.lost and not await self.listen():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LISTEN_AGAIN)
            return
        room = self.room()
        if room and await self.step(room) >= room:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), await self._pause(room))

    async def listen(self) -> bool:
        """Does the platform answer again? Then one delivery goes first."""
        reason = await self._pulse.returns()
        if reason:
            await self._book.note(*self._outcomes.down(reason, by_sending=False))
        return not reason

    def _seats(self) -> int:
        """How many more may be claimed at most: a hand for each, and a quarter more, so that no hand that comes free
        waits for the commit of a claim. No crumbs while most are taken."""
        hands = self.channel.limits.concurrency
        free = hands + hands // 4 - len(self._unsent)
        return free if free >= max(1, hands // 8) else 0

    def room(self) -> int:
        """How many may be claimed: what pace allows, less what was claimed and has not taken its turn yet; just one to
        try with while the account as a whole is refused."""
        room = max(0, min(self._seats(), self.limiter.free(self.monotonic()) - len(self._unpaced)))
        return min(room, 0 if self._unsent else 1) if self._account_down else room

    async def _pause(self, room: int) -> float:
        """Seconds to sleep unless woken: until a landing, until pace allows more, or until the next delivery is due."""
        if not self._seats():
            return IDLE
        if not room:
            return min(IDLE, max(1.0 / self.limiter.per_second, self.limiter.rest(self.monotonic())))
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
            self._unpaced.add(one.id)
            self._unsent.add(one.id)
            task.add_done_callback(partial(self._settled, one.id))
        return len(claimed)

    def _answered(self, delivery: int) -> None:
        self._unpaced.discard(delivery)
        self._unsent.discard(delivery)
        if self._seats():
            self._wake.set()

    def _settled(self, delivery: int, _task: asyncio.Task[None]) -> None:
        self._flying.pop(delivery, None)
        self._answered(delivery)

    async def drain(self) -> None:
        """Wait for what is in flight and for its settlement."""
        if self._flying:
            await asyncio.wait(list(self._flying.values()), timeout=DRAIN)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            await self.renew()

    async def renew(self) -> None:
        """Keep the leases of what is in flight. A missed renewal is made good by the next: a lease lasts for three."""
        if self._flying:
            await self._book.note(outbox.renew, outbox.Renewal(tuple(self._flying), self.lease, self.clock() + LEASE))

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            async with self._hands:
                outcome = await self._attempt(claimed)
            self._answered(claimed.id)
            await self._book.settle(outcome.settlement)
        except Exception:
            log.exception("delivery %d could not be settled; its lease will run out", claimed.id,
                          extra={"action": "settle_failed"})  # fmt: skip
            return
        for apply, intent in outcome.notes:
            await self._book.note(apply, intent)

    async def _attempt(self, claimed: Claimed) -> Outcome:
        if self._stopping:
            return self._outcomes.again(claimed, 0.0)
        try:
            words = await self.messages.words(claimed.broadcast_id)
            message = self.messages.message(words, claimed)
        except Exception as error:  # surely not sent
            log.exception("delivery %d could not be put into words", claimed.id, extra={"action": "words_failed"})
            return self._failed(claimed, TryLater(type(error).__name__))
        self._unpaced.discard(claimed.id)
        wait = self.limiter.take(claimed.address, self.monotonic(), message.pieces)
        if wait > 0.0:
            return self._outcomes.again(claimed, wait)
        try:
            posted = await self._send(claimed, message)
        except ChannelError as error:
            return self._heard(claimed, error)
        except Exception as error:
            log.exception("sending delivery %d broke", claimed.id, extra={"action": "send_broke"})
            return self._failed(claimed, Unsure(type(error).__name__))
        self._pulse.beat()
        self.messages.learn(posted.uploaded)
        was_down, self._account_down = self._account_down, False
        return self._outcomes.sent(claimed, posted, account_was_down=was_down)

    async def _send(self, claimed: Claimed, message: Message) -> Posted:
        try:
            return await self.channel.send(claimed.address, message)
        except Moved as error:
            move = chats.Move(self.account, claimed.address, error.new_address, self.clock())
            await self._book.note(chats.move, move)
            return await self.channel.send(error.new_address, replace(message, done=error.done or message.done))

    def _heard(self, claimed: Claimed, error: ChannelError) -> Outcome:
        """What an error says of the platform, and what becomes of the delivery."""
        outcome = self._failed(claimed, error)
        if self._pulse.failed(claimed.address, error):
            self._account_down = True
            if self._pulse.returned:  # it says its name and takes no message: an attempt now and then
                self.limiter.pause(ACCOUNT_REST, self.monotonic())
            down = self._outcomes.down(error.detail or type(error).__name__)
            return replace(outcome, notes=(*outcome.notes, down))
        return outcome

    def _failed(self, claimed: Claimed, error: ChannelError) -> Outcome:
        decision = after_error(error, claimed.urgency, claimed.attempts)
        if isinstance(error, SlowDown):
            self.limiter.obey(claimed.address, error, self.monotonic())
        if decision.account_down is not None:
            self._account_down = True
            self.limiter.pause(ACCOUNT_REST, self.monotonic())
        log.info("delivery %d: %s, now %s", claimed.id, type(error).__name__, decision.to,
                 extra={"action": "send_failed"})  # fmt: skip
        return self._outcomes.failed(claimed, error, decision)

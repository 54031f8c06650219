"""What comes in: for each account that hears a receiver, a desk that handles what it stored, and a look at its health.

Run by `bot/app.py`. The receiver waits for storing and for nothing else, unless more presses come than can be recorded.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping

from announcements.channels import ChannelError
from announcements.types import ChannelKind
from bot.channels.registry import Account
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import TelegramChannel
from bot.context import Context
from bot.conversations import Conversations, menu, outages
from bot.desk import Desk
from db import accounts

log = logging.getLogger(__name__)

CHECK_EVERY = 60.0  # seconds between looks at an account's health
RECHECK_EVERY = 5.0  # the same while it does not work


class Inbound:
    """Every account that hears, until told to stop."""

    def __init__(self, context: Context, accounts: Mapping[str, Account]) -> None:
        self._context = context
        self._desks: list[Desk] = []
        kinds: dict[ChannelKind, list[Account]] = defaultdict(list)
        for account in accounts.values():
            kinds[account.kind].append(account)
        for account in kinds[ChannelKind.TELEGRAM]:
            channel = account.channel
            if isinstance(channel, TelegramChannel):
                talk = Conversations(context, account.name, account.kind, channel)
                self._desks.append(Desk(context, account, channel, talk))

    async def run(self, stop: asyncio.Event) -> None:
        await asyncio.gather(*(self._serve(desk, stop) for desk in self._desks))

    async def _serve(self, desk: Desk, stop: asyncio.Event) -> None:
        look = asyncio.Event()  # sooner than it is time
        checking = asyncio.create_task(self._check(desk, stop, look), name=f"check {desk.account.name}")
        while not stop.is_set():
            receiver = Receiver(desk.account.name, desk.channel, self._context.writer, self._context.clock,
                                desk.handle, on_outage=look.set)  # fmt: skip
            await receiver.run(stop)
            await _pause(
                stop, seconds=CHECK_EVERY
            )  # the token was refused: a mended one comes with a restart, a slip passes
        await checking
        await desk.settle()

    async def _check(self, desk: Desk, stop: asyncio.Event, look: asyncio.Event) -> None:
        """Learn the account's public name, keep an eye on whether it works, take up what was left lying, and tell of
        what was lost."""
        while not stop.is_set():
            fine = False
            try:
                fine = await self._look_at(desk)
                await desk.catch_up()
                await outages.tell(self._context, desk.account.name, desk.account.kind, desk.channel)
            except Exception:  # the database may be away for a moment
                log.exception("checking %s failed; trying again", desk.account.name, extra={"action": "check_failed"})
            await _pause(stop, look, seconds=CHECK_EVERY if fine else RECHECK_EVERY)
            look.clear()

    async def _look_at(self, desk: Desk) -> bool:
        reason = ""
        try:
            known = desk.presses.public_name
            desk.presses.public_name = (await desk.channel.health()).removeprefix("@")
            if not known:
                await menu.offer(desk.channel, menu.of_residents())
        except ChannelError as error:
            reason = error.detail or type(error).__name__
            log.warning("account %s does not answer: %s", desk.account.name, reason,
                        extra={"action": "account_down"})  # fmt: skip
        health = accounts.Health(desk.account.name, self._context.clock(), reason, desk.presses.public_name)
        await self._context.writer.submit(accounts.note_health, health)
        return not reason


async def _pause(*until: asyncio.Event, seconds: float) -> None:
    """Sleep for `seconds`, or until one of these happens."""
    waiting = [asyncio.create_task(one.wait()) for one in until]
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

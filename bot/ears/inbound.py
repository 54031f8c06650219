"""What comes in: every account that hears has an ear, which is run here and looked at.

Run by `bot/app.py`. Webhooks hand over what they stored by `hear`.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from announcements.channels import ChannelError, Refused
from bot.channels.accounts import Account
from bot.context import Context
from bot.ears.opening import open_ear
from bot.ears.ports import Ear
from db.platforms import accounts
from db.platforms.inbox import Stored

log = logging.getLogger(__name__)

CHECK_EVERY = 60.0  # seconds between looks at an account's health
RECHECK_EVERY = 5.0  # the same while it does not work


class Inbound:
    """Every account that hears, until told to stop."""

    def __init__(self, context: Context, accounts: Mapping[str, Account]) -> None:
        self._context = context
        ears = [open_ear(context, account) for account in accounts.values()]
        self._ears = {ear.account: ear for ear in ears if ear is not None}

    async def run(self, stop: asyncio.Event) -> None:
        await asyncio.gather(*(self._serve(ear, stop) for ear in self._ears.values()))

    async def hear(self, account: str, stored: Sequence[Stored]) -> None:
        """Hand updates of `account` that are in the inbox to its ear. Of an account without one they stay there."""
        ear = self._ears.get(account)
        if ear is not None:
            await ear.handle(stored)

    async def _serve(self, ear: Ear, stop: asyncio.Event) -> None:
        checking = asyncio.create_task(self._check(ear, stop), name=f"check {ear.account}")
        while not stop.is_set():
            await ear.listen(stop)
            # The account was refused as a whole: a mended one comes with a restart, a slip of the platform passes.
            await _pause(stop, seconds=CHECK_EVERY)
        await checking
        await ear.settle()

    async def _check(self, ear: Ear, stop: asyncio.Event) -> None:
        """Learn the account's public name, keep an eye on whether it works, take up what was left lying."""
        while not stop.is_set():
            fine = False
            try:
                fine = await self._look_at(ear)
                await ear.catch_up()
            except Exception:  # the database may be away for a moment
                log.exception("checking %s failed; trying again", ear.account, extra={"action": "check_failed"})
            await _pause(stop, ear.look_sooner, seconds=CHECK_EVERY if fine else RECHECK_EVERY)
            ear.look_sooner.clear()

    async def _look_at(self, ear: Ear) -> bool:
        name = reason = ""
        try:
            name = await ear.look()
        except ChannelError as error:
            detail = error.detail or type(error).__name__
            log.warning("account %s does not answer: %s", ear.account, detail, extra={"action": "account_down"})
            reason = error.reason.value if isinstance(error, Refused) else detail
        health = accounts.Health(ear.account, self._context.clock(), reason, name)
        await self._context.writer.submit(accounts.note_health, health)
        return not reason


async def _pause(*until: asyncio.Event, seconds: float) -> None:
    """Sleep for `seconds`, or until one of these happens."""
    waiting = [asyncio.create_task(one.wait()) for one in until]
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

"""The incoming side of one Official Account: events come by webhook, and what they did not tell is asked for. What
they say of groups is written down here, what people said is the desk's. Made by `opening`.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.channels.zalo_oa import changes
from bot.channels.zalo_oa.events import is_known, read_change
from bot.channels.zalo_oa.sender import ZaloOaChannel
from bot.context import Context
from bot.ears.asking_back import AskingBack
from bot.ears.ports import Handler
from db.platforms import inbox
from db.platforms.inbox import Stored

log = logging.getLogger(__name__)


@dataclass(slots=True)
class OaEar:
    """An `Ear`."""

    context: Context
    account: str
    oa_id: str
    channel: ZaloOaChannel
    desk: Handler
    asking_back: AskingBack
    look_sooner: asyncio.Event = field(default_factory=asyncio.Event)
    _asking: asyncio.Task[None] | None = None

    async def listen(self, stop: asyncio.Event) -> None:
        await stop.wait()

    async def look(self) -> str:
        """Also what keeps the tokens fresh while nothing is sent."""
        return (await self.channel.health()).name

    async def handle(self, stored: Sequence[Stored]) -> None:
        """Changes first: they may be told twice, so that what fails here can be left to the next look."""
        await self._write_down(stored)
        await self.desk.handle(stored)

    async def catch_up(self) -> None:
        seen = 0
        while left := await self._left(seen):
            seen = left[-1].id
            await self._write_down(left)
        await self.desk.catch_up()
        if self._asking is None or self._asking.done():  # beside the looks: it waits for its turn behind notices
            self._asking = asyncio.create_task(self._ask_back(), name=f"ask back {self.account}")

    async def _ask_back(self) -> None:
        try:
            if await self.asking_back.look():
                await self.desk.catch_up()
        except Exception:  # the database may be away for a moment
            log.exception("%s: asking back failed; trying again", self.account, extra={"action": "asking_back_failed"})

    async def settle(self) -> None:
        """What is being asked for is let go: nothing of it is stored yet, and the next start asks again."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        await self.desk.settle()

    async def _left(self, after: int) -> list[Stored]:
        async with self.context.database.read() as connection:
            return await inbox.waiting(connection, self.account, after=after)

    async def _write_down(self, stored: Sequence[Stored]) -> None:
        for one in stored:
            payload = _payload(one)
            change = read_change(payload)
            if change is not None and change.oa not in {"", self.oa_id}:
                log.warning("%s: an event of another Official Account is left alone", self.account,
                            extra={"action": "event_of_another"})  # fmt: skip
            elif change is not None:
                log.info("%s: a group or the account is %s now", self.account, change.what,
                         extra={"action": "group_changed"})  # fmt: skip
                await changes.apply(self.context, self.account, change)
                self.look_sooner.set()
            elif not is_known(payload):
                log.info("%s: an event of a kind nobody knows here", self.account, extra={"action": "event_unknown"})


def _payload(stored: Stored) -> Mapping[str, Any]:
    payload = stored.decoded if stored.decoded is not None else json.loads(stored.payload)
    return payload if isinstance(payload, Mapping) else {}

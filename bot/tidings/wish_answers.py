"""Telling people without a card what became of their wish, where they wished it.

The words are kept with the decision by `bot/office/homes/wishes.py`, whichever process that is in; `say_decided` says
them in the service, each at most once.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence

from announcements.types import ChannelKind
from bot.context import Context
from bot.tidings.ways import Way, tell_first
from db.links import wishes
from db.links.wishes import ToSay

log = logging.getLogger(__name__)

AT_ONCE = 50


async def say_decided(context: Context, ways: Sequence[Way]) -> int:
    """Say what waits, each channel in its own line; returns how many there were."""
    by_kind: dict[ChannelKind, list[Way]] = defaultdict(list)
    for way in ways:
        by_kind[way.kind].append(way)
    async with context.database.read() as connection:
        found = await wishes.to_say(connection, list(by_kind), context.clock(), AT_ONCE)
    lines: dict[ChannelKind, list[ToSay]] = defaultdict(list)
    for one in found:
        lines[one.channel].append(one)
    await asyncio.gather(*(_line(context, by_kind[kind], line) for kind, line in lines.items()))
    return len(found)


async def _line(context: Context, ways: Sequence[Way], line: Sequence[ToSay]) -> None:
    for one in line:
        try:
            await _say(context, ways, one)
        except Exception:
            log.exception("what became of a wish could not be said", extra={"action": "saying_failed"})


async def _say(context: Context, ways: Sequence[Way], one: ToSay) -> None:
    async with context.database.write() as connection:
        if not await wishes.begin(connection, one, context.clock()):
            return
    wait = await tell_first([(way, one.external_id) for way in ways], one.text)
    if wait is not None:
        async with context.database.write() as connection:
            await wishes.again(connection, one, context.clock() + wait)

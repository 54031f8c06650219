"""Pace: decisions a second of our limiter and of `AIORateLimiter`, with few and with many chats within the window.

No network and no waiting. Our clock moves so that each chat has ten messages in its minute, half of what it may have.
The peer looks through all its live groups at each decision once there are more than 512, which is why it is not asked
about as many.
"""

import asyncio
import random
from functools import partial
from typing import Any

from benchmarks.measuring import Sample, as_dict, measured, paired, table
from scheduler.limiter import WINDOW, Limiter

FEW, SOME, MANY = 500, 2_000, 800_000
UNLIMITED = 1e9  # messages a second
A_CHAT = 20  # messages a minute


def run(*, quick: bool = False) -> dict[str, Any]:
    """Keys: contender and chats; values: `per_second` decisions."""
    few, some, many, ours_makes, peer_makes = (
        (50, 600, 5_000, 2_000, 100) if quick else (FEW, SOME, MANY, 200_000, 1_000)
    )
    contenders = {
        **{f"ours, {chats:,} chats": partial(ours, chats, ours_makes) for chats in (few, some, many)},
        **{f"AIORateLimiter, {chats:,} chats": partial(ptb, chats, peer_makes) for chats in (few, some)},
    }
    samples = paired(contenders, 1 if quick else 3)
    table(
        "Pace: decisions a second",
        ["", "per second", "µs each"],
        [[name, one.rate, one.cpu_us] for name, one in samples.items()],
    )
    return as_dict(samples)


def _chats(count: int, decisions: int) -> list[str]:
    chance = random.Random(7)
    return [f"-100{chance.randrange(count)}" for _ in range(decisions)]


def ours(count: int, decisions: int) -> Sample:
    """`take` as the dispatcher calls it, with every chat written to within the minute before."""
    limiter = Limiter(UNLIMITED, A_CHAT, 0.0)
    step = WINDOW / (count * A_CHAT / 2)
    for chat in range(count):
        limiter.take(f"-100{chat}", chat * step)
    asked = _chats(count, decisions)
    with measured(decisions) as sample:
        for number, chat in enumerate(asked, start=count):
            limiter.take(chat, number * step)
    return sample


def ptb(count: int, decisions: int) -> Sample:
    """`process_request` around a call that answers at once. An hour's window keeps all groups live for the run."""
    from telegram.ext import AIORateLimiter

    async def go() -> Sample:
        limiter = AIORateLimiter(UNLIMITED, 1.0, group_max_rate=1_000, group_time_period=3_600)
        await limiter.initialize()

        async def decide(chat: str) -> None:
            await limiter.process_request(_answer, (), {}, "sendMessage", {"chat_id": chat}, None)

        for chat in range(count):
            await decide(f"-100{chat}")
        asked = _chats(count, decisions)
        with measured(decisions) as sample:
            for chat in asked:
                await decide(chat)
        return sample

    return asyncio.run(go())


async def _answer() -> bool:
    return True

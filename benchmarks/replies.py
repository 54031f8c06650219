"""Answers in words: durable replies a second on SQLite with full synchronisation, from a stored message to its count.

Ours twice: through the desk, each message stored on its own as webhooks bring them, with 64 in flight; and the same
replies handed to the writer without desk and reading, which is what the database's part costs. Beside them our own
statements with a commit for each reply. Everything counts: reading the words, finding notice and household, counters.
"""

import asyncio
import random
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from announcements.answers import read_answer
from announcements.channels import Hears, Limits
from announcements.hearing import Heard
from announcements.types import ChannelKind
from benchmarks.durable import IN_FLIGHT, in_flight, one_by_one, prepared, writing
from benchmarks.measuring import Sample, as_dict, measured, paired, table, times
from benchmarks.places import ACCOUNT, FIRST_PERSON, NOW, Size
from bot.channels.accounts import Account
from bot.config import Settings
from bot.context import Context
from bot.replies.desk import HearingDesk
from db.answering import replies
from db.answering.replies import Reply
from db.platforms import inbox
from db.platforms.inbox import RawUpdate

SIZE = Size(villages=40, groups=400, households=20_000)
# Of what people write under notices most is short and much the same.
SAID = (
    "đã nhận",
    "Da nhan a",
    "dạ nhà em nhận được rồi ạ",
    "ok",
    "Đã rõ",
    "vâng ạ",
    "nhà tôi đã xem",
    "mấy giờ họp vậy?",
)


def run(*, quick: bool = False) -> dict[str, Any]:
    """Keys: a contender; values: `per_second`, `cpu_us` per reply, `commits` per reply."""
    size = Size(4, 36, 1_490) if quick else SIZE
    many, few = (500, 50) if quick else (10_000, 500)
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        template = Path(folder) / "template.db"
        code = prepared(template, size)
        contenders = {
            "heard": partial(heard, template, size, code, many),
            "intents": partial(intents, template, size, code, many),
            "a commit each": partial(_one_by_one, template, size, code, few),
        }
        samples = paired(contenders, 1 if quick else 3)
    names = {
        "heard": f"stored one by one, read, recorded; {IN_FLIGHT} in flight ({many:,})",
        "intents": f"recorded only, {IN_FLIGHT} in flight ({many:,})",
        "a commit each": f"the same statements, a commit for each ({few:,})",
    }
    table(
        "Answers in words: durable replies on SQLite, synchronous=FULL",
        ["", "per second", "CPU µs", "commits/reply", "x a commit each"],
        [
            [names[name], one.rate, one.cpu_us, one.more["commits"], times(one, samples["a commit each"])]
            for name, one in samples.items()
        ],
    )
    return as_dict(samples)


def messages(size: Size, announcement: str, count: int, *, seed: int = 7) -> Iterator[Heard]:
    """`count` messages of random households into their groups' chats, every third with the notice's code."""
    chance = random.Random(seed)
    for number in range(count):
        household = chance.randint(1, size.households)
        text = chance.choice(SAID) + (f" {announcement}" if number % 3 == 0 else "")
        yield Heard(f"m{number}", size.address_of(household), str(FIRST_PERSON + household), False, text, "Lan")


def _replies(size: Size, broadcast: str, count: int) -> list[Reply]:
    announcement = broadcast.partition(".")[0]
    return [
        Reply(ACCOUNT, ChannelKind.TELEGRAM, one, read_answer(one.text), NOW, addressed=True)
        for one in messages(size, announcement, count)
    ]


class _Deaf:
    """As much of a channel as a desk looks at; says nothing."""

    limits = Limits(2_000, hears=Hears.EVERYTHING)

    async def say(self, address: str, text: str) -> None: ...


def _read(payload: Mapping[str, Any]) -> Heard:
    return Heard(**payload)


def heard(template: Path, size: Size, code: str, count: int) -> Sample:
    """The whole way in, as webhooks bring it: each message committed to the inbox before anything else."""

    async def go() -> Sample:
        channel = _Deaf()
        raw = [
            {name: getattr(one, name) for name in Heard.__slots__}
            for one in messages(size, code.partition(".")[0], count)
        ]
        async with writing(template, "heard") as (database, writer):
            context = Context(Settings(), database, writer, b"", clock=lambda: NOW)
            account = Account(ACCOUNT, ChannelKind.TELEGRAM, cast(Any, channel))
            desk = HearingDesk(context, account, channel, _read)
            await desk.catch_up()  # as at the start of the service
            waiting = iter(raw)

            async def deliver() -> None:
                for one in waiting:
                    update = RawUpdate(ACCOUNT, str(one["message_id"]), "{}", NOW, decoded=one)
                    stored = await writer.submit(inbox.store, update)
                    await desk.handle([stored] if stored is not None else [])

            with measured(count) as sample:
                await asyncio.gather(*(deliver() for _ in range(IN_FLIGHT)))
                await desk.settle()
        sample.more["commits"] = writer.commits / count
        return sample

    return asyncio.run(go())


def intents(template: Path, size: Size, code: str, count: int) -> Sample:
    """What the writer is handed, without storing and reading."""
    return in_flight(template, "intents", replies.reply, _replies(size, code, count))


def _one_by_one(template: Path, size: Size, code: str, count: int) -> Sample:
    return one_by_one(template, replies.reply, _replies(size, code, count))

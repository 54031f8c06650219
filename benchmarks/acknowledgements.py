"""Acknowledgements: durable presses a second on SQLite with full synchronisation, counters and duplicates included.

Ours twice: as polling brings them (a hundred updates, stored, then recorded: two commits) and as single intents with 64
in flight. Beside them our own statements with a commit for each press, and what a bot usually does: python-telegram-bot
objects, a SQLModel session, look whether it is there, insert, commit. The peer keeps no counters and stores no raw
updates, which favours it.
"""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from announcements.codes import read_press_data
from announcements.types import ChannelKind, Grade, How, Outcome
from benchmarks import places
from benchmarks.durable import IN_FLIGHT, in_flight, one_by_one, prepared, writing
from benchmarks.measuring import Sample, as_dict, measured, paired, table, times
from benchmarks.places import ACCOUNT, NOW, Size
from benchmarks.presses import texts, updates
from bot.channels.registry import Account
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import TelegramChannel
from bot.config import Settings
from bot.context import Context
from bot.ears.telegram_desk import Desk
from db.answering import presses
from db.answering.presses import Press

SIZE = Size(villages=40, groups=400, households=20_000)
BATCH = 100  # updates in one answer to getUpdates


def run(*, quick: bool = False) -> dict[str, Any]:
    """Keys: a contender; values: `per_second`, `cpu_us` per press, `commits` per press."""
    size = Size(4, 36, 1_490) if quick else SIZE
    many, few = (1_000, 100) if quick else (20_000, 1_000)
    with tempfile.TemporaryDirectory(prefix="loa-bench-") as folder:
        template = Path(folder) / "template.db"
        code = prepared(template, size)
        contenders = {
            "polled": partial(polled, template, size, code, many),
            "single": partial(single, template, size, code, many),
            "a commit each": partial(_one_by_one, template, size, code, few),
            "ORM": partial(orm, template, size, code, few),
        }
        samples = paired(contenders, 1 if quick else 3)
    names = {
        "polled": f"polled by hundreds, stored and recorded ({many:,})",
        "single": f"single intents, {IN_FLIGHT} in flight ({many:,})",
        "a commit each": f"the same statements, a commit for each ({few:,})",
        "ORM": f"de_json, SQLModel session, check-then-insert ({few:,})",
    }
    table(
        "Acknowledgements: durable presses on SQLite, synchronous=FULL",
        ["", "per second", "CPU µs", "commits/press", "x ORM"],
        [
            [names[name], one.rate, one.cpu_us, one.more["commits"], times(one, samples["ORM"])]
            for name, one in samples.items()
        ],
    )
    return as_dict(samples)


class _Quiet(TelegramChannel):
    """Gives the prepared updates in batches, and answers presses without the network."""

    def __init__(self, updates: Sequence[dict[str, Any]]) -> None:
        super().__init__("1:benchmark", "http://127.0.0.1:9")
        self._left = list(reversed(updates))

    async def updates(self, offset: int | None, timeout: int) -> list[dict[str, Any]]:
        return [self._left.pop() for _ in range(min(BATCH, len(self._left)))]

    async def answer(
        self, callback_query_id: str, text: str | None = None, url: str | None = None, alert: bool = False
    ) -> None: ...


def polled(template: Path, size: Size, code: str, count: int) -> Sample:
    """The whole way in, from the decoded batch to the toast: receiver, inbox, desk, press."""

    async def go() -> Sample:
        channel = _Quiet(list(updates(size, code, count)))
        async with writing(template, "polled") as (database, writer):
            context = Context(Settings(), database, writer, b"")
            account = Account(ACCOUNT, ChannelKind.TELEGRAM, channel)
            desk = Desk(context, account, channel, cast(Any, SimpleNamespace()))  # presses are not talked about
            receiver = Receiver(ACCOUNT, channel, writer, lambda: NOW, desk.handle)
            with measured(count) as sample:
                while await receiver.step():
                    pass
                await desk.settle()
        sample.more["commits"] = writer.commits / count
        return sample

    return asyncio.run(go())


def _intents(size: Size, code: str, count: int) -> list[Press]:
    made = []
    for one in updates(size, code, count):
        query = cast(dict[str, Any], one["callback_query"])
        address, user = str(query["message"]["chat"]["id"]), str(query["from"]["id"])
        made.append(Press(ACCOUNT, ChannelKind.TELEGRAM, address, user, code, Grade.RECEIVED, NOW))
    return made


def single(template: Path, size: Size, code: str, count: int) -> Sample:
    """What webhooks or board posts would hand in: each on its own, waiting for its own commit."""
    return in_flight(template, "single", presses.press, _intents(size, code, count))


def _one_by_one(template: Path, size: Size, code: str, count: int) -> Sample:
    return one_by_one(template, presses.press, _intents(size, code, count))


def orm(template: Path, size: Size, code: str, count: int) -> Sample:
    """The usual bot: library objects, a session for each press, look first, then insert and commit."""
    from sqlalchemy import create_engine, event
    from sqlmodel import Session
    from telegram import Bot, Update

    raw = texts(size, code, count)
    engine = create_engine(f"sqlite:///{places.copy(template, 'orm')}")
    event.listen(engine, "connect", places.synchronous)
    bot = Bot("1:benchmark")
    with measured(count) as sample:
        for text in raw:
            with Session(engine) as session:
                _press_by_orm(session, Update.de_json(json.loads(text), bot))
    engine.dispose()
    sample.more["commits"] = 1.0
    return sample


def _press_by_orm(session: Any, update: Any) -> None:
    from sqlmodel import select

    from db.tables import Acknowledgement, Broadcast, Identity, Recipient

    query = update.callback_query
    data = read_press_data(query.data)
    assert data is not None
    person = session.exec(select(Identity).where(Identity.channel == ChannelKind.TELEGRAM,
                                                 Identity.external_id == str(query.from_user.id))).first()  # fmt: skip
    broadcast = session.exec(select(Broadcast).where(Broadcast.code == data.broadcast)).one()
    key = f"{broadcast.id}:{person.household_id}:{query.from_user.id}"
    if session.exec(select(Acknowledgement).where(Acknowledgement.key == key)).first() is not None:
        return
    recipient = session.get(Recipient, (broadcast.id, person.household_id))
    recipient.outcome, recipient.grade, recipient.answered_at = Outcome.ACKNOWLEDGED, Grade.RECEIVED, NOW
    session.add(Acknowledgement(key=key, broadcast_id=broadcast.id, household_id=person.household_id, how=How.BUTTON,
                                grade=Grade.RECEIVED, channel="telegram", identity_id=person.id, at=NOW))  # fmt: skip
    session.commit()

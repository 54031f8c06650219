"""What comes in: stored updates are sorted into presses, recorded together, and words, talked about one by one.

Receivers store raw updates before the platform may forget them and hand them over here; after a restart, what was
stored but not handled is taken up again. Presses of one batch share a commit, answers to them wait for nobody.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from announcements.channels import ChannelError
from announcements.codes import PressData, read_press_data
from announcements.rendering import toast
from announcements.types import ChannelKind, Grade
from bot.channels.registry import Account
from bot.channels.telegram.receiver import Receiver
from bot.channels.telegram.sender import TelegramChannel
from bot.channels.telegram.updates import PressUpdate, Update, read_update
from bot.context import Context
from bot.conversations import Conversations, outages
from db import accounts, inbox, presses
from db.inbox import Done, Stored
from db.presses import Press, Pressed, PressVerdict

log = logging.getLogger(__name__)

LINK = "lk"  # the payload of /start that opens linking
CHECK_EVERY = 60.0  # seconds between looks at an account's health
RECHECK_EVERY = 5.0  # the same while it does not work


@dataclass(slots=True)
class Desk:
    """One account's incoming side."""

    context: Context
    account: Account
    channel: TelegramChannel
    conversations: Conversations
    public_name: str = ""
    _lines: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # the last task of each person, in order
    _answers: set[asyncio.Task[None]] = field(default_factory=set)
    _busy: set[int] = field(default_factory=set)  # stored updates being handled right now

    async def handle(self, stored: Sequence[Stored]) -> None:
        """Record the presses of `stored` at once; queue the rest behind what the same person said before."""
        fresh = [one for one in stored if one.id not in self._busy]
        pressed: list[tuple[Stored, PressUpdate, PressData]] = []
        for one in fresh:
            update = read_update(one.payload)
            data = read_press_data(update.data) if isinstance(update, PressUpdate) else None
            if isinstance(update, PressUpdate) and data is not None:
                pressed.append((one, update, data))
            elif update is None:
                await self._finish(one)
            elif isinstance(update, PressUpdate) and update.chat_id != update.user_id:
                await self._finish(one)  # our buttons in groups are acknowledgements only: this data is not ours
                self._reply(update, Pressed(PressVerdict.FOREIGN))
            else:
                self._queue(one, update)
        if pressed:
            await self._record(pressed)

    async def _record(self, pressed: Sequence[tuple[Stored, PressUpdate, PressData]]) -> None:
        intents = [
            Press(
                account=self.account.name,
                channel=self.account.kind,
                address=str(update.chat_id),
                external_id=str(update.user_id),
                broadcast=data.broadcast,
                grade=data.grade or Grade.RECEIVED,
                at=one.received_at,
                inbox_id=one.id,
            )
            for one, update, data in pressed
        ]
        results = await self.context.writer.submit_all(presses.press, intents)
        for broadcast_id in {result.broadcast_id for result in results if result.verdict is PressVerdict.RECORDED}:
            self.context.answered(broadcast_id)
        for (_, update, _), result in zip(pressed, results, strict=True):
            self._reply(update, result)

    def _reply(self, update: PressUpdate, result: Pressed) -> None:
        """Answer in the background: nobody waits for a toast."""
        task = asyncio.create_task(self._answer(update, result))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, update: PressUpdate, result: Pressed) -> None:
        with suppress(ChannelError):  # the press is recorded; its toast is a courtesy
            if result.verdict is PressVerdict.STRANGER and self.public_name:
                await self.channel.answer(update.query_id, url=f"https://t.me/{self.public_name}?start={LINK}")
            else:
                await self.channel.answer(update.query_id, text=words_for(result), alert=result.verdict in ALERTS)

    def _queue(self, one: Stored, update: Update) -> None:
        """Updates of one person are talked about in their order; different people don't wait for each other."""
        person = str(getattr(update, "user_id", "") or getattr(update, "chat_id", ""))
        before = self._lines.get(person)
        self._busy.add(one.id)
        task = asyncio.create_task(self._talk(before, one, update))
        self._lines[person] = task
        task.add_done_callback(lambda done: self._leave(person, done))

    def _leave(self, person: str, done: "asyncio.Task[None]") -> None:
        if self._lines.get(person) is done:
            del self._lines[person]

    async def _talk(self, before: "asyncio.Task[None] | None", one: Stored, update: Update) -> None:
        if before is not None:
            await asyncio.wait([before])
        error = ""
        try:
            await self.conversations.handle(update)
        except Exception as failure:
            error = type(failure).__name__
            log.exception("an update could not be handled", extra={"action": "update_failed"})
        try:
            await self._finish(one, error)
        finally:
            self._busy.discard(one.id)

    async def _finish(self, one: Stored, error: str = "") -> None:
        await self.context.writer.submit(inbox.finish, Done(one.id, self.context.clock(), error))

    async def catch_up(self) -> None:
        """Handle what is stored and not handled: left by an earlier process, or by a fault of the database."""
        async with self.context.database.read() as connection:
            left = await inbox.waiting(connection, self.account.name)
        await self.handle(left)

    async def settle(self) -> None:
        """Wait until everything taken in is handled and answered."""
        while tasks := [*self._lines.values(), *self._answers]:
            await asyncio.wait(tasks)


ALERTS = frozenset({PressVerdict.NOT_IN_AUDIENCE, PressVerdict.WITHDRAWN, PressVerdict.STRANGER})


def words_for(result: Pressed) -> str:
    """The toast for a press."""
    match result.verdict:
        case PressVerdict.RECORDED:
            return toast("acknowledged", head=result.head_name)
        case PressVerdict.AGAIN:
            return toast("already", head=result.head_name)
        case PressVerdict.STRANGER:
            return toast("stranger")
        case PressVerdict.NOT_IN_AUDIENCE:
            return toast("not_in_audience", head=result.head_name)
        case PressVerdict.WITHDRAWN:
            return toast("withdrawn")
        case PressVerdict.FOREIGN:
            return toast("bad_button")


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
        checking = asyncio.create_task(self._check(desk, stop), name=f"check {desk.account.name}")
        while not stop.is_set():
            receiver = Receiver(desk.account.name, desk.channel, self._context.writer, self._context.clock, desk.handle)
            await receiver.run(stop)
            await _pause(stop, CHECK_EVERY)  # the token was refused: a mended one comes with a restart, a slip passes
        await checking
        await desk.settle()

    async def _check(self, desk: Desk, stop: asyncio.Event) -> None:
        """Learn the account's public name, keep an eye on whether it works, and take up what was left lying."""
        while not stop.is_set():
            fine = False
            try:
                fine = await self._look_at(desk)
                await desk.catch_up()
                await outages.tell(self._context, desk.account.name, desk.account.kind, desk.channel)
            except Exception:  # the database may be away for a moment
                log.exception("checking %s failed; trying again", desk.account.name, extra={"action": "check_failed"})
            await _pause(stop, CHECK_EVERY if fine else RECHECK_EVERY)

    async def _look_at(self, desk: Desk) -> bool:
        reason = ""
        try:
            desk.public_name = (await desk.channel.health()).removeprefix("@")
        except ChannelError as error:
            reason = error.detail or type(error).__name__
            log.warning("account %s does not answer: %s", desk.account.name, reason,
                        extra={"action": "account_down"})  # fmt: skip
        health = accounts.Health(desk.account.name, self._context.clock(), reason, desk.public_name)
        await self._context.writer.submit(accounts.note_health, health)
        return not reason


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)

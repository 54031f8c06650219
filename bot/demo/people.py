"""The people of the demo: they do what was planned, and remember by themselves who answered.

What they remember is compared with the service's figures in the end (`proof.py`): nothing here reads those figures.
Buttons go through the same intents as the platforms' presses, the board is asked over real HTTP.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from announcements.codes import PressData, read_press_data
from announcements.types import ChannelKind, Grade
from bot.channels.rehearsal import RehearsalChannel
from bot.context import Context
from bot.demo.plan import Act, Way
from bot.demo.town import ACCOUNT, Home
from bot.demo.wording import say
from bot.office.reach import recording
from db.announcing.notices import BroadcastRow
from db.answering import presses
from db.answering.presses import Press, Pressed, PressVerdict
from db.links import identities
from db.links.identities import Link
from db.tables import Via

log = logging.getLogger(__name__)

PATIENCE = 60.0  # seconds somebody waits for the message to come, or for the board to answer
BROWSERS = 20  # on the board at once
LEADERS = 3  # writing something down at once

COUNTED = frozenset({PressVerdict.RECORDED, PressVerdict.AGAIN})


@dataclass(slots=True)
class Known:
    """Households by id, as the people themselves know: who answered, who was told, who was not met.

    `answers` counts what the service said it had taken; `faults` are sentences about what went wrong.
    """

    answered: set[int] = field(default_factory=set)
    told: set[int] = field(default_factory=set)
    not_met: set[int] = field(default_factory=set)
    answers: int = 0
    faults: list[str] = field(default_factory=list)


class Trouble(Exception):
    """Somebody could not do what they wanted; the text is the end of a sentence."""


@dataclass(slots=True)
class People:
    """`url` is where the pages really listen; `speed` 2 is twice as fast as planned."""

    context: Context
    channel: RehearsalChannel
    broadcast: BroadcastRow
    url: str
    speed: float = 1.0
    known: Known = field(default_factory=Known)
    _leaders: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LEADERS))

    async def act_out(self, acts: Sequence[Act]) -> None:
        """Do everything planned, each thing when its time has come. Ends when the last is done."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        # Every household has its own device: none may carry another's cookie.
        browsers = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=BROWSERS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "application/json"},
        )
        async with browsers, asyncio.TaskGroup() as everybody:
            for act in acts:
                await asyncio.sleep(max(0.0, begun + act.at / self.speed - clock()))
                everybody.create_task(self._do(act, browsers))

    async def _do(self, act: Act, browsers: aiohttp.ClientSession) -> None:
        try:
            match act.way:
                case Way.PRESS | Way.STRANGER:
                    await self._press(act)
                case Way.LINK_LATER:
                    await self._link_later(act)
                case Way.BOARD:
                    await self._board(act, browsers)
                case Way.TOLD | Way.NOT_MET:
                    await self._record(act)
        except Trouble as trouble:
            self._complain(act.home, str(trouble))
        except Exception as error:
            log.debug("an act of the demo failed", exc_info=True)
            self._complain(act.home, say("fault.broken", error=type(error).__name__))

    def _complain(self, home: Home, detail: str) -> None:
        self.known.faults.append(say("wrong.answer", household=home.household, detail=detail))

    async def _press(self, act: Act) -> None:
        """Tap as often as planned, all at once: as impatient fingers do."""
        button = await self._button(act.home)
        pressed = await asyncio.gather(*(self._tap(act, button) for _ in range(act.times)))
        expected = {PressVerdict.STRANGER} if act.way is Way.STRANGER else COUNTED
        for one in pressed:
            if one.verdict not in expected:
                raise Trouble(say("fault.verdict", verdict=one.verdict))
        if act.way is Way.PRESS:
            self.known.answered.add(act.home.household_id)
            self.known.answers += len(pressed)

    async def _button(self, home: Home) -> PressData:
        """Wait for the message in the group, then look at its button."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                message = await self.channel.latest(home.chat)
                data = read_press_data(message.button.data if message.button else None)
                if data is None:
                    raise Trouble(say("fault.no_button"))
                return data
        raise Trouble(say("fault.no_message"))

    async def _tap(self, act: Act, button: PressData) -> Pressed:
        press = Press(
            ACCOUNT,
            ChannelKind.REHEARSAL,
            act.home.chat,
            act.user,
            button.broadcast,
            button.grade or Grade.RECEIVED,
            self.context.clock(),
        )
        pressed = await self.context.writer.submit(presses.press, press)
        if pressed.verdict is PressVerdict.RECORDED:
            self.context.answered(pressed.broadcast_id)
        return pressed

    async def _link_later(self, act: Act) -> None:
        """Press without being known, be told to link, link with the card: the press counts then."""
        pressed = await self._tap(act, await self._button(act.home))
        if pressed.verdict is not PressVerdict.STRANGER:
            raise Trouble(say("fault.verdict", verdict=pressed.verdict))
        link = Link(ChannelKind.REHEARSAL, act.user, act.home.household_id, Via.CARD, self.context.clock())
        joined = await self.context.writer.submit(identities.link, link)
        if not joined.credited:
            raise Trouble(say("fault.not_credited"))
        self.context.answered(self.broadcast.id)
        self.known.answered.add(act.home.household_id)
        self.known.answers += 1

    async def _board(self, act: Act, browsers: aiohttp.ClientSession) -> None:
        """Open the link in the group's message and send the form, twice when the finger slips."""
        await self._button(act.home)
        form = {"card": act.home.card, "grade": act.grade.value}
        for status in await asyncio.gather(*(self._post(form, browsers) for _ in range(act.times))):
            if status != 200:
                raise Trouble(say("fault.board", status=status))
        self.known.answered.add(act.home.household_id)
        self.known.answers += act.times

    async def _post(self, form: dict[str, str], browsers: aiohttp.ClientSession) -> int:
        address = f"{self.url}/n/{self.broadcast.announcement}/ack"
        timeout = aiohttp.ClientTimeout(total=None, sock_read=PATIENCE)
        async with browsers.post(address, data=form, allow_redirects=False, timeout=timeout) as answer:
            await answer.read()
            return answer.status

    async def _record(self, act: Act) -> None:
        """A leader writes down whom they told, or whom they did not meet."""
        code, home = self.broadcast.code, act.home
        async with self._leaders:
            if act.way is Way.TOLD:
                await recording.told(self.context, code, home.household, how=act.how, staff=home.leader)
                self.known.told.add(home.household_id)
            else:
                await recording.unreachable(self.context, code, home.household, why=act.reason, staff=home.leader)
                self.known.not_met.add(home.household_id)
        self.known.answers += 1

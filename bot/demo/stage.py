"""The demo from the curtain to the last figure: the service on a throwaway database, the commune in it, one evening.

Called by `bot/cli/demo.py`, which shows it; tests play it without a terminal.
"""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from announcements.drafts import Draft
from announcements.mistakes import Mistake
from announcements.rendering import moment_words
from announcements.types import ChannelKind, DeliveryState, Kind
from bot.app import Running, running
from bot.channels.registry import Account
from bot.channels.rehearsal import Programme, RehearsalChannel
from bot.config import App, Commune, DatabaseSection, Settings, Web
from bot.context import Context
from bot.demo import proof, sample
from bot.demo.people import People
from bot.demo.plan import plan
from bot.demo.town import ACCOUNT, Home, Town, settle
from bot.demo.wording import say
from bot.office.notices import announcing
from bot.office.reach import reporting
from bot.office.reach.reporting import BroadcastReport
from db.announcing.notices import BroadcastRow
from db.counting import reach
from db.counting.reach import AreaFigures

HOST = "127.0.0.1"
SEED = 1
# A tenth of the chats asks for a pause: the notice must reach them all the same. Pace is refereed by the channel.
PROGRAMME = Programme(slow_share=0.1, slow_after=1.0, strict=True)
OPEN = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HANDED})
# For deliveries that are still open when everybody has answered: a minute.
LOOKS, BETWEEN_LOOKS = 600, 0.1
MEETING = timedelta(days=2)  # from now, at half past seven in the evening


@dataclass(frozen=True, slots=True)
class Glance:
    """The figures at one moment: the top row first, then the villages; chats by the state of their delivery."""

    code: str
    seconds: float
    areas: tuple[AreaFigures, ...]
    deliveries: dict[DeliveryState, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end: the report, what did not add up (empty is good), a household to try it out with."""

    report: BroadcastReport
    failures: list[str]
    answers: int  # taken by the service, repeated ones too
    answered: int  # households behind them
    to_try: Home | None


@dataclass(slots=True)
class Stage:
    """Everything is in its place and the notice is on its way; `perform` lets the people answer."""

    running: Running
    channel: RehearsalChannel
    town: Town
    broadcast: BroadcastRow
    speed: float
    people: People = field(init=False)
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.context, self.channel, self.broadcast, self.running.url, self.speed)
        self._begun = asyncio.get_running_loop().time()

    @property
    def context(self) -> Context:
        return self.running.context

    async def perform(self) -> None:
        """Everybody answers who will; ends when that is done and no delivery is open."""
        acts = plan(self.town.homes, random.Random(SEED))  # noqa: S311 -- the same evening each time
        await self.people.act_out(acts)
        for _ in range(LOOKS):
            if not await self._is_open():
                return
            await asyncio.sleep(BETWEEN_LOOKS)

    async def _is_open(self) -> bool:
        deliveries = (await self.glance()).deliveries
        return any(deliveries[state] for state in OPEN)

    async def glance(self) -> Glance:
        """The figures of now."""
        async with self.context.database.read() as connection:
            areas = await reach.areas_of(connection, self.broadcast.id)
            deliveries = await reach.delivery_counts(connection, self.broadcast.id)
        top = {area.area_id for area in areas if area.parent_id is None}
        shown = tuple(area for area in areas if area.area_id in top or area.parent_id in top)
        seconds = asyncio.get_running_loop().time() - self._begun
        return Glance(self.broadcast.announcement, seconds, shown, deliveries)

    async def verdict(self) -> Verdict:
        """Hold the figures against everything else that is known."""
        copies = {address: len(self.channel.messages(address)) for address in self.town.chats}
        found = await proof.facts(self.context, self.broadcast, copies, len(self.town.homes))
        known = self.people.known
        still_open = {door.household_id for door in found.doors}
        return Verdict(
            report=await reporting.report(self.context, self.broadcast.code),
            failures=proof.failures(found, known),
            answers=known.answers,
            answered=len(known.answered | known.told | known.not_met),
            to_try=next((home for home in self.town.homes if home.household_id in still_open), None),
        )


@asynccontextmanager
async def staged(
    settings: Settings, folder: Path, *, households: int = sample.HOUSEHOLDS, speed: float = 1.0
) -> AsyncIterator[Stage]:
    """Start the service as `settings` say (see `throwaway`), build the commune and announce. Raises `Mistake`."""
    rng = random.Random(SEED)  # noqa: S311 -- the same commune each time
    channel = RehearsalChannel(PROGRAMME, rng=random.Random(SEED))  # noqa: S311
    accounts = {ACCOUNT: Account(ACCOUNT, ChannelKind.REHEARSAL, channel)}
    async with running(settings, more=accounts) as everything:
        town = await settle(everything.context, folder, households, rng)
        yield Stage(everything, channel, town, await _announce(everything.context, town), speed)


async def _announce(context: Context, town: Town) -> BroadcastRow:
    evening = (context.local(context.clock()) + MEETING).replace(hour=19, minute=30, second=0, microsecond=0)
    draft = Draft(
        title=say("notice.title"),
        body=say("notice.body", evening=moment_words(evening)),
        kind=Kind.MEETING,
        valid_until=evening,
    )
    return await announcing.announce(context, draft, to=[sample.COMMUNE], staff=town.secretary)


def throwaway(chosen: Settings, folder: Path, port: int | None = None) -> Settings:
    """Settings that keep everything in `folder` and reach nothing outside. Only the zone and the port are `chosen`'s:
    without `port` the configured one when it is free, else any.
    """
    listening = _free_port(chosen.web.port) if port is None else port
    # By `model_copy`: validating anew would read the environment, and a LOA_DATABASE__URL there is the real one.
    return chosen.model_copy(
        update={
            "commune": Commune(name=sample.COMMUNE, timezone=chosen.commune.timezone),
            "app": App(data_dir=folder, public_url=f"http://{HOST}:{listening}"),
            "database": DatabaseSection(),
            "web": Web(host=HOST, port=listening),
            "accounts": [],
        }
    )


def _free_port(wanted: int) -> int:
    """`wanted` when nobody listens there, else one the system gives."""
    for port in (wanted, 0):
        with suppress(OSError), socket.create_server((HOST, port)) as free:
            found: int = free.getsockname()[1]
            return found
    raise Mistake(say("start.no_port"))

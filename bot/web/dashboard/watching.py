"""Open pages kept up to date: one watcher for each broadcast, however many look; it reads once and tells all.

A watcher reads when answers came in (`moved`), and slowly by itself, because other processes record answers too and
sessions end. It lives as long as somebody looks.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from announcements.types import DeliveryState
from bot.context import Context
from bot.office.staff.access import Visitor
from bot.web.dashboard.figures import as_told
from db.batches import chunks
from db.counting import live
from db.counting.live import Moment

log = logging.getLogger(__name__)

AT_MOST_EVERY = 1.0  # seconds between two looks at a broadcast that moves
SENDING_EVERY = 3.0  # while deliveries are on their way
SLOWLY = 10.0  # when nothing is known to move
AT_ONCE, BETWEEN = 25, 0.02  # pages told together, and seconds before the next ones
HEARTBEAT = 20.0  # seconds of silence before a page is told that we are still there
MOST = 2_000  # pages in this process
MOST_EACH = 12  # of one session: one person with many windows
ON_THE_WAY = (DeliveryState.QUEUED, DeliveryState.SENDING)


class Full(Exception):
    """So many pages are open that this one must do without, or the service is about to stop."""


@dataclass(eq=False, slots=True)
class Viewer:
    """An open page. `path` is what its owner reached when it was opened; `gone` ends it."""

    session: int
    path: str
    news: asyncio.Event = field(default_factory=asyncio.Event)
    gone: bool = False

    def send_away(self) -> None:
        self.gone = True
        self.news.set()


@dataclass(slots=True)
class Watcher:
    """One broadcast. `told` is what each path was last shown."""

    context: Context
    broadcast_id: int
    viewers: set[Viewer] = field(default_factory=set)
    moment: Moment | None = None
    told: dict[str, str] = field(default_factory=dict)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Look, tell, wait; until nobody looks any more."""
        while not self.over.is_set():
            try:
                await self.step()
            except Exception:  # the database may be away for a moment
                log.exception("watching a notice failed; trying again", extra={"action": "watching_failed"})
            await _wait(self.over, AT_MOST_EVERY)
            await _wait(self.moved, self._patience() - AT_MOST_EVERY)

    def _patience(self) -> float:
        on_the_way = self.moment is not None and any(state in ON_THE_WAY for _, state, _ in self.moment.deliveries)
        return SENDING_EVERY if on_the_way else SLOWLY

    async def step(self) -> None:
        """One look: whoever may no longer look is sent away, everybody else is told what changed."""
        self.moved.clear()
        async with self.context.database.read() as connection:
            sessions = {viewer.session for viewer in self.viewers}
            paths = await live.still_open(connection, sessions, self.context.clock())
            moment = await live.moment(connection, self.broadcast_id)
        for viewer in self.viewers:
            if viewer.session in sessions and paths.get(viewer.session) != viewer.path:
                viewer.send_away()
        if moment != self.moment:
            self.moment, self.told = moment, {}
            await self._tell()

    async def _tell(self) -> None:
        """Wake the viewers, some at a time: a thousand at once would keep everybody else's pages waiting."""
        for some in chunks(list(self.viewers), AT_ONCE):
            for viewer in some:
                viewer.news.set()
            if len(some) == AT_ONCE:
                await asyncio.sleep(BETWEEN)

    def for_path(self, path: str) -> str | None:
        """What somebody at `path` sees; None before the first look. Made once for all who reach the same."""
        if self.moment is None:
            return None
        if path not in self.told:
            self.told[path] = as_told(self.moment, path)
        return self.told[path]

    def end(self) -> None:
        self.over.set()
        self.moved.set()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


class Watching:
    """All that is being watched in this process. Used from the event loop only."""

    def __init__(self, context: Context, forget: Callable[[], None]) -> None:
        """`forget` drops what is kept of pages, as soon as it is no longer true."""
        self._context = context
        self._forget = forget
        self._watchers: dict[int, Watcher] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def moved(self, broadcast_id: int) -> None:
        """Households answered, or chats are sent to again: look soon."""
        self._forget()
        watcher = self._watchers.get(broadcast_id)
        if watcher is not None:
            watcher.moved.set()

    async def close(self) -> None:
        """The service stops: every open page is let go, and none is taken any more."""
        self._closed = True
        for watcher in self._watchers.values():
            watcher.end()
            for viewer in watcher.viewers:
                viewer.send_away()
        await asyncio.gather(*self._tasks)

    @property
    def viewers(self) -> list[Viewer]:
        """Every open page."""
        return [viewer for watcher in self._watchers.values() for viewer in watcher.viewers]

    def make_room(self, visitor: Visitor) -> None:
        """Raises `Full` when one more page of this visitor is too many."""
        everybody = self.viewers
        own = sum(viewer.session == visitor.session.id for viewer in everybody)
        if self._closed or len(everybody) >= MOST or own >= MOST_EACH:
            raise Full

    async def news(self, broadcast_id: int, visitor: Visitor) -> AsyncGenerator[str, None]:
        """What a page is told, as server-sent events: at once, whenever something changes, and heartbeats between.

        Ends when the session does, when its owner's area changes, or when the service stops.
        """
        watcher, viewer = self._enter(broadcast_id, visitor)
        said: str | None = None
        try:
            while not viewer.gone:
                now = watcher.for_path(viewer.path)
                if now is not None and now != said:
                    said = now
                    yield f"data: {now}\n\n"
                viewer.news.clear()
                if not viewer.gone and not await _heard(viewer.news):
                    yield ": still here\n\n"
        finally:
            self._leave(watcher, viewer)

    def _enter(self, broadcast_id: int, visitor: Visitor) -> tuple[Watcher, Viewer]:
        watcher = self._watchers.get(broadcast_id)
        if watcher is None:
            watcher = self._watchers[broadcast_id] = Watcher(self._context, broadcast_id)
            task = asyncio.create_task(watcher.run(), name=f"watching {broadcast_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        viewer = Viewer(visitor.session.id, visitor.staff.path, gone=self._closed)
        watcher.viewers.add(viewer)
        return watcher, viewer

    def _leave(self, watcher: Watcher, viewer: Viewer) -> None:
        watcher.viewers.discard(viewer)
        if not watcher.viewers:
            watcher.end()
            if self._watchers.get(watcher.broadcast_id) is watcher:
                del self._watchers[watcher.broadcast_id]


async def _heard(news: asyncio.Event) -> bool:
    """False when nothing happened for as long as a heartbeat."""
    await _wait(news, HEARTBEAT)
    return news.is_set()

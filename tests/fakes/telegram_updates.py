"""The queue of updates: lives, confirmation by offset, one long poll at a time.

Times are those of the fake's clock, except a long poll's waiting, which is real. Source of the rules: the Bot API
documentation of `getUpdates` and `setWebhook`, and the published source of the Bot API server (150 s, 409).
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from tests.fakes.telegram_errors import OTHER_POLLER, WEBHOOK_ACTIVE, WEBHOOK_TAKES_OVER, conflict
from tests.fakes.telegram_world import Clock, Json

PRESS_LIFE = 150.0
OTHER_LIFE = 24 * 3600.0
LONGEST_POLL = 50
LARGEST_BATCH = 100
# Everything but these is sent unless the bot says otherwise.
ON_REQUEST_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True, eq=False)
class Pending:
    """An update on its way. `lane` is what it is ordered within; a `repeated` one ignores the confirmed offset."""

    update: Json
    kind: str
    lane: str
    born: float
    repeated: bool = False

    @property
    def life(self) -> float:
        return PRESS_LIFE if self.kind == "callback_query" else OTHER_LIFE


class UpdateQueue:
    """What the bot has still to be told."""

    def __init__(self, clock: Clock, first_id: int = 500_000_001) -> None:
        self.next_id = first_id
        self.allowed: frozenset[str] | None = None
        self.webhook_url = ""
        self.webhook_secret = ""
        self.last_webhook_error = ""
        self.last_webhook_error_at = 0.0
        self.conflict_delay = 3.0  # seconds before the other poller hears of it, as on the real server
        self.lost: list[Json] = []  # died before the bot took them
        self.on_arrival: Callable[[Pending], None] = lambda _: None
        self.closed = False
        self._clock = clock
        self._pending: list[Pending] = []
        self._wake = asyncio.Event()
        self._turn = 0

    def put(self, kind: str, payload: Json, lane: str) -> Json | None:
        """Queue an update of `kind`; None when the bot doesn't listen to that kind."""
        if kind in ON_REQUEST_ONLY if self.allowed is None else kind not in self.allowed:
            return None
        update = {"update_id": self.next_id, kind: payload}
        self.next_id += 1
        self._add(Pending(update, kind, lane, self._clock.now()))
        return update

    def repeat(self, update: Json) -> None:
        """Deliver `update` once more under its old id, confirmed or not."""
        kind = next(key for key in update if key != "update_id")
        self._add(Pending(update, kind, f"repeat {update['update_id']}", self._clock.now(), repeated=True))

    def _add(self, pending: Pending) -> None:
        self._pending.append(pending)
        self._wake.set()
        self.on_arrival(pending)

    def allow(self, kinds: Iterable[str] | None) -> None:
        """`allowed_updates`: an empty list means the default, None leaves the setting as it is."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def waiting(self) -> list[Pending]:
        """What is still alive, oldest first."""
        now = self._clock.now()
        self.lost += [one.update for one in self._pending if now - one.born > one.life]
        self._pending = [one for one in self._pending if now - one.born <= one.life]
        return self._pending

    def settle(self, pending: Pending) -> None:
        """The bot has it."""
        if pending in self._pending:
            self._pending.remove(pending)

    def clear(self) -> None:
        self._pending.clear()

    def confirm(self, offset: int) -> None:
        """Forget what came before `offset`; a negative one keeps only that many of the newest."""
        if offset < 0:
            self._pending = self.waiting()[offset:]
        elif offset > 0:
            self._pending = [one for one in self._pending if one.repeated or one.update["update_id"] >= offset]

    def take(self, limit: int) -> list[Json]:
        """The next batch. Only repeated ones leave the queue by this; the others wait to be confirmed."""
        batch = self.waiting()[:limit]
        for one in batch:
            if one.repeated:
                self.settle(one)
        return [one.update for one in batch]

    def set_webhook(self, url: str, secret: str) -> None:
        """Deliver to `url` from now on: a long poll under way ends with a conflict. An empty one ends the webhook."""
        self.webhook_url, self.webhook_secret, self.last_webhook_error = url, secret, ""
        if url:
            self._turn += 1
            self._wake.set()
            for pending in self.waiting():
                self.on_arrival(pending)

    def webhook_failed(self, error: str) -> None:
        """A delivery was not taken: what `getWebhookInfo` says until the webhook is set again."""
        self.last_webhook_error, self.last_webhook_error_at = error, self._clock.now()

    def close(self) -> None:
        self.closed = True
        self._wake.set()

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:
        """`getUpdates`. Raises the server's 409 for a second poller (the earlier one gets it) or an active webhook."""
        if self.webhook_url:
            raise conflict(WEBHOOK_ACTIVE)
        self._turn += 1
        turn, ends = self._turn, asyncio.get_running_loop().time() + min(timeout, LONGEST_POLL)
        self._wake.set()
        self.confirm(offset)
        while turn == self._turn:
            batch = self.take(min(max(limit, 1), LARGEST_BATCH))
            left = ends - asyncio.get_running_loop().time()
            if batch or left <= 0 or self.closed:
                return batch
            self._wake.clear()
            await self._wait(left)
        reason = WEBHOOK_TAKES_OVER if self.webhook_url else OTHER_POLLER
        await asyncio.sleep(self.conflict_delay)
        raise conflict(reason)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)

"""How the fake's bot is told of messages: by polls that keep nothing for later, or by a webhook that tries again.

There is no offset and no confirmation. What comes while nobody polls is lost, as it was for those who tried it.
"""

import asyncio
import time
from collections import deque
from contextlib import suppress
from urllib.parse import urlsplit

import aiohttp

from tests.fakes.zalo_bot_world import Habits, Json, Refusal, Webhook

SECRET_HEADER = "X-Bot-Api-Secret-Token"
LONGEST_POLL = 60.0
IDLE = 408


class Updates:
    """What the bot is to be told. `told` holds what it was, `lost` what it never will be."""

    def __init__(self, habits: Habits) -> None:
        self.webhook = Webhook()
        self.told: list[Json] = []
        self.lost: list[Json] = []
        self.polls = 0  # under way
        self.forward_to = ""  # stands for the TLS proxy in front of the bot's pages: "http://127.0.0.1:8000"
        self._habits = habits
        self._waiting: deque[Json] = deque()
        self._wake = asyncio.Event()
        self._polled_at = float("-inf")
        self._closed = False
        self._deliveries: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    def put(self, update: Json) -> None:
        """A message for the bot, to be told now or never."""
        if self.webhook.url:
            self._deliver(update)
        elif self.polls or time.monotonic() - self._polled_at <= self._habits.remembers:
            self._waiting.append(update)
            self._wake.set()
        else:
            self.lost.append(update)

    async def poll(self, seconds: float) -> Json | list[Json]:
        """`getUpdates`. Raises 408 when nothing comes in time."""
        if self.webhook.url:
            raise Refusal(400, "Bad Request: webhook is active")
        self.polls += 1
        try:
            if not self._waiting and not self._closed:
                self._wake.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), min(seconds, LONGEST_POLL))
        finally:
            self.polls -= 1
            self._polled_at = time.monotonic()
        if self.webhook.url or not self._waiting:
            raise Refusal(IDLE, "Request timeout", self._habits.idle_status)
        batch = [self._waiting.popleft() for _ in range(len(self._waiting) if self._habits.batches else 1)]
        self.told += batch
        return batch if self._habits.batches else batch[0]

    def set_webhook(self, url: str, secret: str) -> None:
        """An empty `url` ends it; a poll under way ends, too."""
        self.webhook = Webhook(url, secret, int(time.time() * 1000))
        self._wake.set()

    def _deliver(self, update: Json) -> None:
        task = asyncio.get_running_loop().create_task(self._try(update))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _try(self, update: Json) -> None:
        for pause in (*self._habits.webhook_pauses, None):
            if await self._post(update):
                self.told.append(update)
                return
            if pause is not None:
                await asyncio.sleep(pause)
        self.lost.append(update)

    async def _post(self, update: Json) -> bool:
        hook = self.webhook
        path = urlsplit(hook.url).path
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        try:
            async with self._http.post(
                f"{self.forward_to}{path}" if self.forward_to else hook.url,
                json={"ok": True, "result": update},
                headers={SECRET_HEADER: hook.secret},
            ) as answer:
                hook.statuses.append(answer.status)
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def close(self) -> None:
        self._closed = True
        self._wake.set()
        for task in list(self._deliveries):
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

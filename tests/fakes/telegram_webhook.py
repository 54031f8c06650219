"""Delivery of updates to the bot's webhook, with the real server's order and repetition.

Updates of one lane (a chat's messages, one person's presses) go one after the other; lanes run side by side. What
isn't answered 2xx goes out again: at once, then after 1, 2, 4 … seconds, until the update's life is over.
"""

import asyncio
import itertools
from urllib.parse import urlsplit

import aiohttp

from tests.fakes.telegram_updates import Pending, UpdateQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_PAUSE, ANSWER_TIMEOUT = 60.0, 60.0


class WebhookSender:
    """Posts what arrives in `queue`. `speed` shortens the pauses; `forward_to` stands for the TLS proxy in front.

    A real webhook is HTTPS only. A test's bot listens on plain HTTP, so with `forward_to="http://127.0.0.1:8000"` the
    registered address's host is replaced as a reverse proxy would do; its path stays.
    """

    def __init__(self, queue: UpdateQueue) -> None:
        self.forward_to: str | None = None
        self.speed = 1.0
        self.attempts = 0
        self._queue = queue
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._http: aiohttp.ClientSession | None = None
        queue.on_arrival = self._arrived

    async def close(self) -> None:
        for task in list(self._lanes.values()):
            task.cancel()
        await asyncio.gather(*self._lanes.values(), return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def _arrived(self, pending: Pending) -> None:
        if self._queue.webhook_url and pending.lane not in self._lanes:
            self._lanes[pending.lane] = asyncio.get_running_loop().create_task(self._drain(pending.lane))

    async def _drain(self, lane: str) -> None:
        try:
            while self._queue.webhook_url:
                head = next((one for one in self._queue.waiting() if one.lane == lane), None)
                if head is None:
                    return
                await self._deliver(head)
        finally:
            del self._lanes[lane]

    async def _deliver(self, pending: Pending) -> None:
        """Until it is taken, has died, or the webhook is gone."""
        for attempt in itertools.count():
            taken, pause = await self._post(pending)
            if taken:
                self._queue.settle(pending)
            else:
                ask = pause if pause is not None else min(2.0 ** (attempt - 1), LONGEST_PAUSE) if attempt else 0.0
                await asyncio.sleep(ask / self.speed)
            if taken or not self._queue.webhook_url or pending not in self._queue.waiting():
                return

    async def _post(self, pending: Pending) -> tuple[bool, float | None]:
        """Whether the bot took it, and the pause its `Retry-After` asks for."""
        self.attempts += 1
        secret = {SECRET_HEADER: self._queue.webhook_secret} if self._queue.webhook_secret else {}
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT))
        try:
            async with self._http.post(self._address(), json=pending.update, headers=secret) as response:
                if 200 <= response.status < 300:
                    return True, None
                self._queue.webhook_failed(f"Wrong response from the webhook: {response.status}")
                asked = response.headers.get("Retry-After", "")
                return False, min(float(asked), 3600.0) if asked.isdigit() else None
        except (aiohttp.ClientError, TimeoutError) as error:
            self._queue.webhook_failed(f"Connection failed: {type(error).__name__}")
            return False, None

    def _address(self) -> str:
        url = self._queue.webhook_url
        if self.forward_to is None:
            return url
        parts = urlsplit(url)
        return self.forward_to.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")

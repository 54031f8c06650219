"""The webhook of the fake Official Account: events signed as the platform signs them, told again until they are taken.

`forward_to` is the address that stands for the one in the console. `speed` shortens the pauses between repetitions.
"""

import asyncio
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.fakes.zalo_oa_state import State

RETRIES = (30.0, 300.0, 900.0, 1_800.0, 3_600.0)  # seconds; after the last the app is unsubscribed
PATIENCE = 2.0  # seconds for an answer


@dataclass(slots=True)
class Delivery:
    """One event on its way. `statuses` are the answers, None where none came in time; `seconds` how long each took."""

    body: bytes
    headers: dict[str, str]
    statuses: list[int | None] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        return bool(self.statuses) and self.statuses[-1] == 200


@dataclass(slots=True)
class Webhook:
    state: State
    forward_to: str = ""
    starts_with: str = "app_id"  # or oa_id
    secret: str = "webhook_secret"  # or app_secret
    speed: float = 1_000.0
    unsubscribed: bool = False
    deliveries: list[Delivery] = field(default_factory=list)

    def signed(self, event: dict[str, Any]) -> Delivery:
        """The event as it goes out, its body exactly as it was signed."""
        return self.sign(json.dumps(event, ensure_ascii=False).encode(), event["timestamp"])

    def sign(self, body: bytes, timestamp: str) -> Delivery:
        start, secret = getattr(self.state, self.starts_with), getattr(self.state, self.secret)
        digest = hashlib.sha256(start.encode() + body + timestamp.encode() + secret.encode()).hexdigest()
        return Delivery(body, {"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={digest}"})

    async def send(self, event: dict[str, Any]) -> Delivery:
        """Tell an event until it is taken, or retries are used up."""
        delivery = self.signed(event)
        self.deliveries.append(delivery)
        for number, pause in enumerate((0.0, *RETRIES)):
            await asyncio.sleep(pause / self.speed)
            await self.post(delivery, number)
            if delivery.taken:
                return delivery
        self.unsubscribed = True
        return delivery

    async def post(self, delivery: Delivery, number: int = 0) -> None:
        """One attempt, or a repetition nobody asked for."""
        headers = delivery.headers | ({"num_retry": str(number)} if number else {})
        began = time.monotonic()
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(self.forward_to, data=delivery.body, headers=headers,
                             timeout=aiohttp.ClientTimeout(total=PATIENCE)) as answer,
            ):  # fmt: skip
                delivery.statuses.append(answer.status)
        except (TimeoutError, aiohttp.ClientError):
            delivery.statuses.append(None)
        delivery.seconds.append(time.monotonic() - began)

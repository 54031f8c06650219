"""A Zalo Official Account's platform on 127.0.0.1: token service, API, groups, events by webhook.

async with FakeZaloOa() as zalo:
    group = zalo.group("Tổ 1")
    lan = zalo.person("Lan", group)
    zalo.webhook.forward_to = "http://127.0.0.1:8000/webhooks/zalo_oa/oa"
    …
    sent = await zalo.wait_for(lambda: zalo.sent(group.id))
    await group.say(lan, "Đã nhận", quoting=sent[-1])
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeVar

from tests.fakes.zalo_oa_server import Server
from tests.fakes.zalo_oa_state import ADMIN, Fault, OaGroup, Sent, State, Trouble
from tests.fakes.zalo_oa_webhook import Delivery, Webhook

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str


@dataclass(slots=True)
class GroupChat:
    """A group as people see it."""

    zalo: "FakeZaloOa"
    state: OaGroup

    @property
    def id(self) -> str:
        return self.state.id

    async def say(self, person: Person, text: str, *, quoting: Sent | str | None = None) -> Delivery:
        """Somebody writes; the event is told until it is taken."""
        return await self.zalo.webhook.send(self.event(person, text, quoting=quoting))

    def event(self, person: Person, text: str, *, quoting: Sent | str | None = None) -> dict[str, Any]:
        message = {"text": text, "msg_id": self.zalo.state.next_id()}
        if quoting is not None:
            message["quote_msg_id"] = quoting if isinstance(quoting, str) else quoting.id
        event = self.zalo.event("user_send_group_text", sender={"id": person.id}, recipient={"id": self.id},
                                message=message)  # fmt: skip
        self.zalo.state.said.append(event)
        return event

    def unheard(self, person: Person, text: str, at: datetime | None = None) -> dict[str, Any]:
        """Somebody writes, and the event, which is returned, is never told."""
        event = self.event(person, text)
        if at is not None:
            event["timestamp"] = str(int(at.timestamp() * 1000))
        return event

    async def show(self, person: Person, kind: str = "image") -> Delivery:
        """Somebody sends a picture, a sticker, a voice."""
        message = {
            "msg_id": self.zalo.state.next_id(),
            "attachments": [{"type": kind, "payload": {"url": "https://…"}}],
        }
        return await self.zalo.webhook.send(
            self.zalo.event(f"user_send_group_{kind}", sender={"id": person.id}, recipient={"id": self.id},
                            message=message)
        )  # fmt: skip

    async def tell(self, name: str, **more: Any) -> Delivery:
        """A lifecycle event of this group, by any of its names."""
        return await self.zalo.webhook.send(
            self.zalo.event(name, group_id=self.id, oa_id=self.zalo.state.oa_id, **more)
        )


class FakeZaloOa:
    """Start it with `async with`; `base_url` serves as `oauth_url`, too."""

    def __init__(self) -> None:
        self.state = State()
        self.webhook = Webhook(self.state)
        self._server = Server(self.state)

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.stop()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    def account(self, name: str = "oa", **more: object) -> dict[str, Any]:
        """The account's settings."""
        state = self.state
        return {"name": name, "channel": "zalo_oa", "app_id": state.app_id, "app_secret": state.app_secret,
                "oa_id": state.oa_id, "refresh_token": "refresh-0", "webhook_secret": state.webhook_secret,
                "base_url": self.base_url, "oauth_url": self.base_url, **more}  # fmt: skip

    def settings(self, name: str = "oa", **more: object) -> str:
        """The same as a section of a config.toml."""
        lines = [f"{key} = {json.dumps(value)}" for key, value in self.account(name, **more).items()]
        return "[[accounts]]\n" + "\n".join(lines) + "\n"

    def group(self, name: str, *members: Person, foreign: bool = False) -> GroupChat:
        made = OaGroup(self.state.next_id(), name, f"asset-{self.state.next_id()}", foreign=foreign)
        made.members = [ADMIN, *(person.id for person in members)]
        self.state.assets[made.asset] = "gmf100"
        self.state.groups[made.id] = made
        return GroupChat(self, made)

    def asset(self, size: str = "gmf100") -> str:
        """The right to one more group."""
        name = f"asset-{self.state.next_id()}"
        self.state.assets[name] = size
        return name

    def person(self, name: str, *groups: GroupChat) -> Person:
        made = Person(f"2{self.state.next_id()}", name)
        self.state.people[made.id] = name
        for group in groups:
            group.state.members.append(made.id)
        return made

    async def write(self, person: Person, text: str) -> Delivery:
        """Somebody writes to the account, which may answer for seven days from then."""
        self.state.in_window.add(person.id)
        event = self.event("user_send_text", sender={"id": person.id}, recipient={"id": self.state.oa_id},
                           message={"text": text, "msg_id": self.state.next_id()})  # fmt: skip
        return await self.webhook.send(event)

    def event(self, name: str, **more: Any) -> dict[str, Any]:
        return {"app_id": self.state.app_id, "event_name": name, "timestamp": str(int(time.time() * 1000)), **more}

    def fault(self, what: Trouble, path: str, *, error: int = 0, times: int = 1, skip: int = 0) -> None:
        """The next calls whose path ends with `path` go wrong so."""
        self.state.faults.append(Fault(what, path, error, times, skip))

    def refuse(self, path: str, error: int, *, times: int = 1, skip: int = 0) -> None:
        self.fault(Trouble.REFUSED, path, error=error, times=times, skip=skip)

    def expire_access(self) -> None:
        """No access token given so far is good any more."""
        self.state.access_tokens.clear()

    def release(self) -> None:
        """Let held answers go."""
        self.state.released.set()
        self.state.released = asyncio.Event()

    def sent(self, to: str | None = None) -> list[Sent]:
        return [one for one in self.state.sent if to is None or one.to == to]

    def calls(self, path: str) -> int:
        """How many calls of a path ending so were answered or held."""
        return sum(request.path.endswith(path) for request in self.state.requests)

    async def wait_for(self, look: Callable[[], T], seconds: float = 20.0) -> T:
        """What `look` gives, once that is anything."""
        async with asyncio.timeout(seconds):
            while not (found := look()):
                await self.state.changed.wait()
        return found

"""What the fake Official Account's platform remembers: tokens, groups, people, messages, uploads, trouble to make."""

import asyncio
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

ADMIN = "1000000000000000001"  # the person who looks after the account


class Trouble(StrEnum):
    """What goes wrong with a call."""

    REFUSED = "refused"  # answered with `error` under HTTP 200
    STATUS = "status"  # answered with an HTTP status and a page that is no JSON
    CUT_BEFORE = "cut_before"  # the connection drops before anything is done
    CUT_AFTER = "cut_after"  # it is done, and then the connection drops
    HELD = "held"  # it is done, and the answer waits until `release`
    HELD_BEFORE = "held_before"  # nothing is done, and no answer comes until `release`


@dataclass(slots=True)
class Fault:
    """`times` calls whose path ends with `path` end so; the first `skip` of them are left alone."""

    what: Trouble
    path: str
    error: int = 0
    times: int = 1
    skip: int = 0


@dataclass(slots=True)
class Sent:
    """One message of the account, into a group or to a person (`to` is its or their id)."""

    id: str
    to: str
    private: bool
    text: str = ""
    attachment: dict[str, Any] | None = None
    at: int = field(default_factory=lambda: int(time.time() * 1000))  # milliseconds


@dataclass(slots=True)
class OaGroup:
    id: str
    name: str
    asset: str
    members: list[str] = field(default_factory=list)
    disabled: bool = False  # its package has run out
    foreign: bool = False  # another account's
    gone: bool = False


@dataclass(slots=True)
class Request:
    """One call as it came. `error` is what it was answered with (None: no answer)."""

    path: str
    body: dict[str, Any]
    error: int | None = None


@dataclass(slots=True)
class State:
    """`known_days`: people who wrote within seven days may be written to. `refreshes` are refresh tokens as they were
    used, in order; `reused` those that were used a second time."""

    app_id: str = "2345678901234567890"
    app_secret: str = "synthetic-app-secret"
    oa_id: str = "4567890123456789012"
    webhook_secret: str = "synthetic-oa-secret"
    refresh_token: str = "refresh-0"
    access_tokens: set[str] = field(default_factory=set)
    groups: dict[str, OaGroup] = field(default_factory=dict)
    assets: dict[str, str] = field(default_factory=dict)  # id: size, of groups that can be made
    people: dict[str, str] = field(default_factory=lambda: {ADMIN: "Quản trị viên"})
    in_window: set[str] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)  # events of what people wrote into groups
    uploads: dict[str, bytes] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    refreshes: list[str] = field(default_factory=list)
    reused: list[str] = field(default_factory=list)
    permitted: bool = True
    expires_in: str = "90000"
    calls_per_minute: int = 0  # 0: any number
    released: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    counter: int = 0

    def next_id(self) -> str:
        self.counter += 1
        return f"{self.counter:06}{secrets.token_hex(5)}"

    def note(self) -> None:
        """Something happened: whoever waits looks again."""
        self.changed.set()
        self.changed = asyncio.Event()

    def take_fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if path.endswith(fault.path) and fault.times > 0:
                if fault.skip > 0:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                return fault
        return None

    def exchange(self, refresh_token: str) -> tuple[str, str] | None:
        """A new pair; None for a token that was used before, or never was one."""
        if refresh_token != self.refresh_token:
            self.reused.append(refresh_token)
            return None
        self.refreshes.append(refresh_token)
        self.refresh_token = f"refresh-{len(self.refreshes)}-{secrets.token_hex(4)}"
        access = f"access-{len(self.refreshes)}-{secrets.token_hex(4)}"
        self.access_tokens.add(access)
        return access, self.refresh_token

"""A channel that lives in this process and is shaped like Telegram: for `loa demo`, for drills, for tests.

It takes its time, keeps what it was sent so that the other side can read it and press the button, and goes wrong on
request. With `strict` it refuses, as the platform would, whatever comes faster than the platform takes it.
"""

import asyncio
import html
import random
import re
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from announcements.channels import (
    Button,
    Channel,
    File,
    Limits,
    Message,
    Posted,
    Profile,
    Refused,
    RefusedReason,
    Scope,
    SlowDown,
    Unsure,
)
from announcements.phrases import label
from announcements.text import utf16_length
from announcements.types import ChannelKind
from bot.channels.pieces import post_pieces

LIKE_TELEGRAM = Limits(
    text_length=4096,
    caption_length=1024,
    per_second=25.0,
    per_chat_per_minute=20.0,
    per_chat_per_second=1.0,
    concurrency=30,
    html=True,
    buttons=True,
    edits=True,
    files=True,
)
LATENCY = (0.040, 0.150)  # seconds, the shortest and the longest
KEPT = 50  # messages remembered per chat

# The platform takes a little more than what `Limits` promises to send: 30 a second. Requests wander by some
# milliseconds on their way, so every span is measured this much shorter.
ACCOUNT_PER_SECOND = 30
LEEWAY = 0.1  # seconds

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Programme:
    """What goes wrong. Chats are named by their addresses.

    A `slow_share` of the chats answers `SlowDown(slow_after)` once, before its first message. `refused` chats always
    refuse, for the reason given. `unsure` chats get their first message, but no answer says so.
    """

    slow_share: float = 0.0
    slow_after: float = 1.0
    refused: Mapping[str, RefusedReason] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()
    strict: bool = False


NOTHING_WRONG = Programme()


@dataclass(frozen=True, slots=True)
class Kept:
    """One message as the chat shows it: a text or a file, and the button under it as it reads now."""

    id: str
    text: str = ""
    file: File | None = None
    button: Button | None = None


class Pace:
    """What the platform itself counts: sends and edits, of the account and of each chat. Times are monotonic."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._account: deque[float] = deque()
        self._chats: dict[str, deque[float]] = defaultdict(deque)

    def take(self, address: str, now: float) -> None:
        """Count one request. Raises `SlowDown` instead when it comes too soon."""
        chat = self._chats[address]
        _check(chat, now, int(self._limits.per_chat_per_minute), 60.0, Scope.CHAT)
        if self._limits.per_chat_per_second:
            _check(chat, now, 1, 1.0 / self._limits.per_chat_per_second, Scope.CHAT)
        _check(self._account, now, ACCOUNT_PER_SECOND, 1.0, Scope.ACCOUNT)
        chat.append(now)
        self._account.append(now)
        _forget(chat, now - 60.0)
        _forget(self._account, now - 1.0)


def _check(times: deque[float], now: float, most: int, span: float, scope: Scope) -> None:
    if most and len(times) >= most and times[-most] > now - span + LEEWAY:
        raise SlowDown(times[-most] + span - now, scope, "too many requests")


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] < before:
        times.popleft()


class RehearsalChannel(Channel):
    """One account of the rehearsal. `requests` counts sends and edits, refused ones too; `too_fast` those refused for
    their pace. `rng`, `sleep` and `monotonic` are for tests.
    """

    def __init__(
        self,
        programme: Programme = NOTHING_WRONG,
        *,
        limits: Limits = LIKE_TELEGRAM,
        latency: tuple[float, float] = LATENCY,
        rng: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits
        self.programme = programme
        self.requests = 0
        self.too_fast = 0
        self._latency = latency
        self._rng = rng or random.Random()  # noqa: S311 -- chance, not secrecy
        self._sleep = sleep
        self._monotonic = monotonic
        self._pace = Pace(limits)
        self._chats: dict[str, deque[Kept]] = defaultdict(lambda: deque(maxlen=KEPT))
        self._arrived: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._met: set[str] = set()  # chats that were written to
        self._last_id = 0

    def messages(self, address: str) -> tuple[Kept, ...]:
        """What a chat holds, the oldest first."""
        return tuple(self._chats.get(address, ()))

    async def latest(self, address: str) -> Kept:
        """The latest message of a chat; waits for the first when there is none yet."""
        await self._arrived[address].wait()
        return self._chats[address][-1]

    async def send(self, address: str, message: Message) -> Posted:
        """Post what of `message` isn't `done` yet. An error's `done` holds all ids posted so far, earlier ones too."""
        uploaded: dict[int, str] = {}

        async def post(piece: File | str, last: bool) -> str:
            message_id = await self._post(address, piece, message.button if last else None)
            if isinstance(piece, File) and piece.remote_id is None:
                uploaded[piece.id] = f"file-{piece.id}"
            return message_id

        posted = await post_pieces(message, post)
        return Posted(posted, posted[-1], uploaded)

    async def _post(self, address: str, piece: File | str, button: Button | None) -> str:
        await self._request(address)
        self._check_content(piece)
        if self._is_slow(address):
            raise SlowDown(self.programme.slow_after, detail="slow by the programme")
        unsure = address in self.programme.unsure and not self.messages(address)
        self._last_id += 1
        kept = Kept(str(self._last_id), button=button)
        kept = replace(kept, file=piece) if isinstance(piece, File) else replace(kept, text=piece)
        self._chats[address].append(kept)
        self._arrived[address].set()
        if unsure:
            raise Unsure("no answer, by the programme")
        return kept.id

    async def edit_button(self, address: str, message_id: str, button: Button | None) -> None:
        """Rewrite the button under a kept message; an equal one is a success. A message that is gone is `Refused`."""
        await self._request(address)
        chat = self._chats.get(address, deque())
        for place, kept in enumerate(chat):
            if kept.id == message_id:
                chat[place] = replace(kept, button=button)
                return
        raise Refused(RefusedReason.BAD_CONTENT, "no such message")

    async def _request(self, address: str) -> None:
        """The way there and back, and what the platform says before it looks at the request."""
        self.requests += 1
        if self.programme.strict:
            try:
                self._pace.take(address, self._monotonic())
            except SlowDown:
                self.too_fast += 1
                raise
        await self._sleep(self._rng.uniform(*self._latency))
        reason = self.programme.refused.get(address)
        if reason is not None:
            raise Refused(reason, "refused by the programme")

    def _is_slow(self, address: str) -> bool:
        """Decided when a chat is first written to, and said once."""
        if address in self._met:
            return False
        self._met.add(address)
        return self._rng.random() < self.programme.slow_share

    def _check_content(self, piece: File | str) -> None:
        if isinstance(piece, File):
            return
        if not piece:
            raise Refused(RefusedReason.BAD_CONTENT, "message text is empty")
        if utf16_length(html.unescape(_TAG.sub("", piece))) > self.limits.text_length:
            raise Refused(RefusedReason.BAD_CONTENT, "message is too long")

    async def health(self) -> Profile:
        return Profile(label(ChannelKind.REHEARSAL).lower())

    async def look(self, address: str) -> str:
        return ""

    async def close(self) -> None: ...

"""Every adapter at work, for the behaviours that all channels promise: a stand is a channel and the platform behind it.

`test_channels_contract.py` asks them. A new adapter adds its stand to `STANDS`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, cast

from announcements.channels import Channel, RefusedReason
from announcements.types import ChannelKind
from bot.channels.assisted import AssistedChannel
from bot.channels.board import BoardChannel
from bot.channels.rehearsal import Programme, RehearsalChannel
from bot.channels.telegram.sender import TelegramChannel
from bot.channels.zalo_bot.sender import ZaloBotChannel
from bot.channels.zalo_oa.sender import ZaloOaChannel
from bot.channels.zalo_oa.tokens import TokenKeeper
from tests.fakes import telegram_faults, zalo_bot_faults, zalo_oa_state
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOa

SYNTHETIC = "synthetic-access-token"


class Trouble(Enum):
    """What can become of posting a piece."""

    WRONG_TOKEN = auto()  # the account as a whole is refused
    CHAT_GONE = auto()
    BAD_CONTENT = auto()
    TOO_MANY = auto()  # asked to pause
    SERVER_ERROR = auto()  # an answer that proves nothing
    NO_ANSWER = auto()  # taken, and then the line is cut
    NOT_TAKEN = auto()  # the line is cut first; nobody here can tell


@dataclass(slots=True)
class Stand:
    """One channel with a chat that works. `texts` are what the chat holds, in order; `provoke(trouble, skip)` lets the
    piece after `skip` more meet that trouble, once. `troubles` are those the platform can have; `secrets` may never be
    seen. `slow(seconds)` and `leave()` are of platforms behind a network.
    """

    channel: Channel
    address: str
    texts: Callable[[], list[str]]
    troubles: frozenset[Trouble] = frozenset()
    provoke: Callable[[Trouble, int], None] | None = None
    secrets: tuple[str, ...] = ()
    slow: Callable[[float], None] | None = None
    leave: Callable[[], Awaitable[None]] | None = None
    posts: bool = True  # pieces go out, one by one


def behind_a_network(
    fake: Any, channel: Channel, address: str, texts: Callable[[], list[str]], faults: Mapping[Trouble, Any]
) -> Stand:
    """A fake platform in the style of `tests/fakes/`: its `fault`, its `server`, its `token`."""

    def provoke(trouble: Trouble, skip: int) -> None:
        fake.fault(faults[trouble], method="sendMessage", skip=skip)

    def slow(seconds: float) -> None:
        fake.server.latency = seconds

    secret = fake.token.partition(":")[2]
    return Stand(channel, address, texts, frozenset(faults), provoke, (secret,), slow, fake.server.stop)


@asynccontextmanager
async def telegram() -> AsyncIterator[Stand]:
    faults = {
        Trouble.WRONG_TOKEN: telegram_faults.refusal(401, "Unauthorized"),
        Trouble.CHAT_GONE: telegram_faults.refusal(400, "Bad Request: chat not found"),
        Trouble.BAD_CONTENT: telegram_faults.refusal(400, "Bad Request: message is too long"),
        Trouble.TOO_MANY: telegram_faults.too_many(3),
        Trouble.SERVER_ERROR: telegram_faults.server_error(502),
        Trouble.NO_ANSWER: telegram_faults.cut_after(),
        Trouble.NOT_TAKEN: telegram_faults.cut_before(),
    }
    async with FakeTelegram() as fake:
        group = fake.group("Tổ 1")
        channel = TelegramChannel(fake.token, fake.base_url)
        yield behind_a_network(
            fake, channel, str(group.id), lambda: [message.text for message in fake.sent(group.id)], faults
        )
        await channel.close()


@asynccontextmanager
async def zalo_bot() -> AsyncIterator[Stand]:
    faults = {
        Trouble.WRONG_TOKEN: zalo_bot_faults.refusal(401, "Unauthorized"),
        Trouble.CHAT_GONE: zalo_bot_faults.refusal(404, "Not Found"),
        Trouble.BAD_CONTENT: zalo_bot_faults.refusal(400, "Bad Request"),
        Trouble.TOO_MANY: zalo_bot_faults.too_many(),
        Trouble.SERVER_ERROR: zalo_bot_faults.edge(502),
        Trouble.NO_ANSWER: zalo_bot_faults.cut_after(),
        Trouble.NOT_TAKEN: zalo_bot_faults.cut_before(),
    }
    async with FakeZaloBot() as fake:
        group = fake.group("Tổ 1")
        channel = ZaloBotChannel(fake.token, fake.base_url)
        yield behind_a_network(
            fake, channel, group.id, lambda: [message.text for message in fake.sent(group.id)], faults
        )
        await channel.close()


class Handed:
    """The access token of an Official Account, good for ever. Stands for its keeper."""

    async def access(self) -> str:
        return SYNTHETIC

    async def renew(self, stale: str) -> str:
        return SYNTHETIC

    async def close(self) -> None: ...


@asynccontextmanager
async def zalo_oa() -> AsyncIterator[Stand]:
    troubles = {
        Trouble.WRONG_TOKEN: (zalo_oa_state.Trouble.REFUSED, -223),
        Trouble.CHAT_GONE: (zalo_oa_state.Trouble.REFUSED, -237),
        Trouble.BAD_CONTENT: (zalo_oa_state.Trouble.REFUSED, -201),
        Trouble.TOO_MANY: (zalo_oa_state.Trouble.REFUSED, -32),
        Trouble.SERVER_ERROR: (zalo_oa_state.Trouble.STATUS, 502),
        Trouble.NO_ANSWER: (zalo_oa_state.Trouble.CUT_AFTER, 0),
        Trouble.NOT_TAKEN: (zalo_oa_state.Trouble.CUT_BEFORE, 0),
    }
    async with FakeZaloOa() as fake:
        fake.state.access_tokens.add(SYNTHETIC)
        group = fake.group("Tổ 1")
        channel = ZaloOaChannel(cast(TokenKeeper, Handed()), fake.base_url, fake.state.oa_id)

        def provoke(trouble: Trouble, skip: int) -> None:
            what, error = troubles[trouble]
            fake.fault(what, "/group/message", error=error, skip=skip)

        def slow(seconds: float) -> None:
            if seconds:
                fake.fault(zalo_oa_state.Trouble.HELD_BEFORE, "/group/message")
            else:
                fake.release()

        texts, troubled = lambda: [sent.text for sent in fake.sent(group.id)], frozenset(troubles)
        yield Stand(channel, group.id, texts, troubled, provoke, (SYNTHETIC,), slow, fake._server.stop)
        await channel.close()


@asynccontextmanager
async def rehearsal() -> AsyncIterator[Stand]:
    channel = RehearsalChannel(latency=(0.0, 0.0))
    programmes = {
        Trouble.CHAT_GONE: Programme(refused={"1": RefusedReason.CHAT_GONE}),
        Trouble.BAD_CONTENT: Programme(refused={"1": RefusedReason.BAD_CONTENT}),
        Trouble.NO_ANSWER: Programme(unsure=frozenset({"1"})),
    }

    def provoke(trouble: Trouble, skip: int) -> None:
        channel.programme = programmes[trouble]

    yield Stand(channel, "1", lambda: [kept.text for kept in channel.messages("1")], frozenset(programmes), provoke)


@asynccontextmanager
async def board() -> AsyncIterator[Stand]:
    yield Stand(BoardChannel(), "thu-que", list, posts=False)


@asynccontextmanager
async def assisted() -> AsyncIterator[Stand]:
    yield Stand(AssistedChannel(), "hand-1", list, posts=False)


STANDS: dict[ChannelKind, Callable[[], AbstractAsyncContextManager[Stand]]] = {
    ChannelKind.TELEGRAM: telegram,
    ChannelKind.ZALO_BOT: zalo_bot,
    ChannelKind.ZALO_OA: zalo_oa,
    ChannelKind.REHEARSAL: rehearsal,
    ChannelKind.BOARD: board,
    ChannelKind.ASSISTED: assisted,
}

"""A fake Telegram Bot API server: strict, stateful, on 127.0.0.1, for tests of the bot and of the real command.

    async with FakeTelegram() as telegram:
        lan = telegram.user("Lan")
        group = telegram.group("Tổ 1", [lan])
        ...                                   # run the bot against telegram.base_url with telegram.token
        await telegram.wait_for(lambda: telegram.sent(group.id))
        press = telegram.tap(lan, telegram.sent(group.id)[-1])

On leaving, it fails the test when a request, an answer or an update didn't fit the Bot API's schema.
`tests/fakes/README.md` tells what can be done with it.
"""

from collections import Counter
from types import TracebackType

from tests.fakes.faults import Faults
from tests.fakes.platform import FakePlatform
from tests.fakes.telegram_faults import RateLimiter, RateLimits
from tests.fakes.telegram_membership import Membership
from tests.fakes.telegram_people import People
from tests.fakes.telegram_schema_source import schema
from tests.fakes.telegram_server import Server
from tests.fakes.telegram_state import State
from tests.fakes.telegram_webhook import WebhookSender
from tests.fakes.telegram_world import Answer, Clock, Edit, Json, Message, RemoteFile, Request, User

TOKEN = "424242:synthetic-token-for-tests"


class FakeTelegram(FakePlatform, People, Membership):
    """One bot's Telegram. The record (`messages`, `edits`, `answers`, `requests`) only grows."""

    def __init__(self, token: str = TOKEN, *, username: str = "loa_thon_bot", port: int = 0) -> None:
        me = User(int(token.partition(":")[0]), "Loa Thôn", username=username, is_bot=True)
        self.state = State(me, schema())
        self.server = Server(self.state, token)
        self.webhook = WebhookSender(self.state.updates)
        super().__init__(port)
        self.state.on_change = self._changed.set

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.webhook.close()
        await super().__aexit__(kind, error, trace)

    @property
    def faults(self) -> Faults:
        return self.state.faults

    @property
    def me(self) -> User:
        return self.state.me

    @property
    def clock(self) -> Clock:
        """The fake's time; `clock.advance(150)` lets presses die."""
        return self.state.clock

    @property
    def messages(self) -> list[Message]:
        """What the bot has posted, in order, each as it stands now."""
        return self.state.messages

    @property
    def edits(self) -> list[Edit]:
        return self.state.edits

    @property
    def answers(self) -> list[Answer]:
        return self.state.answers

    @property
    def uploads(self) -> list[RemoteFile]:
        """The files that the bot uploaded; `sent` tells how many messages carry each."""
        return [file for file in self.state.files.values() if not file.shared]

    @property
    def requests(self) -> list[Request]:
        return self.state.requests

    @property
    def violations(self) -> list[str]:
        return self.state.violations

    @property
    def lost(self) -> list[Json]:
        """The updates that died before the bot took them."""
        self.state.updates.waiting()
        return self.state.updates.lost

    def sent(self, chat_id: int | None = None, containing: str = "") -> list[Message]:
        """The bot's messages to a chat (None: all) whose text holds `containing`."""
        return [m for m in self.messages if chat_id in (None, m.chat_id) and containing in m.text]

    def calls(self, method: str, chat_id: int | None = None, status: int | None = None) -> list[Request]:
        """The requests for `method`; `status` 429 finds those that came too fast."""
        return [
            r
            for r in self.requests
            if r.method == method and chat_id in (None, r.chat_id) and status in (None, r.status)
        ]

    def edits_of(self, message: Message) -> list[Edit]:
        return [e for e in self.edits if (e.chat_id, e.message_id) == (message.chat_id, message.message_id)]

    def duplicates(self) -> dict[tuple[int, str], int]:
        """What was posted to the same chat more than once, by (chat id, text or file name)."""
        posted = Counter((m.chat_id, m.text or (m.file.name if m.file else "")) for m in self.messages)
        return {what: count for what, count in posted.items() if count > 1}

    def limit_rates(self, limits: RateLimits | None = None) -> None:
        """Enforce Telegram's rate limits from now on; without `limits` the published ones, in real time."""
        self.state.limiter = RateLimiter(limits or RateLimits(), self.clock)

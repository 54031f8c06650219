"""A fake Zalo Bot Platform for one bot: strict, stateful, on 127.0.0.1, for tests of the bot and of the real command.

    async with FakeZaloBot() as zalo:
        lan = zalo.person("Lan")
        group = zalo.group("Tổ 1")
        ...                                   # run the bot against zalo.base_url with zalo.token
        await zalo.wait_for(lambda: zalo.sent(group.id))
        zalo.at(group.id).say(lan, "đã nhận", quoting=zalo.sent(group.id)[-1])

On leaving, it fails the test when a request didn't fit the platform's manual. `tests/fakes/README.md` tells more.
"""

import time
from collections import Counter
from dataclasses import dataclass

from tests.fakes.faults import Faults
from tests.fakes.platform import FakePlatform
from tests.fakes.zalo_bot_methods import State
from tests.fakes.zalo_bot_server import Server
from tests.fakes.zalo_bot_world import Chat, ChatType, Event, Habits, Json, Message, Person, Request

TOKEN = "4242424242:synthetic-token-for-tests"
PICTURE = "https://photo.example.vn/anh.jpg"


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, and what people do there. Every act returns the update the bot is told; None when it isn't."""

    state: State
    chat: Chat

    def say(
        self, person: Person, text: str, *, quoting: Message | None = None, mentioning: bool = False
    ) -> Json | None:
        """`person` writes, as a quote-reply or with the bot's name in front. In a group the bot hears nothing else.

        Nothing in the update names the message that was quoted.
        """
        name = self.state.me.display_name
        words = f"@{name} {text}".strip() if mentioning else text
        addressed = quoting is not None or words.casefold().startswith(f"@{name}".casefold())
        return self._tell(person, Event.TEXT, {"text": words}, addressed)

    def show(
        self, person: Person, url: str = PICTURE, caption: str = "", *, quoting: Message | None = None
    ) -> Json | None:
        """`person` posts a picture."""
        named = caption.casefold().startswith(f"@{self.state.me.display_name}".casefold())
        held = {self.state.habits.photo_field: url, **({"caption": caption} if caption else {})}
        return self._tell(person, Event.IMAGE, held, quoting is not None or named)

    def stick(self, person: Person, *, quoting: Message | None = None) -> Json | None:
        held = {"sticker": "0e078a2a5b6fb231eb7e", "url": "https://zalo.example.vn/sticker"}
        return self._tell(person, Event.STICKER, held, quoting is not None)

    def speak(self, person: Person, *, quoting: Message | None = None) -> Json | None:
        held = {"voice_url": "https://zalo.example.vn/giong.aac"}
        return self._tell(person, Event.VOICE, held, quoting is not None)

    def _tell(self, person: Person, event: Event, held: Json, addressed: bool) -> Json | None:
        if not self.chat.here or (self.chat.type is ChatType.GROUP and not addressed):
            return None
        if self.chat.type is ChatType.PRIVATE:
            self.state.chats.setdefault(self.chat.id, self.chat)  # from now on the bot may write there
        if person.protected:
            event, held = Event.UNSUPPORTED, {}
        message = {"message_id": self.state.next_message_id(), "date": int(time.time() * 1000),
                   "from": person.json(), "chat": self.chat.json(), **held}  # fmt: skip
        return self.state.tell(event, message)


class FakeZaloBot(FakePlatform):
    """One bot's Zalo. The record (`messages`, `requests`, `told`, `lost`) only grows."""

    def __init__(self, token: str = TOKEN, *, name: str = "Bot Loa Thôn", port: int = 0) -> None:
        me = Person(token.partition(":")[0], name, is_bot=True)
        self.state = State(me)
        self.server = Server(self.state, token)
        super().__init__(port)
        self.state.on_change = self._changed.set

    @property
    def faults(self) -> Faults:
        return self.state.faults

    @property
    def me(self) -> Person:
        return self.state.me

    @property
    def habits(self) -> Habits:
        """What nobody knows of the platform, or knows differently: a test may choose."""
        return self.state.habits

    @property
    def messages(self) -> list[Message]:
        return self.state.messages

    @property
    def requests(self) -> list[Request]:
        return self.state.requests

    @property
    def violations(self) -> list[str]:
        return self.state.violations

    @property
    def told(self) -> list[Json]:
        """The updates the bot has taken."""
        return self.state.updates.told

    @property
    def lost(self) -> list[Json]:
        """Those it will never get."""
        return self.state.updates.lost

    @property
    def is_polled(self) -> bool:
        return self.state.updates.polls > 0

    def person(self, display_name: str, *, protected: bool = False) -> Person:
        """A new person, who has never written to the bot."""
        number = f"{0x5A10_0000 + next(self.state.ids):08x}"
        person = self.state.people[number] = Person(number, display_name, protected)
        return person

    def group(self, title: str) -> Chat:
        """A group with the bot in it."""
        chat = Chat(f"zgr-{next(self.state.ids):06d}", ChatType.GROUP, title)
        self.state.chats[chat.id] = chat
        return chat

    def at(self, chat_id: str) -> Place:
        """A group by its id, or the private chat of a person by theirs."""
        if chat_id in self.state.people:
            return Place(self.state, self.state.chats.get(chat_id) or Chat(chat_id, ChatType.PRIVATE))
        return Place(self.state, self.state.chats[chat_id])

    def repeat(self, update: Json) -> None:
        """Tell the bot the same once more."""
        self.state.updates.put(update)

    def sent(self, chat_id: str | None = None, containing: str = "") -> list[Message]:
        """The bot's messages to a chat (None: all) whose text holds `containing`."""
        return [m for m in self.messages if chat_id in (None, m.chat.id) and containing in m.text]

    def calls(self, method: str, chat_id: str | None = None, code: int | None = None) -> list[Request]:
        """The requests for `method`; `code` 429 finds those that came too often."""
        return [
            one
            for one in self.requests
            if one.method == method and chat_id in (None, one.chat_id) and code in (None, one.code)
        ]

    def duplicates(self) -> dict[tuple[str, str], int]:
        """What was posted to the same chat more than once, by (chat id, text or picture)."""
        posted = Counter((m.chat.id, m.photo or m.text) for m in self.messages)
        return {what: count for what, count in posted.items() if count > 1}

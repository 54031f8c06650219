"""The methods of the Zalo Bot API that the fake plays, strict about their parameters.

Sources: the manual's rules as collected from public implementations; where nobody knows, `Habits` says what is chosen.
"""

import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.faults import Faults
from tests.fakes.zalo_bot_updates import Updates
from tests.fakes.zalo_bot_world import Chat, Event, Habits, Json, Message, Person, Refusal, Request

LONGEST_TEXT = 2000
SECRET_LENGTHS = range(8, 257)


@dataclass(slots=True)
class State:
    """The fake's world. Lists only grow: they are the record tests read."""

    me: Person
    habits: Habits = field(default_factory=Habits)
    people: dict[str, Person] = field(default_factory=dict)
    chats: dict[str, Chat] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    actions: list[tuple[str, str]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    violations: list[str] = field(default_factory=list)
    quota: int | None = None  # messages it still takes; then 429
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    updates: Updates = field(init=False)
    on_change: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.updates = Updates(self.habits)

    def next_message_id(self) -> str:
        return f"{next(self.ids):08x}zmsg"

    def tell(self, event: Event, message: Json) -> Json:
        """An update for the bot; returns it, told or lost."""
        update = {"event_name": event.value, "message": message}
        self.updates.put(update)
        self.on_change()
        return update

    def chat(self, params: Json) -> Chat:
        """The chat a call names, if the bot can write there."""
        chat = self.chats.get(_text(params, "chat_id"))
        if chat is None or not chat.here:
            raise Refusal(404, "Not Found: chat not found")
        return chat

    def post(self, chat: Chat, text: str, photo: str = "") -> Json:
        if self.quota is not None:
            if self.quota <= 0:
                raise Refusal(429, "Quota exceeded")
            self.quota -= 1
        message = Message(chat, self.next_message_id(), text, photo, time.time())
        self.messages.append(message)
        date = int(message.at * 1000)
        if self.habits.echoes:
            self.tell(Event.TEXT, {"message_id": message.id, "date": date, "from": self.me.json(),
                                   "chat": chat.json(), "text": text})  # fmt: skip
        return {"message_id": message.id, "date": date}


Run = Callable[[State, Json], Any | Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Method:
    run: Run
    params: frozenset[str]


def _text(params: Json, name: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(400, f"Bad Request: {name} is required")
    return value


def _words(params: Json, name: str) -> str:
    value = params.get(name, "")
    if not isinstance(value, str) or len(value.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        raise Refusal(400, f"Bad Request: {name} is too long")
    return value


def is_public(url: str, schemes: tuple[str, ...]) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        return parts.scheme in schemes and ip_address(host).is_global
    except ValueError:
        return parts.scheme in schemes and "." in host


def get_me(state: State, _: Json) -> Json:
    me, join = state.me, state.habits.can_join_groups
    return {"id": me.id, "account_name": me.display_name, "account_type": "BASIC", "can_join_groups": join}


async def get_updates(state: State, params: Json) -> Json | list[Json]:
    try:
        seconds = float(params.get("timeout", 30))
    except (TypeError, ValueError):
        raise Refusal(400, "Bad Request: timeout") from None
    return await state.updates.poll(seconds)


def send_message(state: State, params: Json) -> Json:
    chat = state.chat(params)
    _text(params, "text")
    return state.post(chat, _words(params, "text"))


def send_photo(state: State, params: Json) -> Json:
    chat = state.chat(params)
    if not is_public(_text(params, "photo"), ("http", "https")):
        raise Refusal(400, "Bad Request: photo must be a public URL")
    return state.post(chat, _words(params, "caption"), params["photo"])


def send_chat_action(state: State, params: Json) -> None:
    chat = state.chat(params)
    if params.get("action") != "typing":
        raise Refusal(400, "Bad Request: action")
    state.actions.append((chat.id, "typing"))


def set_webhook(state: State, params: Json) -> Json:
    url, secret = _text(params, "url"), _text(params, "secret_token")
    if not is_public(url, ("https",)) or len(secret) not in SECRET_LENGTHS:
        raise Refusal(400, "Bad Request: webhook")
    state.updates.set_webhook(url, secret)
    return {"url": url, "updated_at": state.updates.webhook.updated_at}


def delete_webhook(state: State, _: Json) -> Json:
    state.updates.set_webhook("", "")
    return {"url": "", "updated_at": state.updates.webhook.updated_at}


def get_webhook_info(state: State, _: Json) -> Json:
    hook = state.updates.webhook
    if not hook.url and state.habits.no_webhook_is_404:
        raise Refusal(404, "Not Found: no webhook")
    return {"url": hook.url, "updated_at": hook.updated_at}


METHODS = {
    "getMe": Method(get_me, frozenset()),
    "getUpdates": Method(get_updates, frozenset({"timeout"})),
    "sendMessage": Method(send_message, frozenset({"chat_id", "text", "parse_mode", "text_styles"})),
    "sendPhoto": Method(send_photo, frozenset({"chat_id", "photo", "caption"})),
    "sendChatAction": Method(send_chat_action, frozenset({"chat_id", "action"})),
    "setWebhook": Method(set_webhook, frozenset({"url", "secret_token"})),
    "deleteWebhook": Method(delete_webhook, frozenset()),
    "getWebhookInfo": Method(get_webhook_info, frozenset()),
}

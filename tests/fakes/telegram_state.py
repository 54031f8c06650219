"""Everything the fake Telegram holds, with the look-ups and the record that methods and people share."""

import itertools
from collections.abc import Callable
from typing import Any

from tests.fakes.telegram_errors import bad_request, forbidden, too_many_requests, upgraded_to_supergroup
from tests.fakes.telegram_faults import Faults, RateLimiter
from tests.fakes.telegram_schema import Schema
from tests.fakes.telegram_updates import UpdateQueue
from tests.fakes.telegram_world import (
    ABSENT,
    ADMINS,
    Answer,
    Chat,
    ChatType,
    Clock,
    Edit,
    Json,
    Message,
    Press,
    RemoteFile,
    Request,
    Standing,
    User,
)

FIRST_USER, FIRST_GROUP, FIRST_SUPERGROUP = 700_000_001, -4_000_000_001, -1_002_000_000_001
KIND_OF_CHAT = {ChatType.GROUP: "group", ChatType.SUPERGROUP: "supergroup", ChatType.CHANNEL: "channel"}


class State:
    """The fake's world. Lists only grow: they are the record tests read."""

    def __init__(self, me: User, schema: Schema | None) -> None:
        self.me = me
        self.schema = schema
        self.clock = Clock()
        self.updates = UpdateQueue(self.clock)
        self.faults = Faults()
        self.limiter: RateLimiter | None = None
        self.answer_deadline = 30.0  # seconds from the press; undocumented, reports say 10 to 30
        self.privacy = True
        self.users: dict[int, User] = {me.id: me}
        self.chats: dict[int, Chat] = {}
        self.history: dict[tuple[int, int], Message] = {}  # by chat and message id, people's messages too
        self.files: dict[str, RemoteFile] = {}
        self.presses: dict[str, Press] = {}
        self.menus: dict[str, list[Json]] = {}  # commands by the chat or kind of chats that sees them
        self.messages: list[Message] = []
        self.edits: list[Edit] = []
        self.answers: list[Answer] = []
        self.actions: list[tuple[int, str]] = []
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.on_change: Callable[[], None] = lambda: None
        self.ids = itertools.count(1)
        self.user_ids = itertools.count(FIRST_USER)
        self.group_ids = itertools.count(FIRST_GROUP, -1)
        self.supergroup_ids = itertools.count(FIRST_SUPERGROUP, -1)
        self._box = 0  # private chats and basic groups number their messages together, supergroups each for itself

    def next_message_id(self, chat: Chat) -> int:
        if chat.type in (ChatType.PRIVATE, ChatType.GROUP):
            self._box += 1
            return self._box
        chat.last_message_id += 1
        return chat.last_message_id

    def store(self, message: Message) -> Message:
        self.history[(message.chat_id, message.message_id)] = message
        return message

    def find_message(self, chat_id: int, message_id: int) -> Message | None:
        message = self.history.get((chat_id, message_id))
        return None if message is None or message.deleted else message

    def chat(self, chat_id: int | str) -> Chat:
        """The chat under an id or an @username, if the bot can see it. Raises the server's refusal."""
        chat = self._named(chat_id) if str(chat_id).startswith("@") else self._numbered(chat_id)
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise upgraded_to_supergroup(chat.migrated_to)
        self._require_presence(chat)
        return chat

    def _numbered(self, chat_id: int | str) -> Chat | None:
        try:
            number = int(chat_id)
        except ValueError:
            return None
        if number in self.users and number not in self.chats and number != self.me.id:
            raise forbidden("bot can't initiate conversation with a user")
        return self.chats.get(number)

    def _named(self, name: int | str) -> Chat | None:
        return next((chat for chat in self.chats.values() if chat.username and f"@{chat.username}" == name), None)

    def _require_presence(self, chat: Chat) -> None:
        if chat.user is not None:
            if chat.user.deactivated:
                raise forbidden("user is deactivated")
            if chat.bot is Standing.KICKED:
                raise forbidden("bot was blocked by the user")
            return
        if chat.deleted:
            raise forbidden("the group chat was deleted")
        if chat.bot is Standing.KICKED:
            raise forbidden(f"bot was kicked from the {KIND_OF_CHAT[chat.type]} chat")
        if chat.bot in ABSENT:
            raise forbidden(f"bot is not a member of the {KIND_OF_CHAT[chat.type]} chat")

    def require_post_right(self, chat: Chat, what: str) -> None:
        """`what` as the server says it: `text messages`, `photos`, `documents`."""
        if chat.type is ChatType.CHANNEL and chat.bot not in ADMINS:
            raise bad_request("need administrator rights in the channel chat")
        if chat.bot is Standing.RESTRICTED:
            if chat.type is ChatType.GROUP:
                raise bad_request("have no write access to the chat")
            raise bad_request(f"not enough rights to send {what} to the chat")

    def spend(self, chat: Chat) -> None:
        """Count a message or an edit against the rate limits. Raises 429."""
        if self.limiter is None:
            return
        wait = self.limiter.wait_for(chat)
        if wait > 0:
            raise too_many_requests(max(1, int(wait + 0.999)))

    def check(self, what: str, type_name: str, value: Any) -> None:
        """Note down where `value` isn't a `type_name` of the Bot API."""
        if self.schema is not None:
            problem = self.schema.problem(type_name, value)
            if problem is not None:
                self.violations.append(f"{what}{problem}")

    def emit(self, kind: str, payload: Json, lane: str) -> Json | None:
        """Queue an update; None when the bot's `allowed_updates` leave it out."""
        update = self.updates.put(kind, payload, lane)
        self.check(kind, "Update", update or {"update_id": 1, kind: payload})
        return update

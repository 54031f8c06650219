"""What people do in the fake Telegram: write, press buttons, share a phone number, add and remove the bot.

A base of `FakeTelegram`. Every act returns what the bot is told (`None` when it isn't told).
"""

import re
from collections.abc import Iterable

from tests.fakes.telegram_html import Entity, utf16_length
from tests.fakes.telegram_state import State
from tests.fakes.telegram_world import (
    ADMINS,
    ANONYMOUS_ADMIN_ID,
    GROUPS,
    Chat,
    ChatType,
    Json,
    MediaKind,
    Message,
    Press,
    RemoteFile,
    Standing,
    User,
)

COMMAND = re.compile(r"(?<!\S)/[a-zA-Z0-9_]{1,32}(?:@(\w+))?(?!\S)")


class People:
    """Users, their chats and their acts."""

    state: State

    def user(self, first_name: str, *, username: str | None = None, last_name: str | None = None) -> User:
        """A new person, who has never written to the bot."""
        user = User(next(self.state.user_ids), first_name, last_name, username)
        self.state.users[user.id] = user
        return user

    def group(self, title: str, members: Iterable[User] = (), *, supergroup: bool = False) -> Chat:
        """A group with the bot in it as a plain member. The bot isn't told (see `set_standing`)."""
        ids = self.state.supergroup_ids if supergroup else self.state.group_ids
        kind = ChatType.SUPERGROUP if supergroup else ChatType.GROUP
        return self._add(Chat(next(ids), kind, title, members={user.id: Standing.MEMBER for user in members}))

    def channel(self, title: str, *, username: str | None = None) -> Chat:
        """A channel with the bot as an administrator."""
        kind = ChatType.CHANNEL
        return self._add(Chat(next(self.state.supergroup_ids), kind, title, None, username, Standing.ADMINISTRATOR))

    def private(self, user: User) -> Chat:
        """The private chat of `user` with the bot; from now on the bot may write there."""
        known = self.state.chats.get(user.id)
        return known or self._add(Chat(user.id, ChatType.PRIVATE, user=user))

    def _add(self, chat: Chat) -> Chat:
        self.state.chats[chat.id] = chat
        return chat

    def text(
        self, user: User, chat_id: int, text: str, *, reply_to: int | None = None, anonymous: bool = False
    ) -> Json | None:
        """`user` writes. In a group with privacy mode on the bot hears only commands and replies to itself.

        `anonymous`: as an administrator who hides behind the group's name.
        """
        chat = self._chat_of(user, chat_id)
        message = self._write(user, chat, text=text, entities=_entities(text), reply_to=reply_to)
        if anonymous:
            message.sender = User(ANONYMOUS_ADMIN_ID, "Group", username="GroupAnonymousBot", is_bot=True)
            message.extra["sender_chat"] = chat.json()
        return self._tell(message) if self._hears(message) else None

    def contact(self, user: User, chat_id: int, phone: str, *, own: bool = True) -> Json | None:
        """`user` shares a phone number: their own by the button, or (`own=False`) somebody else's card."""
        chat = self._chat_of(user, chat_id)
        card: Json = {"phone_number": phone, "first_name": user.first_name if own else "Người quen"}
        if own:
            card["user_id"] = user.id
        message = self._write(user, chat, extra={"contact": card})
        return self._tell(message) if self._hears(message) else None

    def share(
        self, user: User, kind: MediaKind, content: bytes, *, name: str = "", caption: str = "", album: str = ""
    ) -> Json | None:
        """`user` sends the bot a picture or a document in private; `album` groups what is sent together."""
        chat = self.private(user)
        mime_type = "image/jpeg" if kind is MediaKind.PHOTO else "application/pdf"
        file = RemoteFile(f"SHARED{kind.value}-{next(self.state.ids):06d}", kind, name, mime_type, content, shared=True)
        self.state.files[file.file_id] = file
        extra: Json = {"media_group_id": album} if album else {}
        return self._tell(self._write(user, chat, text=caption, file=file, extra=extra))

    def press(self, user: User, chat_id: int, message_id: int, data: str) -> Press:
        """`user` presses a button. `data` is the client's word: no such button need exist, nor the message."""
        chat = self.state.chats[chat_id]
        message = self.state.history.get((chat_id, message_id)) or Message(chat, message_id, 0, None, deleted=True)
        press = Press(f"{user.id}{next(self.state.ids):09d}", user, chat, data, self.state.clock.now())
        self.state.presses[press.id] = press
        query = {"id": press.id, "from": user.json(), "message": message.reference(), "data": data}
        press.update = self.state.emit(
            "callback_query", {**query, "chat_instance": chat.instance}, lane=f"press {user.id}"
        )
        return press

    def tap(self, user: User, message: Message, label: str = "") -> Press:
        """Press the button of `message` whose text holds `label`, as it stands now. Raises when there is none."""
        for button in message.buttons:
            if "callback_data" in button and label in button["text"]:
                return self.press(user, message.chat_id, message.message_id, button["callback_data"])
        raise AssertionError(f"message {message.message_id} has no button with {label!r}: {message.buttons}")

    def replay(self, update: Json, times: int = 1) -> None:
        """Deliver `update` again under its own id, as happens when an answer of the bot was lost."""
        for _ in range(times):
            self.state.updates.repeat(update)

    def _chat_of(self, user: User, chat_id: int) -> Chat:
        return self.private(user) if chat_id == user.id else self.state.chats[chat_id]

    def _write(
        self,
        user: User,
        chat: Chat,
        *,
        text: str = "",
        entities: list[Entity] | None = None,
        reply_to: int | None = None,
        file: RemoteFile | None = None,
        extra: Json | None = None,
    ) -> Message:
        number, now = self.state.next_message_id(chat), self.state.clock.now()
        sender = None if chat.type is ChatType.CHANNEL else user
        said = text, entities or []
        message = Message(chat, number, now, sender, *said, file=file, reply_to=reply_to, extra=extra or {})
        answered = self.state.find_message(chat.id, reply_to) if reply_to is not None else None
        if answered is not None:
            message.extra["reply_to_message"] = {k: v for k, v in answered.json().items() if k != "reply_to_message"}
        return self.state.store(message)

    def _hears(self, message: Message) -> bool:
        chat = message.chat
        if chat.deleted or chat.migrated_to is not None or chat.bot in (Standing.KICKED, Standing.LEFT):
            return False
        if chat.type not in GROUPS or chat.bot in ADMINS or not self.state.privacy:
            return True
        answered = self.state.find_message(chat.id, message.reply_to) if message.reply_to is not None else None
        if answered is not None and answered.own:
            return True
        commands = [match[1] for match in COMMAND.finditer(message.text)]
        return any(name is None or name == self.state.me.username for name in commands)

    def _tell(self, message: Message) -> Json | None:
        kind = "channel_post" if message.chat.type is ChatType.CHANNEL else "message"
        return self.state.emit(kind, message.json(), lane=f"chat {message.chat_id}")


def _entities(text: str) -> list[Entity]:
    """The commands in a person's text, marked as Telegram marks them."""
    return [
        {"type": "bot_command", "offset": utf16_length(text[: m.start()]), "length": utf16_length(m[0])}
        for m in COMMAND.finditer(text)
    ]

"""What happens to chats and to the bot's place in them: added, removed, restricted, blocked, deleted, migrated.

A base of `FakeTelegram`. From then on the Bot API's methods answer accordingly.
"""

from collections.abc import Iterable
from enum import Enum, auto

from tests.fakes.telegram_members import member_json
from tests.fakes.telegram_state import State
from tests.fakes.telegram_world import ADMINS, Chat, ChatType, Json, Message, Standing, User


class Notice(Enum):
    """The two service messages of a migration."""

    OLD_CHAT = auto()  # `migrate_to_chat_id`
    NEW_CHAT = auto()  # `migrate_from_chat_id`


BOTH = (Notice.OLD_CHAT, Notice.NEW_CHAT)


class Membership:
    """The lives of chats."""

    state: State

    def set_standing(self, chat_id: int, standing: Standing, by: User, *, told: bool = True) -> Json | None:
        """Make the bot `standing` in a chat: add, promote, restrict or remove it. `told`: my_chat_member goes out."""
        chat = self.state.chats[chat_id]
        before, chat.bot = chat.bot, standing
        if not told:
            return None
        change = {
            "chat": chat.json(),
            "from": by.json(),
            "date": int(self.state.clock.now()),
            "old_chat_member": member_json(self.state.me, before),
            "new_chat_member": member_json(self.state.me, standing),
        }
        return self.state.emit("my_chat_member", change, lane=f"member {chat_id}")

    def kick(self, chat_id: int, by: User, *, told: bool = True) -> Json | None:
        return self.set_standing(chat_id, Standing.KICKED, by, told=told)

    def restrict(self, chat_id: int, by: User, *, told: bool = True) -> Json | None:
        """The bot may no longer write in the chat."""
        return self.set_standing(chat_id, Standing.RESTRICTED, by, told=told)

    def block(self, user: User, *, told: bool = True) -> Json | None:
        """`user` blocks the bot in their private chat."""
        return self.set_standing(user.id, Standing.KICKED, user, told=told)

    def unblock(self, user: User, *, told: bool = True) -> Json | None:
        return self.set_standing(user.id, Standing.MEMBER, user, told=told)

    def delete_chat(self, chat_id: int) -> None:
        self.state.chats[chat_id].deleted = True

    def forget_chat(self, chat_id: int) -> None:
        """The chat has never been: "chat not found"."""
        del self.state.chats[chat_id]

    def migrate(self, chat_id: int, notices: Iterable[Notice] = BOTH) -> Chat:
        """Turn a group into a supergroup with a new id; old messages stay behind. `notices` go out in their order."""
        old = self.state.chats[chat_id]
        members = dict(old.members)
        new = Chat(next(self.state.supergroup_ids), ChatType.SUPERGROUP, old.title, bot=old.bot, members=members)
        self.state.chats[new.id] = new
        old.migrated_to = new.id
        for notice in notices:
            self.tell_of_migration(old, notice)
        return new

    def tell_of_migration(self, old: Chat, notice: Notice) -> Json | None:
        """Send one of the migration's service messages (again)."""
        if old.migrated_to is None:
            raise ValueError(f"chat {old.id} has not migrated")
        new = self.state.chats[old.migrated_to]
        in_old = notice is Notice.OLD_CHAT
        chat, extra = (old, {"migrate_to_chat_id": new.id}) if in_old else (new, {"migrate_from_chat_id": old.id})
        message = Message(chat, self.state.next_message_id(chat), self.state.clock.now(), self._somebody(old))
        message.extra = extra
        return self.state.emit("message", self.state.store(message).json(), lane=f"chat {chat.id}")

    def _somebody(self, chat: Chat) -> User | None:
        admins = [user_id for user_id, standing in chat.members.items() if standing in ADMINS]
        ids = admins or list(chat.members)
        return self.state.users[ids[0]] if ids else None

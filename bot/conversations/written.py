"""Written answers on Telegram as every channel has them, and answering them there.

Used by `Conversations`: in private, and in groups for what is written under a message of the bot.
"""

from dataclasses import dataclass
from html import escape

from announcements.hearing import Heard
from bot.channels.telegram.updates import TextUpdate
from bot.conversations.messenger import Messenger


def heard(update: TextUpdate) -> Heard:
    """What a person said. The platform's message ids are unique in a chat only."""
    quoted = update.reply_to_message_id
    return Heard(
        message_id=f"{update.chat_id}:{update.message_id}",
        address=str(update.chat_id),
        person=str(update.user_id),
        private=update.private,
        text=update.text,
        name=update.user_name,
        quoted=str(quoted) if quoted is not None and not update.private else None,
    )


@dataclass(frozen=True, slots=True)
class Voice:
    """A `Says`."""

    channel: Messenger

    async def say(self, address: str, text: str) -> None:
        await self.channel.say(int(address), escape(text, quote=False))

"""Private conversations: residents link themselves to their household, staff compose, look and record."""

from bot.conversations.switchboard import Conversations

__all__ = ["Conversations"]

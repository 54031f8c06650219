"""What becomes of chats when their groups change: kept as the platform tells it. Called by the account's ear."""

from announcements.channels import RefusedReason
from bot.channels.zalo_oa.events import Change, GroupChange
from bot.channels.zalo_oa.troubles import REVOKED
from bot.context import Context
from db.places import chats
from db.places.chats import Health
from db.platforms import tokens


async def apply(context: Context, account: str, change: Change) -> None:
    """May be called again for the same event: it says what is so, not what is to be added."""
    now = context.clock()
    if change.what is GroupChange.REVOKED:
        async with context.database.write() as connection:
            await tokens.refuse(connection, account, "", REVOKED, now)
        return
    async with context.database.write() as connection:
        chat = await chats.by_address(connection, account, change.group)
        if chat is None:
            return
        if change.what is GroupChange.GONE:
            await chats.note_health(connection, [Health(chat.id, RefusedReason.CHAT_GONE.value, now)])
        elif change.name and change.name != chat.title:
            await chats.change(connection, chat.id, area_id=chat.area_id, title=change.name, active=chat.active,
                               reserve=chat.reserve)  # fmt: skip

"""What happens to the chats themselves: the bot loses or regains its place, a group moves, somebody asks its id.

Called by `Conversations`. A chat we don't know is nobody's business: it is linked to an area by `loa chat add`.
"""

from announcements.channels import RefusedReason
from bot.channels.telegram.updates import BotStatus, MemberUpdate, MigrationUpdate
from bot.context import Context
from db.places import chats
from db.places.chats import Health, Move
from db.platforms import accounts

GONE = frozenset({BotStatus.LEFT, BotStatus.KICKED})


async def note_member(context: Context, account: str, update: MemberUpdate) -> None:
    """Keep what the bot's new place means for the chat's health."""
    async with context.database.read() as connection:
        chat = await chats.by_address(connection, account, str(update.chat_id))
    if chat is None:
        return
    reason = ""
    if update.status in GONE:
        reason = RefusedReason.BLOCKED.value
    elif not update.can_post:
        reason = RefusedReason.NO_RIGHTS.value
    if reason != chat.lost_reason:
        await context.writer.submit(chats.note_health, Health(chat.id, reason, context.clock()))


async def note_move(context: Context, account: str, update: MigrationUpdate) -> None:
    """Rewrite a chat's address; told twice, and maybe after an error told it first."""
    await context.writer.submit(chats.move, Move(account, str(update.old_id), str(update.new_id), context.clock()))


async def is_for_us(context: Context, account: str, named: str) -> bool:
    """Is a command of a group meant for this bot? `named` is what followed the @, or empty."""
    if not named:
        return True
    async with context.database.read() as connection:
        known = {one.name: one.public_name for one in await accounts.everything(connection)}
    return known.get(account, "").removeprefix("@").lower() == named.lower()

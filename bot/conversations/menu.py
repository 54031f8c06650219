"""The commands of private conversations: lines of a greeting, and the menu beside the field one writes in.

Called by `officers` when staff are greeted, and by `bot/ears/telegram.py` once for everybody
else.
"""

from collections.abc import Sequence
from contextlib import suppress

from announcements.channels import ChannelError
from announcements.permissions import Permission, may
from announcements.rendering import phrase
from announcements.types import Role
from bot.conversations.messenger import Messenger

Command = tuple[str, str]  # without its slash; what it does

# A command, its phrase, and the permissions of which one is enough.
STAFF = (
    ("thongbao", "menu.announce", {Permission.ANNOUNCE}),
    ("baocao", "menu.report", {Permission.SEE}),
    ("chuanhan", "menu.doors", {Permission.RECORD}),
    ("dangtay", "menu.posting", {Permission.RECORD}),
    ("choduyet", "menu.decide", {Permission.RECORD, Permission.APPROVE}),
    ("web", "menu.pages", {Permission.SEE}),
    ("huy", "menu.cancel", {Permission.SEE}),
)
RESIDENTS = (("start", "menu.link"), ("giupdo", "menu.help"), ("bolienket", "menu.unlink"))


def of_role(role: Role) -> list[Command]:
    """The commands that somebody with this role is offered."""
    return [(name, phrase(does)) for name, does, enough in STAFF if any(may(role, one) for one in enough)]


def of_residents() -> list[Command]:
    """The commands that everybody is offered."""
    return [(name, phrase(does)) for name, does in RESIDENTS]


async def offer(channel: Messenger, commands: Sequence[Command], user_id: int | None = None) -> None:
    """Put `commands` into the menu of one person, or of everybody who has no other. A courtesy: it may fail."""
    with suppress(ChannelError):
        await channel.offer_commands(commands, user_id)

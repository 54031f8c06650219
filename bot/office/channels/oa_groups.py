"""Groups of an Official Account (GMF), from our side: which there are and whom they serve, making one, inviting people.

The platform's refusals come out as `Mistake`s in Vietnamese.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from announcements.channels import ChannelError, Refused, RefusedReason
from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.text import nfc
from announcements.types import ChannelKind
from bot.context import Context
from bot.office.channels import chats as office_chats
from bot.office.channels.account_tokens import official_account
from bot.office.notices.announcing import actor
from bot.office.rights import must_manage
from db import audit
from db.access.people import StaffRow
from db.places import areas, chats
from db.places.chats import ChatRow

if TYPE_CHECKING:
    from bot.channels.zalo_oa.groups import Asset, Group, Groups, Member

NAME_LENGTH = 30  # characters, zalo-api §4.2
MOST_MEMBERS = 99  # taken into a group when it is made


@dataclass(frozen=True, slots=True)
class Listed:
    """A group of the account and the chat that it is to us, when it serves an area."""

    account: str
    group: "Group"
    chat: ChatRow | None


@asynccontextmanager
async def _groups(
    context: Context, account: str | None, advice: str = ""
) -> AsyncIterator[tuple[str, "Groups"]]:  # fmt: skip
    """The groups of the account of that name, or of the only one. `advice` is the phrase around a value refused."""
    from bot.channels.registry import MECHANISMS  # loads the platforms' libraries

    settings = official_account(context, account)
    channel = MECHANISMS[ChannelKind(settings.channel)].open(context, settings)
    try:
        yield settings.name, channel.groups
    except ChannelError as error:
        reason = error.sentence or error.detail or type(error).__name__
        said = phrase("oa.refused", account=settings.name, reason=reason)
        unfit = isinstance(error, Refused) and error.reason is RefusedReason.BAD_CONTENT
        raise Mistake(phrase(advice, reason=said) if advice and unfit else said) from error
    finally:
        await channel.close()


async def listing(context: Context, account: str | None = None) -> list[Listed]:
    """All groups of the account, by name. Raises `Mistake`."""
    async with _groups(context, account) as (name, groups):
        found = await groups.everything()
    async with context.database.read() as connection:
        known = {row.address: row for row in await chats.everything(connection) if row.account == name}
    return [Listed(name, group, known.get(group.id)) for group in sorted(found, key=lambda one: one.name)]


async def members(context: Context, group_id: str, account: str | None = None) -> "list[Member]":
    """Who is in a group, the account itself among them. Raises `Mistake`."""
    async with _groups(context, account) as (_, groups):
        return await groups.members(group_id.strip())


async def assets(context: Context, account: str | None = None) -> "list[Asset]":
    """Rights to groups that the account has. Raises `Mistake`."""
    async with _groups(context, account) as (_, groups):
        return await groups.assets()


async def create(
    context: Context, *, area: str, asset: str, people: Sequence[str], name: str = "", account: str | None = None,
    staff: StaffRow | None = None,
) -> Listed:  # fmt: skip
    """A new group that serves `area` from now on; called as the area when `name` is empty. Raises `Mistake`."""
    async with context.database.read() as connection:
        place = await areas.find(connection, area)
    must_manage(staff, place.path, place.name)
    title = nfc(name) or place.name
    if len(title) > NAME_LENGTH:
        raise Mistake(phrase("oa.name_long", length=len(title), most=NAME_LENGTH))
    if not 1 <= len(people) <= MOST_MEMBERS:
        raise Mistake(phrase("oa.members_needed", most=MOST_MEMBERS))
    async with _groups(context, account, "oa.not_made") as (owner, groups):
        made = await groups.create(title, asset.strip(), people)
    await _note(context, staff, "oa create", place.code, group=made.id)  # before all else: the group is there
    try:
        chat = await office_chats.add(context, area=place.code, account=owner, address=made.id, title=title,
                                      staff=staff)  # fmt: skip
    except Mistake as mistake:
        said = phrase("oa.made_but_not_attached", group=made.id, reason=mistake.sentence)
        raise Mistake(said) from mistake
    return Listed(owner, made, chat)


async def invite(
    context: Context, group_id: str, people: Sequence[str], account: str | None = None, staff: StaffRow | None = None
) -> int:
    """Invite people, by their ids, into a group; how many. Raises `Mistake`: all of them or none."""
    wanted = list(dict.fromkeys(one.strip() for one in people if one.strip()))
    if not wanted:
        raise Mistake(phrase("oa.nobody_to_invite"))
    group = group_id.strip()
    if staff is not None:
        chat = next((row for row in await office_chats.listing(context, staff) if row.address == group), None)
        if chat is None:
            raise Mistake(phrase("oa.group_not_yours", group=group))
        must_manage(staff, chat.path, chat.title)
    async with _groups(context, account) as (_, groups):
        await groups.invite(group, wanted)
    await _note(context, staff, "oa invite", group, people=len(wanted))
    return len(wanted)


async def _note(context: Context, staff: StaffRow | None, action: str, subject: str, **detail: object) -> None:
    async with context.database.write() as connection:
        await audit.note(connection, at=context.clock(), actor=actor(staff), action=action, subject=subject, **detail)

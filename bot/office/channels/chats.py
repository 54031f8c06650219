"""Chats: which serves which area, whether it is in use, and whether messages can go there."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.channels import CHAT_IS_LOST, ChannelError, Moved, Refused
from announcements.mistakes import Mistake, NotFound
from announcements.phrases import label, phrase
from announcements.text import nfc
from announcements.types import ChannelKind
from bot.context import Context
from bot.office.channels import quotas
from bot.office.notices.announcing import actor
from bot.office.rights import must_manage
from db import audit, locks
from db.access.people import StaffRow
from db.announcing.fanout import ASSISTED
from db.places import areas, chats
from db.places.areas import AreaRow
from db.places.chats import ChatRow, Health, Move

if TYPE_CHECKING:
    from bot.channels.registry import Account

LOOKS = 4  # at once; a commune's forty chats then take a few seconds and no platform minds
TITLE_LENGTH = 120


async def listing(context: Context, staff: StaffRow | None = None) -> list[ChatRow]:
    """Chats within reach of `staff`, by area; those out of use included."""
    async with context.database.read() as connection:
        rows = await chats.everything(connection)
    return [row for row in rows if staff is None or staff.reaches(row.path)]


async def add(
    context: Context, *, area: str, account: str, address: str, title: str = "", reserve: bool = False,
    staff: StaffRow | None = None,
) -> ChatRow:  # fmt: skip
    """A chat serves an area from now on, or stands in reserve for it; one we knew is moved to it. Raises `Mistake`.

    One that is posted to by hand needs no address; without one it is known by its title in that area.
    """
    known = accounts(context)
    if account not in known:
        raise Mistake(phrase("mistake.account_unknown", account=account, known=", ".join(known)))
    where = address.strip()
    if not where and account != ASSISTED:
        raise Mistake(phrase("mistake.no_address"))
    async with context.database.write() as connection:
        await locks.hold_tree(connection)
        place = await areas.find(connection, area)
        must_manage(staff, place.path, place.name)
        called = _title(title) or place.name
        where = where or await _place_by_hand(connection, place, called)
        before = await chats.by_address(connection, account, where)
        if before is not None:
            must_manage(staff, before.path, before.title)
        if before is None or not before.active:
            await quotas.must_have_room(context, connection, account)
        chat = await chats.add(connection, account=account, channel=known[account], address=where, area_id=place.id,
                               title=called, reserve=reserve)  # fmt: skip
        await audit.note(connection, at=context.clock(), actor=actor(staff), action="chat add", subject=place.code,
                         chat=chat.id, before=before.area_code if before else None)  # fmt: skip
    return chat


def accounts(context: Context) -> dict[str, ChannelKind]:
    """What a chat can be added to: the accounts of the configuration, and posting by hand."""
    return {**{one.name: ChannelKind(one.channel) for one in context.settings.accounts}, ASSISTED: ChannelKind.ASSISTED}


async def add_by_hand(connection: AsyncConnection, area_id: int, *, reserve: bool) -> ChatRow:
    """A chat of an area that people post to, by the area's name; the one there is, put to use again."""
    (place,) = await areas.by_ids(connection, [area_id])
    where = await _place_by_hand(connection, place, place.name)
    return await chats.add(connection, account=ASSISTED, channel=ChannelKind.ASSISTED, address=where, area_id=place.id,
                           title=place.name, reserve=reserve)  # fmt: skip


async def _place_by_hand(connection: AsyncConnection, place: AreaRow, title: str) -> str:
    """The address of the chat of this title that an area is posted to by hand; a new one where there is none."""
    here = [chat for chat in await chats.everything(connection) if chat.account == ASSISTED]
    known = next((chat.address for chat in here if (chat.area_id, chat.title) == (place.id, title)), None)
    taken = {chat.address for chat in here}
    numbered = (f"{place.code}-{number}" for number in count(1))
    return known or next(address for address in numbered if address not in taken)


async def change(
    context: Context,
    chat_id: int,
    *,
    area: str | None = None,
    title: str | None = None,
    active: bool | None = None,
    reserve: bool | None = None,
    staff: StaffRow | None = None,
) -> ChatRow:
    """Have a chat serve another area, be called otherwise, be in use, in reserve or not. What is queued for it
    still goes out."""
    async with context.database.write() as connection:
        await locks.hold_tree(connection)
        before = await _chat(connection, chat_id, staff)
        if active and not before.active:
            await quotas.must_have_room(context, connection, before.account)
        place = await areas.find(connection, area) if area is not None else None
        if place is not None:
            must_manage(staff, place.path, place.name)
        after = await chats.change(
            connection,
            chat_id,
            area_id=before.area_id if place is None else place.id,
            title=(_title(title) if title is not None else "") or before.title,
            active=before.active if active is None else active,
            reserve=before.reserve if reserve is None else reserve,
        )
        await audit.note(connection, at=context.clock(), actor=actor(staff), action="chat change",
                         subject=after.area_code, chat=chat_id, area=[before.area_code, after.area_code],
                         active=[before.active, after.active],
                         reserve=[before.reserve, after.reserve])  # fmt: skip
    return after


async def _chat(connection: AsyncConnection, chat_id: int, staff: StaffRow | None) -> ChatRow:
    chat = await chats.by_id(connection, chat_id)
    if chat is None or chat.channel is ChannelKind.BOARD:
        raise NotFound(phrase("place.chat_unknown", number=chat_id))
    must_manage(staff, chat.path, chat.title)
    return chat


def _title(text: str) -> str:
    title = nfc(text)
    if len(title) > TITLE_LENGTH:
        raise Mistake(phrase("place.too_long", what=phrase("place.what_title"), length=len(title), most=TITLE_LENGTH))
    return title


@dataclass(frozen=True, slots=True)
class Look:
    """What became of looking at a chat. `problem` is empty where messages can go."""

    chat: ChatRow
    problem: str = ""


async def check(
    context: Context, accounts: "Mapping[str, Account]", *, only: int | None = None, staff: StaffRow | None = None
) -> list[Look]:
    """Look at every chat in use, or at one, without posting, and keep what was learnt of it."""
    rows = [row for row in await listing(context, staff) if row.active or row.id == only]
    for row in rows:
        must_manage(staff, row.path, row.title)
    if only is not None:
        rows = [row for row in rows if row.id == only]
        if not rows:
            raise NotFound(phrase("place.chat_unknown", number=only))
    room = asyncio.Semaphore(LOOKS)
    return list(await asyncio.gather(*(_look(context, accounts, row, room) for row in rows)))


async def _look(context: Context, accounts: "Mapping[str, Account]", chat: ChatRow, room: asyncio.Semaphore) -> Look:
    account = accounts.get(chat.account)
    if account is None:
        return Look(chat, phrase("checkup.chat_without_account", account=chat.account))
    try:
        async with room:
            await account.channel.look(chat.address)
    except Moved as moved:
        await context.writer.submit(chats.move, Move(chat.account, chat.address, moved.new_address, context.clock()))
        return Look(chat)
    except Refused as refused:
        if refused.reason in CHAT_IS_LOST:
            await _note(context, chat, refused.reason.value)
        return Look(chat, refused.sentence or label(refused.reason))
    except ChannelError as error:
        return Look(chat, phrase("place.not_looked", reason=error.detail or type(error).__name__))
    await _note(context, chat, "")
    return Look(chat)


async def _note(context: Context, chat: ChatRow, reason: str) -> None:
    await context.writer.submit(chats.note_health, Health(chat.id, reason, context.clock()))


def problems(looks: Sequence[Look]) -> list[Look]:
    """Those that messages can't go to."""
    return [look for look in looks if look.problem]


async def one(context: Context, chat_id: int, staff: StaffRow | None = None) -> ChatRow:
    """A chat that `staff` may change. Raises `NotFound`, `NotAllowed`."""
    async with context.database.read() as connection:
        return await _chat(connection, chat_id, staff)


async def check_with_own_accounts(
    context: Context, *, only: int | None = None, staff: StaffRow | None = None
) -> list[Look]:
    """`check` with connections of its own, for whoever has none open: a command, a page."""
    from bot.channels.built_in import built_in  # load the platforms' libraries: only a look needs them
    from bot.channels.registry import open_accounts

    opened = {**built_in(), **open_accounts(context)}
    try:
        return await check(context, opened, only=only, staff=staff)
    finally:
        for account in opened.values():
            await account.channel.close()

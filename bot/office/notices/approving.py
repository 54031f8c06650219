"""Letting out what others wrote, where `[approval] needed_from` asks for it, or sending it back with a reason."""

from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotAllowed
from announcements.permissions import Permission, may
from announcements.phrases import label, phrase
from announcements.rendering import moment_words
from announcements.text import nfc_block
from announcements.types import AnnouncementState, Role
from bot.context import Context
from bot.office.channels import quotas
from bot.office.notices.announcing import actor, must_own
from db import audit, tidings
from db.access.people import StaffRow
from db.announcing import drafts, lifecycle, notices
from db.announcing.lifecycle import Proposal
from db.announcing.notices import BroadcastRow
from db.tidings import Tiding
from scheduler import broadcasts

REASON_LENGTH = 500


def may_decide(staff: StaffRow | None, row: BroadcastRow) -> bool:
    """Is it for them to say, as far as role and author go? Nobody approves their own, administrators apart."""
    if staff is None or staff.role is Role.ADMIN:
        return True
    return may(staff.role, Permission.APPROVE) and row.created_by != staff.id


async def waiting_for(context: Context, staff: StaffRow) -> list[Proposal]:
    """What waits for this person's word, the most urgent first; empty for roles that may not approve."""
    if not may(staff.role, Permission.APPROVE):
        return []
    async with context.database.read() as connection:
        found = await lifecycle.waiting(connection, staff.path)
    return [one for one in found if may_decide(staff, one.row)]


async def proposal(context: Context, code: str, staff: StaffRow | None) -> BroadcastRow:
    """An announcement of somebody's area that waits for approval, or did. Raises `Mistake`."""
    async with context.database.read() as connection:
        row = await notices.find(connection, code)
        await must_own(connection, row, staff)
    return row


async def approve(context: Context, code: str, staff: StaffRow | None = None) -> BroadcastRow:
    """Let it out: at its time, or at once when that has passed. Raises `Mistake` when it can't be."""
    now = context.clock()
    async with context.database.write() as connection:
        row = await _waiting(connection, code, staff)
        if row.valid_until is not None and row.valid_until <= now:
            raise Mistake(phrase("mistake.expired_waiting", code=row.announcement))
        if not await lifecycle.approve(connection, row, now):
            raise _decided(await notices.by_id(connection, row.id))
        if row.due_at <= now:
            await broadcasts.publish(connection, row.id, now, partial(quotas.check, context))
        await audit.note(connection, at=now, actor=actor(staff), action="approve", subject=row.announcement)
        row = await notices.by_id(connection, row.id)
        when = phrase("approval.now") if row.due_at <= now else moment_words(context.local(row.due_at))
        await _tell_author(connection, row, staff, "approval.was_approved", now, when=when)
    context.ring()
    return row


async def send_back(context: Context, code: str, reason: str, staff: StaffRow | None = None) -> BroadcastRow:
    """It does not go out; its author has it as a draft again, with the reason. Raises `Mistake`."""
    now, reason = context.clock(), nfc_block(reason)
    if not reason:
        raise Mistake(phrase("mistake.no_return_reason"))
    if len(reason) > REASON_LENGTH:
        raise Mistake(phrase("mistake.return_reason_long", length=len(reason), most=REASON_LENGTH))
    async with context.database.write() as connection:
        row = await _waiting(connection, code, staff)
        if not await lifecycle.leave(connection, row.id, {AnnouncementState.PROPOSED}, AnnouncementState.RETURNED):
            raise _decided(await notices.by_id(connection, row.id))
        await drafts.hand_back(connection, row, reason, now)
        await audit.note(connection, at=now, actor=actor(staff), action="send back", subject=row.announcement)
        link = context.link("/compose")
        await _tell_author(connection, row, staff, "approval.was_returned", now, reason=reason, link=link)
        row = await notices.by_id(connection, row.id)
    context.ring()
    return row


async def _tell_author(
    connection: AsyncConnection, row: BroadcastRow, staff: StaffRow | None, said: str, now: datetime, **more: str
) -> None:
    """In private, unless it was the author who decided."""
    if row.created_by is None or (staff is not None and staff.id == row.created_by):
        return
    text = phrase(said, code=row.announcement, title=row.title, **more)
    await tidings.put(connection, [Tiding(row.created_by, f"decided:{row.id}", (text,))], now)


async def _waiting(connection: AsyncConnection, code: str, staff: StaffRow | None) -> BroadcastRow:
    """The announcement, if it waits and this person may decide. Raises `Mistake`."""
    row = await notices.find(connection, code)
    await must_own(connection, row, staff)
    if staff is not None and not may(staff.role, Permission.APPROVE):
        raise NotAllowed(phrase("mistake.may_not_approve", staff=staff.name))
    if row.state is not AnnouncementState.PROPOSED:
        raise _decided(row)
    if staff is not None and not may_decide(staff, row):
        raise NotAllowed(phrase("mistake.own_announcement", code=row.announcement, staff=staff.name))
    return row


def _decided(row: BroadcastRow) -> Mistake:
    return Mistake(phrase("mistake.not_waiting", code=row.announcement, state=label(row.state).lower()))

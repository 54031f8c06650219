"""Announcing, withdrawing, sending again."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.deliveries import MAY_RESEND
from announcements.drafts import Draft, checked
from announcements.mistakes import Mistake, NotAllowed
from announcements.permissions import Permission
from announcements.phrases import phrase
from announcements.types import AnnouncementState, DeliveryState
from bot.context import Context
from bot.office.actors import Actor, staff_id
from bot.office.channels import quotas
from bot.office.notices.attachments import require_few, take_in
from db import audit, outbox
from db.announcing import notices
from db.announcing.notices import BroadcastRow, NewAnnouncement, NewFile
from db.dispatch import deliveries
from db.places import areas
from db.places.areas import AreaRow
from scheduler import broadcasts

OPERATOR = "command"  # who acted, when it was the operator at the terminal


def actor(staff: Actor | None) -> str:
    """How the audit log names who acts."""
    return OPERATOR if staff is None else staff.code


def must_announce(staff: Actor | None) -> None:
    """Raises `NotAllowed` when their role does not post, withdraw or send again."""
    if staff is not None and not staff.may(Permission.ANNOUNCE):
        raise NotAllowed(phrase("mistake.may_not_announce", staff=staff.name))


def must_reach(staff: Actor | None, path: str, name: str) -> None:
    """Raises `NotAllowed` when the area at `path` is not theirs. The operator reaches everything."""
    if staff is not None and not staff.reaches(path):
        raise NotAllowed(phrase("mistake.outside_area", name=name, staff=staff.name, area=staff.area_name))


async def audience(connection: AsyncConnection, wanted: Sequence[str], staff: Actor | None) -> list[AreaRow]:
    """The areas meant by codes or names, without one that lies inside another; all within reach of `staff`."""
    if not wanted:
        raise Mistake(phrase("mistake.no_areas"))
    found = {area.path: area for area in [await areas.find(connection, text) for text in wanted]}
    for area in found.values():
        must_reach(staff, area.path, area.name)
    return [found[path] for path in areas.outermost(found)]


async def announce(
    context: Context,
    draft: Draft,
    *,
    to: Sequence[str],
    staff: Actor | None = None,
    attach: Sequence[Path] = (),
    files: Sequence[NewFile] = (),
    supersedes: str | None = None,
    within: Callable[[AsyncConnection, BroadcastRow], Awaitable[None]] | None = None,
) -> BroadcastRow:
    """Store an announcement and, when it is due now, fan it out in the same transaction; unless it must be approved.

    `attach` are files to be taken in, `files` come after them and are ours already (`attachments.keep`). `within` takes
    part in it: what it writes stands or falls with the announcement, and its error stops it.
    """
    must_announce(staff)
    now = context.clock()
    draft = checked(draft, now)
    require_few(len(attach) + len(files))
    files = [*take_in(list(attach), context.settings.uploads), *files]
    state = _first_state(context, staff)
    async with context.database.write() as connection:
        top = await audience(connection, to, staff)
        older = await _superseded(connection, supersedes, staff, top)
        row = await _store(context, connection, _new(draft, top, older, staff, files, state, now), now)
        await audit.note(connection, at=now, actor=actor(staff), action="announce", subject=row.announcement,
                         areas=[area.code for area in top])  # fmt: skip
        if within is not None:
            await within(connection, row)
    context.ring()
    return row


def _first_state(context: Context, staff: Actor | None) -> AnnouncementState:
    """Does it wait for an approver, or only for its time?"""
    waits = staff is not None and staff.role in context.settings.approval.needed_from
    return AnnouncementState.PROPOSED if waits else AnnouncementState.SCHEDULED


def _new(
    draft: Draft, top: Sequence[AreaRow], older: BroadcastRow | None, staff: Actor | None, files: Sequence[NewFile],
    state: AnnouncementState, now: datetime,
) -> NewAnnouncement:  # fmt: skip
    """A checked draft as it is to be stored, for the areas `top`."""
    return NewAnnouncement(
        kind=draft.kind,
        urgency=draft.urgency,
        title=draft.title,
        body=draft.body,
        areas=[area.id for area in top],
        due_at=draft.due_at or now,
        valid_until=draft.valid_until,
        supersedes_id=older.announcement_id if older else None,
        created_by=staff_id(staff),
        files=files,
        state=state,
    )


async def _store(
    context: Context, connection: AsyncConnection, new: NewAnnouncement, now: datetime
) -> BroadcastRow:  # fmt: skip
    """Store it, and fan it out where nothing is waited for. Raises `TooFewLeft` where a plan has no room."""
    broadcast_id = await notices.create(connection, new, now)
    await quotas.check(context, connection, await notices.by_id(connection, broadcast_id))
    if new.due_at <= now and new.state is AnnouncementState.SCHEDULED:
        await broadcasts.publish(connection, broadcast_id, now)
    return await notices.by_id(connection, broadcast_id)


async def _superseded(
    connection: AsyncConnection, code: str | None, staff: Actor | None, to: Sequence[AreaRow]
) -> BroadcastRow | None:
    """The announcement to be corrected. Raises `Mistake` when nobody who got it gets the correction."""
    if not code:
        return None
    older = await notices.find(connection, code)
    await must_own(connection, older, staff)
    before = await areas.in_use(connection, await notices.audience_of(connection, older.announcement_id))
    if not any(old.path.startswith(new.path) or new.path.startswith(old.path) for old in before for new in to):
        names = ", ".join(area.name for area in before)
        raise Mistake(phrase("mistake.supersedes_elsewhere", code=older.announcement, areas=names))
    return older


async def must_own(connection: AsyncConnection, row: BroadcastRow, staff: Actor | None) -> None:
    """Raises `NotAllowed` unless the whole audience of an announcement is within reach of `staff`."""
    ids = await notices.audience_of(connection, row.announcement_id)
    for area in await areas.by_ids(connection, ids):
        must_reach(staff, area.path, area.name)


async def withdraw(context: Context, code: str, staff: Actor | None = None) -> tuple[BroadcastRow, int]:
    """Take an announcement back; returns it and how many deliveries were still held back. Twice is no error."""
    must_announce(staff)
    now = context.clock()
    async with context.database.write() as connection:
        row = await notices.find(connection, code)
        await must_own(connection, row, staff)
        cancelled = 0
        if await notices.withdraw(connection, row.announcement_id, staff_id(staff), now):
            cancelled = await outbox.cancel(connection, row.announcement_id, now)
            await audit.note(connection, at=now, actor=actor(staff), action="withdraw", subject=row.announcement)
        row = await notices.by_id(connection, row.id)
    context.answered(row.id)
    return row, cancelled


async def resend(
    context: Context, code: str, states: Collection[DeliveryState] = MAY_RESEND, staff: Actor | None = None,
    *, chats: Collection[int] | None = None,
) -> int:  # fmt: skip
    """Send failed or unconfirmed deliveries again: a person has looked and decided. Returns how many.

    With `chats` only to these; then they, and not the whole audience, must be within reach of `staff`.
    """
    must_announce(staff)
    now = context.clock()
    async with context.database.write() as connection:
        row = await notices.find(connection, code)
        if chats is None:
            await must_own(connection, row, staff)
        else:
            await _must_serve(connection, row, staff, chats)
        if row.state is not AnnouncementState.PUBLISHED:
            raise Mistake(phrase("mistake.not_in_force", code=row.announcement))
        if row.valid_until is not None and row.valid_until <= now:
            raise Mistake(phrase("mistake.expired", code=row.announcement))
        count = await outbox.resend(connection, row.id, states, now, chats)
        await audit.note(connection, at=now, actor=actor(staff), action="resend", subject=row.code, deliveries=count)
    context.ring()
    return count


async def _must_serve(
    connection: AsyncConnection, row: BroadcastRow, staff: Actor | None, chats: Collection[int]
) -> None:
    """Raises `NotAllowed` unless the broadcast went to these chats for the sake of areas within reach of `staff`."""
    if staff is None:
        return
    theirs = await deliveries.listing(connection, row.id, list(DeliveryState), under=staff.path)
    if not set(chats) <= {one.chat_id for one in theirs}:
        raise NotAllowed(phrase("mistake.chat_not_yours", staff=staff.name, area=staff.area_name))

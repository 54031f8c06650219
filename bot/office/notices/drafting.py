"""Drafts: who may open them, two who write at once, their files, throwing away and taking back.

A draft belongs to its author's area: everybody who may announce there, or above it, can open it and go on with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.drafts import Draft, problems
from announcements.mistakes import Mistake, NotAllowed, NotFound
from announcements.permissions import Permission, may
from announcements.phrases import phrase
from announcements.text import nfc, nfc_block
from bot.context import Context
from bot.office.notices.announcing import must_own, must_reach
from bot.office.notices.attachments import require_few
from bot.office.notices.audiences import Audience
from db import audit
from db.access.people import StaffRow
from db.announcing import drafts, notices, seen
from db.announcing.drafts import DraftRow, Fields
from db.announcing.notices import NewFile
from db.places import areas


class Conflict(Exception):
    """Somebody saved other words meanwhile: `theirs` is the draft as it is now. Nothing was changed."""

    def __init__(self, theirs: DraftRow) -> None:
        super().__init__("the draft was changed meanwhile")
        self.theirs = theirs


async def begin(context: Context, staff: StaffRow) -> int:
    """A new, empty draft for the person's own area; returns its id."""
    _must_announce(staff)
    fields = Fields(areas=(staff.area_id,))
    async with context.database.write() as connection:
        return await drafts.create(connection, staff.id, staff.area_id, fields, context.clock())


async def correction(context: Context, staff: StaffRow, code: str) -> int:
    """A draft that is to correct an announcement: its words and audience are there to be changed; returns its id.

    Raises `NotFound`, `NotAllowed` when its audience is not all theirs.
    """
    _must_announce(staff)
    now = context.clock()
    async with context.database.write() as connection:
        row = await seen.find(connection, code, staff.path)
        await must_own(connection, row, staff)
        audience = await areas.in_use(connection, await notices.audience_of(connection, row.announcement_id))
        still = row.valid_until if row.valid_until is not None and row.valid_until > now else None
        fields = Fields(title=row.title, body=row.body, kind=row.kind, urgency=row.urgency, valid_until=still,
                        supersedes=row.announcement, areas=tuple(area.id for area in audience))  # fmt: skip
        return await drafts.create(connection, staff.id, staff.area_id, fields, now)


async def unfinished(context: Context, staff: StaffRow) -> list[DraftRow]:
    """The drafts of their area and below, those last touched first."""
    _must_announce(staff)
    async with context.database.read() as connection:
        return await drafts.listing(connection, staff.path)


async def look(context: Context, staff: StaffRow, draft_id: int) -> DraftRow:
    """A draft they may open, whatever became of it. Raises `NotFound`."""
    async with context.database.read() as connection:
        return await theirs(connection, staff, draft_id)


async def theirs(connection: AsyncConnection, staff: StaffRow, draft_id: int, *, lock: bool = False) -> DraftRow:
    """The same within a transaction."""
    _must_announce(staff)
    row = await drafts.load(connection, draft_id, lock=lock)
    if row is None or not staff.reaches(row.path):
        raise NotFound(phrase("mistake.draft_unknown"))
    return row


def _must_announce(staff: StaffRow) -> None:
    if not may(staff.role, Permission.ANNOUNCE):
        raise NotAllowed(phrase("mistake.may_not_announce", staff=staff.name))


def _open(row: DraftRow) -> DraftRow:
    if row.announcement_id is not None:
        raise Mistake(phrase("mistake.draft_sent"))
    if row.deleted_at is not None:
        raise Mistake(phrase("mistake.draft_deleted"))
    return row


async def save(context: Context, staff: StaffRow, draft_id: int, version: int, fields: Fields) -> DraftRow:
    """Keep what was typed over `version`. The same words again change nothing; raises `Conflict` for older ones."""
    now = context.clock()
    clean = replace(fields, title=nfc(fields.title), body=nfc_block(fields.body), areas=tuple(sorted(fields.areas)))
    async with context.database.write() as connection:
        row = _open(await theirs(connection, staff, draft_id, lock=True))
        if clean == replace(row.fields, areas=tuple(sorted(row.fields.areas))):
            return row
        if version != row.version:
            raise Conflict(row)
        await drafts.write(connection, draft_id, clean, staff.id, now)
        return await theirs(connection, staff, draft_id)


async def add_files(context: Context, staff: StaffRow, draft_id: int, files: Sequence[NewFile]) -> DraftRow:
    """More files behind those it has, each once. Raises `Mistake` when they are too many."""

    def added(now_there: list[NewFile]) -> list[NewFile]:
        there = {one.path for one in now_there}
        merged = now_there + [one for one in {one.path: one for one in files}.values() if one.path not in there]
        require_few(len(merged))
        return merged

    return await _change_files(context, staff, draft_id, added)


async def drop_file(context: Context, staff: StaffRow, draft_id: int, path: str) -> DraftRow:
    """Without this file; twice is no error."""
    return await _change_files(context, staff, draft_id, lambda there: [one for one in there if one.path != path])


async def move_file(context: Context, staff: StaffRow, draft_id: int, path: str) -> DraftRow:
    """This file one place forward."""

    def moved(there: list[NewFile]) -> list[NewFile]:
        place = next((number for number, one in enumerate(there) if one.path == path), 0)
        if place:
            there[place - 1], there[place] = there[place], there[place - 1]
        return there

    return await _change_files(context, staff, draft_id, moved)


async def _change_files(
    context: Context, staff: StaffRow, draft_id: int, change: Callable[[list[NewFile]], list[NewFile]]
) -> DraftRow:
    async with context.database.write() as connection:
        row = _open(await theirs(connection, staff, draft_id, lock=True))
        files = change(list(row.files))
        if files != list(row.files):
            await drafts.write_files(connection, draft_id, files, staff.id, context.clock())
        return await theirs(connection, staff, draft_id)


async def throw_away(context: Context, staff: StaffRow, draft_id: int) -> bool:
    """Out of the list, to be taken back within a day; False when it was so already, or was sent."""
    return await _delete(context, staff, draft_id, context.clock(), "delete draft")


async def take_back(context: Context, staff: StaffRow, draft_id: int) -> bool:
    """A draft that was thrown away is in the list again."""
    return await _delete(context, staff, draft_id, None, "restore draft")


async def _delete(context: Context, staff: StaffRow, draft_id: int, at: datetime | None, action: str) -> bool:
    async with context.database.write() as connection:
        await theirs(connection, staff, draft_id, lock=True)
        changed = await drafts.delete(connection, draft_id, at)
        if changed:
            await audit.note(connection, at=context.clock(), actor=staff.code, action=action, subject=str(draft_id))
    return changed


def as_draft(fields: Fields) -> Draft:
    """What `announcements` checks and sends: without a time for at once."""
    due_at = fields.due_at if fields.later else None
    return Draft(fields.title, fields.body, fields.kind, fields.urgency, due_at, fields.valid_until)


def lacks(fields: Fields, reached: Audience, staff: StaffRow, now: datetime) -> dict[str, str]:
    """What must be mended before it can be sent, a sentence for each field: `title`, `body`, `areas`, `due`, `until`.
    `reached` is what its areas come to."""
    found = problems(as_draft(fields), now)
    if fields.later and fields.due_at is None:
        found["due"] = phrase("mistake.no_due")
    if not reached.areas:
        found["areas"] = phrase("mistake.no_areas")
    elif not reached.households:
        found["areas"] = phrase("compose.nobody")
    for area in reached.areas:
        try:
            must_reach(staff, area.path, area.name)
        except NotAllowed as refused:
            found["areas"] = refused.sentence
    return found

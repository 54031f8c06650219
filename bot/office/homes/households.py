"""Households by hand: finding them, looking one up, adding one, keeping its contact data, links and place true."""

import hashlib
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotFound
from announcements.phones import read_phones, show_phone
from announcements.phrases import phrase
from announcements.text import nfc, nfc_block
from announcements.types import Device
from bot.context import Context
from bot.office.notices.announcing import actor, must_reach
from bot.office.rights import must_keep, must_manage
from db import audit, locks
from db.access.people import StaffRow
from db.links import unlinking
from db.links.identities import Joined
from db.places import area_uses, areas, directory, household_changes, household_record
from db.places.directory import Entry, Found
from db.places.household_record import CardOf, Linked, Said, Told

A_PAGE = 50
LONGEST = 200  # characters of a name, an address, a note
HISTORY = 50  # broadcasts and answers shown of one household


NOBODY = Entry(0, "", "", "", "", "", Device.UNKNOWN, 0, "", "", "", False, ())  # what a new household begins as


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of one household."""

    household: Entry
    links: list[Linked]
    cards: list[CardOf]
    told: list[Told]
    answers: list[Said]


@dataclass(frozen=True, slots=True)
class Contact:
    """Contact data as a person gives it; what is None stays as it is."""

    head_name: str | None = None
    representative: str | None = None
    phones: str | None = None
    address: str | None = None
    note: str | None = None
    device: Device | None = None


async def search(
    context: Context,
    text: str = "",
    *,
    area: str | None = None,
    page: int = 1,
    left: bool = False,
    staff: StaffRow | None = None,
) -> Found:
    """A page of households within reach that fit `text` and live in `area`; pages count from 1."""
    under = staff.path if staff is not None else None
    async with context.database.read() as connection:
        if area:
            place = await areas.find(connection, area)
            must_reach(staff, place.path, place.name)
            under = place.path
        return await directory.search(
            connection, text, under=under, limit=A_PAGE, offset=(max(page, 1) - 1) * A_PAGE, left=left
        )


async def show(context: Context, code: str, staff: StaffRow | None = None) -> Record:
    """One household with all that is known of it. Raises `NotFound`, `NotAllowed`."""
    async with context.database.read() as connection:
        entry = await _entry(connection, code)
        must_reach(staff, entry.path, _named(entry))
        return Record(
            entry,
            await household_record.links(connection, entry.id),
            await household_record.cards(connection, entry.id),
            await household_record.told(connection, entry.id, HISTORY),
            await household_record.answers(connection, entry.id, HISTORY),
        )


async def _entry(connection: AsyncConnection, code: str) -> Entry:
    entry = await directory.find(connection, code)
    if entry is None:
        raise NotFound(phrase("place.household_unknown", code=nfc(code)))
    return entry


def _named(entry: Entry) -> str:
    return phrase("mistake.household", head=entry.head_name)


def version(entry: Entry) -> str:
    """A short mark of a household's contact data: another one says that somebody changed it."""
    told = (entry.head_name, entry.representative, entry.phones, entry.address, entry.note, entry.device.value)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


async def edit(
    context: Context, code: str, contact: Contact, *, seen: str | None = None, staff: StaffRow | None = None
) -> tuple[Entry, list[str]]:
    """Keep contact data; returns the household and the names of what changed. `seen`: the version they looked at."""
    now = context.clock()
    async with context.database.write() as connection:
        entry = await _entry(connection, code)
        must_keep(staff, entry.path, _named(entry))
        if seen is not None and seen != version(entry):
            raise Mistake(phrase("place.changed_meanwhile", head=entry.head_name))
        values = _checked(entry, contact)
        await household_changes.write(connection, entry.id, **values)
        after = await _entry(connection, entry.code)
        changed = [one.name for one in fields(Contact) if getattr(entry, one.name) != getattr(after, one.name)]
        if changed:
            await audit.note(connection, at=now, actor=actor(staff), action="household edit", subject=entry.code,
                             changed=changed)  # fmt: skip
    return after, changed


async def add(
    context: Context, area: str, contact: Contact, *, namesake: bool = False, staff: StaffRow | None = None
) -> Entry:
    """A household that came: it lives in `area` from now on and gets the notices to come.

    Raises `Mistake` where a head has the same name in that area, unless `namesake` says that it is another household.
    """
    now = context.clock()
    async with context.database.write() as connection:
        await locks.hold_tree(connection)
        place = await areas.find(connection, area)
        must_keep(staff, place.path, place.name)
        if await area_uses.children(connection, place.id):
            raise Mistake(phrase("place.not_a_leaf", name=place.name))
        values = _checked(NOBODY, contact)
        known = None if namesake else await household_changes.namesake(connection, place.id, values["head_name"])
        if known is not None:
            raise Mistake(phrase("place.namesake", head=values["head_name"], place=place.name, code=known))
        code = await household_changes.add(connection, area_id=place.id, **values, now=now)
        await audit.note(connection, at=now, actor=actor(staff), action="household add", subject=code, area=place.code)
        return await _entry(connection, code)


def _checked(entry: Entry, contact: Contact) -> dict[str, Any]:
    """Every column as it shall be. Raises `Mistake` for what can't be used."""
    head = _line(contact.head_name, entry.head_name, "place.what_head")
    if not head:
        raise Mistake(phrase("place.no_head"))
    same_person = entry.representative == entry.head_name and contact.representative is None
    representative = _line(contact.representative, head if same_person else entry.representative, "place.what_rep")
    numbers = entry.phones
    if contact.phones is not None:
        read = read_phones(contact.phones)
        if read.unread:
            raise Mistake(phrase("mistake.phone_wrong", text=", ".join(read.unread)))
        numbers = read.numbers
    note = entry.note if contact.note is None else nfc_block(contact.note)
    if len(note) > LONGEST:
        raise Mistake(phrase("place.too_long", what=phrase("place.what_note"), length=len(note), most=LONGEST))
    return {
        "head_name": head,
        "representative": representative or head,
        "address": _line(contact.address, entry.address, "place.what_address"),
        "note": note,
        "device": contact.device or entry.device,
        "numbers": numbers,
    }


def _line(given: str | None, before: str, what: str) -> str:
    text = before if given is None else nfc(given)
    if len(text) > LONGEST:
        raise Mistake(phrase("place.too_long", what=phrase(what), length=len(text), most=LONGEST))
    return text


async def move(context: Context, code: str, to: str, staff: StaffRow | None = None) -> Entry:
    """The household moved house: it lives in the area `to` from now on. Coming back after leaving is the same."""
    now = context.clock()
    async with context.database.write() as connection:
        await locks.hold_tree(connection)
        entry, place = await _entry(connection, code), await areas.find(connection, to)
        must_manage(staff, entry.path, _named(entry))
        must_manage(staff, place.path, place.name)
        if await area_uses.children(connection, place.id):
            raise Mistake(phrase("place.not_a_leaf", name=place.name))
        if entry.area_id == place.id and not entry.left:
            raise Mistake(phrase("place.lives_there", head=entry.head_name, place=entry.place))
        await household_changes.settle(connection, entry.id, place.id, now)
        await audit.note(connection, at=now, actor=actor(staff), action="household move", subject=entry.code,
                         before=entry.area, after=place.code, had_left=entry.left)  # fmt: skip
        return await _entry(connection, entry.code)


async def leave(context: Context, code: str, staff: StaffRow | None = None) -> Entry:
    """The household does not live here any more; twice is no error. `move` to its area takes that back."""
    now = context.clock()
    async with context.database.write() as connection:
        entry = await _entry(connection, code)
        must_manage(staff, entry.path, _named(entry))
        if not entry.left:
            await household_changes.leave(connection, entry.id, now)
            await audit.note(connection, at=now, actor=actor(staff), action="household leave", subject=entry.code)
        return await _entry(connection, entry.code)


async def revoke_link(
    context: Context, code: str, identity_id: int, *, back: bool = False, staff: StaffRow | None = None
) -> Entry:
    """Take an account or device off a household, or with `back` put it on again. What it answered stays, and what it
    answered in between counts then."""
    now = context.clock()
    async with context.database.write() as connection:
        entry = await _entry(connection, code)
        must_keep(staff, entry.path, _named(entry))
        if back:
            joined = await unlinking.put_back(connection, entry.id, identity_id, now)
        else:
            joined = Joined() if await unlinking.take_off(connection, entry.id, identity_id, now) else None
        if joined is None:
            raise Mistake(phrase("place.link_elsewhere" if back else "place.link_gone"))
        await audit.note(connection, at=now, actor=actor(staff), action="link restore" if back else "link revoke",
                         subject=entry.code, link=identity_id)  # fmt: skip
    for broadcast_id in joined.counted:
        context.answered(broadcast_id)
    return entry


def contact_of(entry: Entry) -> dict[str, str]:
    """Contact data as a form shows it."""
    return {
        "head_name": entry.head_name,
        "representative": entry.representative,
        "phones": ", ".join(show_phone(number) for number in entry.phones),
        "address": entry.address,
        "note": entry.note,
        "device": entry.device.value,
    }

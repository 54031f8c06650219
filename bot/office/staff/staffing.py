"""Staff: taking them on, changing what they are responsible for, ending their role now or on a day to come."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotAllowed
from announcements.phones import read_phone
from announcements.phrases import phrase
from announcements.text import nfc
from announcements.types import Role
from bot.context import Context
from bot.office.notices.announcing import actor
from bot.office.rights import must_manage
from db import audit, locks
from db.access import people, staff_book
from db.access.people import StaffRow
from db.access.staff_book import Line
from db.places import areas

NAME_LENGTH = 120


async def listing(context: Context, staff: StaffRow | None = None) -> list[Line]:
    """Staff within reach of `staff`, those who have ended last, with when they last signed in."""
    under = staff.path if staff is not None else None
    async with context.database.read() as connection:
        return await staff_book.lines(connection, under, context.clock())


async def one(context: Context, code: str, staff: StaffRow | None = None) -> Line:
    """One member of staff whom `staff` may change. Raises `NotFound`, `NotAllowed`."""
    async with context.database.read() as connection:
        found = await people.find_any(connection, code)
        must_manage(staff, found.path, found.name)
        lines = await staff_book.lines(connection, found.path, context.clock())
    return next(line for line in lines if line.staff.id == found.id)


async def add(
    context: Context, *, name: str, role: Role, area: str, phone: str = "", staff: StaffRow | None = None
) -> StaffRow:
    """A new member of staff with a code of their own. Raises `Mistake`."""
    title, number = _name(name), _number(phone)
    async with context.database.write() as connection:
        await locks.hold_tree(connection)
        place = await areas.find(connection, area)
        must_manage(staff, place.path, place.name)
        _may_give(staff, role)
        made = await people.add(connection, name=title, role=role, area_id=place.id, phone=number)
        await audit.note(connection, at=context.clock(), actor=actor(staff), action="staff add", subject=made.code,
                         role=role.value, area=place.code)  # fmt: skip
    return made


async def change(
    context: Context,
    code: str,
    *,
    name: str | None = None,
    role: Role | None = None,
    area: str | None = None,
    phone: str | None = None,
    staff: StaffRow | None = None,
) -> StaffRow:
    """Write what is given; what they did before stays theirs. Raises `Mistake`."""
    async with context.database.write() as connection:
        await locks.hold_tree(connection)
        before = await _manageable(connection, code, staff)
        values: dict[str, Any] = {}
        if name is not None:
            values["name"] = _name(name)
        if phone is not None:
            values["phone"] = _number(phone)
        if role is not None and role is not before.role:
            _may_give(staff, role)
            values["role"] = role
        if area is not None:
            place = await areas.find(connection, area)
            must_manage(staff, place.path, place.name)
            values["area_id"] = place.id
        if staff is not None and staff.id == before.id and values.keys() & {"role", "area_id"}:
            raise Mistake(phrase("place.not_oneself"))
        after = await people.change(connection, before.id, **values) if values else before
        await audit.note(
            connection, at=context.clock(), actor=actor(staff), action="staff change", subject=after.code,
            changed=sorted(values), role=[before.role.value, after.role.value],
            area=[before.area_code, after.area_code],
        )  # fmt: skip
    return after


async def end(context: Context, code: str, *, at: datetime | None = None, staff: StaffRow | None = None) -> StaffRow:
    """Their role ends at `at`, or now. What they did stays; until then they act as before."""
    now = context.clock()
    if at is not None and at < now:
        raise Mistake(phrase("place.end_past"))
    async with context.database.write() as connection:
        before = await _manageable(connection, code, staff)
        if not before.active(now):
            raise NotAllowed(phrase("mistake.staff_ended", name=before.name))
        if staff is not None and staff.id == before.id:
            raise Mistake(phrase("place.not_oneself"))
        after = await people.end(connection, before.id, at or now)
        await audit.note(connection, at=now, actor=actor(staff), action="staff end", subject=after.code,
                         until=(at or now).isoformat())  # fmt: skip
    return after


async def keep_on(context: Context, code: str, *, staff: StaffRow | None = None) -> StaffRow:
    """Take back the end of a role, come or to come; twice is no error."""
    async with context.database.write() as connection:
        before = await _manageable(connection, code, staff)
        _may_give(staff, before.role)
        after = await people.end(connection, before.id, None)
        if before.ended_at is not None:
            await audit.note(connection, at=context.clock(), actor=actor(staff), action="staff back",
                             subject=after.code)  # fmt: skip
    return after


async def _manageable(connection: AsyncConnection, code: str, staff: StaffRow | None) -> StaffRow:
    found = await people.find_any(connection, code)
    must_manage(staff, found.path, found.name)
    _may_give(staff, found.role)
    return found


def _may_give(staff: StaffRow | None, role: Role) -> None:
    """An administrator is made, changed and ended by another, or at the terminal."""
    if staff is not None and role is Role.ADMIN and staff.role is not Role.ADMIN:
        raise NotAllowed(phrase("place.admins_only"))


def _name(text: str) -> str:
    name = nfc(text)
    if not name:
        raise Mistake(phrase("mistake.no_staff_name"))
    if len(name) > NAME_LENGTH:
        raise Mistake(phrase("place.too_long", what=phrase("place.what_staff"), length=len(name), most=NAME_LENGTH))
    return name


def _number(text: str) -> str:
    if not text.strip():
        return ""
    number = read_phone(nfc(text))
    if number is None:
        raise Mistake(phrase("mistake.phone_wrong", text=text))
    return number

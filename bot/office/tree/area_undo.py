"""Taking back the last reorganisation of the tree; again takes back the one before it.

Only what is still where the reorganisation put it goes back: a household that moved house since stays where it is.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from bot.context import Context
from bot.office.notices.announcing import actor
from bot.office.rights import must_manage
from bot.office.tree.areas import Effect, must_be_free, parent_of
from bot.office.trying import changing
from db import audit, locks
from db.access.people import StaffRow
from db.places import area_changes, area_history, area_uses
from db.places.area_history import Change
from db.places.areas import AreaRow


async def undo(
    context: Context, *, only: int | None = None, staff: StaffRow | None = None, dry_run: bool = False
) -> tuple[Change, Effect]:
    """Take back the last reorganisation; with `only`, just when it is the one with this number. Raises `Mistake`."""
    now = context.clock()
    async with changing(context.database, dry_run=dry_run) as connection:
        await locks.hold_tree(connection, changing=True)
        change = await area_history.to_undo(connection)
        if change is None:
            raise Mistake(phrase("place.nothing_to_undo"))
        if only is not None and change.id != only:
            raise Mistake(phrase("place.not_the_last"))
        area = await _by_code(connection, change.subject)
        must_manage(staff, area.path, area.name)
        match change.action:
            case "area rename":
                back = await _rename(connection, area, change, context)
            case "area move":
                back = await _move(connection, area, change, staff)
            case "area merge":
                back = await _unmerge(connection, area, change, staff)
            case _:
                back = await _rejoin(connection, area, change, staff, context)
        await audit.note(connection, at=now, actor=actor(staff), action=area_history.UNDO, subject=change.subject,
                         of=change.id)  # fmt: skip
        return change, Effect(
            back, await parent_of(connection, back), await area_uses.of_subtree(connection, back.path, now)
        )


async def _by_code(connection: AsyncConnection, code: str) -> AreaRow:
    """The area itself, retired or not: codes in the log are ours and never go away."""
    found = await area_uses.any_row(connection, code)
    if found is None:
        raise Mistake(phrase("mistake.area_unknown", wanted=code))
    return found[0]


async def _rename(connection: AsyncConnection, area: AreaRow, change: Change, context: Context) -> AreaRow:
    before = str(change.detail["before"])
    await must_be_free(connection, before, await parent_of(connection, area), apart_from=area)
    await area_changes.rename(connection, area, before, context.clock())
    return await _by_code(connection, area.code)


async def _move(connection: AsyncConnection, area: AreaRow, change: Change, staff: StaffRow | None) -> AreaRow:
    parent = await _by_code(connection, str(change.detail["before"]))
    must_manage(staff, parent.path, parent.name)
    await must_be_free(connection, area.name, parent)
    await area_changes.place_under(connection, area, parent)
    return await _by_code(connection, area.code)


async def _unmerge(connection: AsyncConnection, area: AreaRow, change: Change, staff: StaffRow | None) -> AreaRow:
    """Retired areas come back in reverse order, each with what it handed over; then areas below and their names."""
    for one in reversed(change.detail["retired"]):
        await _bring_back(connection, one, staff)
    for code, before in change.detail["moved"]:
        await area_changes.place_under(connection, await _by_code(connection, code), await _by_code(connection, before))
    for code, name in change.detail["renamed"]:
        child = await _by_code(connection, code)
        await area_changes.rename(connection, child, name, change.at)
    return await _by_code(connection, area.code)


async def _bring_back(connection: AsyncConnection, one: dict[str, Any], staff: StaffRow | None) -> None:
    old, new = await _by_code(connection, one["area"]), await _by_code(connection, one["into"])
    must_manage(staff, new.path, new.name)
    parent = await _by_code(connection, one["lay_in"]) if one["lay_in"] else None
    await must_be_free(connection, old.name, parent, apart_from=old)
    await area_changes.restore(connection, old.id)
    if parent is None:
        await area_changes.make_top(connection, old)
    else:
        await area_changes.place_under(connection, old, parent)
    old = await _by_code(connection, old.code)
    await area_changes.take_households(connection, one["households"], old, out_of=new)
    await area_changes.take_staff(connection, one["staff"], old, out_of=new)
    await area_changes.take_chats(connection, one["chats"], old, out_of=new)
    await _address_as_before(connection, one["announcements"], old)


async def _address_as_before(
    connection: AsyncConnection, announcements: dict[str, list[str]], old: AreaRow, *, again: bool = True
) -> None:
    for code, added in announcements.items():
        targets = [(await _by_code(connection, target)).id for target in added]
        await area_changes.unaddress(connection, code, targets)
        if again:
            await area_changes.address_again(connection, code, old)


async def _rejoin(
    connection: AsyncConnection, area: AreaRow, change: Change, staff: StaffRow | None, context: Context
) -> AreaRow:
    """The households of a split go back; an area made for it is merged away with whatever it got since."""
    old = await _by_code(connection, str(change.detail["out_of"]))
    must_manage(staff, old.path, old.name)
    await area_changes.take_households(connection, change.detail["households"], old, out_of=area)
    await _address_as_before(connection, change.detail["announcements"], old, again=False)
    if change.detail["new"]:
        if await area_uses.children(connection, area.id):
            raise Mistake(phrase("place.not_a_leaf", name=area.name))
        await area_changes.hand_over(connection, area, old)
        await area_changes.readdress(connection, area, [old])
        await area_changes.retire(connection, area, old, context.clock())
    return old

"""The tree of areas: adding, renaming, moving. `merging.py` and `splitting.py` beside it do what their names say.

Every change tells what it does before it is done (`dry_run`), leaves in the audit log what
`bot/office/tree/area_undo.py` needs, and keeps history: reports of earlier broadcasts show the tree of their time.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.area_rules import area_name, check_parent, namesake
from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.types import AreaKind
from bot.context import Context
from bot.office.notices.announcing import actor
from bot.office.rights import must_manage
from bot.office.trying import changing
from db import audit, locks
from db.access.people import StaffRow
from db.places import area_changes, area_uses, areas
from db.places.area_uses import Uses
from db.places.areas import AreaRow

NOTHING = Uses(0, (), (), ())


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change did, or on a dry run would do: where the area is then, and what goes along with it.

    `announcements` are those that still wait and reach other households now, or the same in other areas.
    """

    area: AreaRow
    parent: AreaRow | None
    uses: Uses
    announcements: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON of the `loa area …` commands."""
        return {
            "code": self.area.code,
            "name": self.area.name,
            "kind": self.area.kind.value,
            "parent": self.parent.code if self.parent else None,
            "households": self.uses.households,
            "areas": list(self.uses.areas),
            "chats": list(self.uses.chats),
            "staff": list(self.uses.staff),
            "announcements": list(self.announcements),
            "notes": list(self.notes),
        }


async def add(
    context: Context, *, name: str, kind: AreaKind, under: str | None = None, staff: StaffRow | None = None
) -> Effect:
    """A new area without households. A commune is a top of the tree: only the operator adds one."""
    title = area_name(name, kind)
    async with context.database.write() as connection:
        await locks.hold_tree(connection, changing=True)
        parent = await areas.find(connection, under) if under else None
        must_manage(staff, parent.path if parent else "", parent.name if parent else title)
        check_parent(kind, title, parent.kind if parent else None, parent.name if parent else "")
        siblings = await must_be_free(connection, title, parent)
        if parent is not None:
            await must_not_be_lived_in(connection, parent)
        area = await area_changes.add(connection, name=title, kind=kind, parent=parent, position=siblings)
        await audit.note(connection, at=context.clock(), actor=actor(staff), action="area add", subject=area.code,
                         parent=parent.code if parent else None)  # fmt: skip
    return Effect(area, parent, NOTHING)


async def rename(
    context: Context, area: str, name: str, *, staff: StaffRow | None = None, dry_run: bool = False
) -> Effect:
    """Call an area otherwise. Its code stays, its former name still finds it."""
    now = context.clock()
    async with changing(context.database, dry_run=dry_run) as connection:
        await locks.hold_tree(connection, changing=True)
        old = await areas.find(connection, area)
        must_manage(staff, old.path, old.name)
        title = area_name(name, old.kind)
        if title == old.name:
            raise Mistake(phrase("place.named_so", name=old.name))
        parent = await parent_of(connection, old)
        await must_be_free(connection, title, parent, apart_from=old)
        await area_changes.rename(connection, old, title, now)
        await audit.note(connection, at=now, actor=actor(staff), action="area rename", subject=old.code,
                         before=old.name, after=title)  # fmt: skip
        (new,) = await areas.by_ids(connection, [old.id])
        return Effect(new, parent, await area_uses.of_subtree(connection, new.path, now))


async def move(
    context: Context, area: str, under: str, *, staff: StaffRow | None = None, dry_run: bool = False
) -> Effect:
    """Hang an area, and all below it, under another parent. Its households have not moved house."""
    now = context.clock()
    async with changing(context.database, dry_run=dry_run) as connection:
        await locks.hold_tree(connection, changing=True)
        old, parent = await areas.find(connection, area), await areas.find(connection, under)
        must_manage(staff, old.path, old.name)
        must_manage(staff, parent.path, parent.name)
        await _must_fit(connection, old, parent)
        waiting = await _gained_or_lost(connection, old, parent)
        before = await parent_of(connection, old)
        path = await area_changes.place_under(connection, old, parent)
        await audit.note(connection, at=now, actor=actor(staff), action="area move", subject=old.code,
                         before=before.code if before else None, after=parent.code)  # fmt: skip
        (new,) = await areas.by_ids(connection, [old.id])
        return Effect(new, parent, await area_uses.of_subtree(connection, path, now), tuple(waiting))


async def _must_fit(connection: AsyncConnection, area: AreaRow, parent: AreaRow) -> None:
    if parent.path.startswith(area.path):
        raise Mistake(phrase("place.inside_itself", name=area.name))
    if parent.id == area.parent_id:
        raise Mistake(phrase("place.there_already", name=area.name, parent=parent.name))
    check_parent(area.kind, area.name, parent.kind, parent.name)
    await must_not_be_lived_in(connection, parent)
    await must_be_free(connection, area.name, parent)


async def _gained_or_lost(connection: AsyncConnection, area: AreaRow, parent: AreaRow) -> list[str]:
    """Announcements that wait to go to an area which has these households only before, or only afterwards."""
    was, will = set(areas.ancestors(area.path)[:-1]), set(areas.ancestors(parent.path))
    return await area_uses.waiting_for(connection, [areas.last_id(path) for path in was ^ will])


async def parent_of(connection: AsyncConnection, area: AreaRow) -> AreaRow | None:
    """What an area lies in; None for a top of the tree."""
    return (await areas.by_ids(connection, [area.parent_id]))[0] if area.parent_id else None


async def must_be_free(
    connection: AsyncConnection, name: str, parent: AreaRow | None, apart_from: AreaRow | None = None
) -> int:
    """Raises `Mistake` when a child of `parent` is called so, or nearly; returns how many children there are."""
    siblings = await area_uses.children(connection, parent.id if parent else None)
    others = [one for one in siblings if apart_from is None or one.id != apart_from.id]
    taken = namesake(name, [one.name for one in others])
    if taken is not None:
        code = next(one.code for one in others if one.name == taken)
        where = parent.name if parent else phrase("place.top")
        raise Mistake(phrase("place.name_taken", name=name, parent=where, other=taken, code=code))
    return len(siblings)


async def must_not_be_lived_in(connection: AsyncConnection, parent: AreaRow) -> None:
    if await area_uses.lived_in(connection, parent.id):
        raise Mistake(phrase("place.lived_in", name=parent.name))

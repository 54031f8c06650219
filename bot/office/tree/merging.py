"""Merging areas: all of one goes over to another of its kind, and whoever looks for it finds the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.area_rules import SameNames, named_after, namesake
from announcements.mistakes import Mistake
from announcements.phrases import label, phrase
from bot.context import Context
from bot.office.notices.announcing import actor
from bot.office.rights import must_manage
from bot.office.tree.areas import Effect, must_be_free, must_not_be_lived_in, parent_of
from bot.office.trying import changing
from db import audit, locks
from db.access.people import StaffRow
from db.places import area_changes, area_uses, areas
from db.places.areas import AreaRow


@dataclass(slots=True)
class _Merger:
    """One merger at work; the lists are what the audit log keeps of it, in the order it was done."""

    connection: AsyncConnection
    same_names: SameNames
    now: datetime
    moved: list[list[str]] = field(default_factory=list)  # area, where it lay
    renamed: list[list[str]] = field(default_factory=list)  # area, its name before
    retired: list[dict[str, Any]] = field(default_factory=list)

    @property
    def announcements(self) -> tuple[str, ...]:
        return tuple(sorted({code for one in self.retired for code in one["announcements"]}))

    async def merge(self, old: AreaRow, new: AreaRow) -> None:
        """Areas below go over first, then what is right in it; those who live in it have not moved house."""
        ours = await area_uses.children(self.connection, old.id)
        theirs = await area_uses.children(self.connection, new.id)
        if ours:
            await must_not_be_lived_in(self.connection, new)
        if theirs:
            await must_not_be_lived_in(self.connection, old)
        targets = [await self._take(child, old, new, theirs) for child in ours]
        handed = await area_changes.hand_over(self.connection, old, new)
        waiting = await area_changes.readdress(self.connection, old, targets or [new])
        before = await parent_of(self.connection, old)
        await area_changes.retire(self.connection, old, new, self.now)
        self.retired.append(
            {"area": old.code, "into": new.code, "lay_in": before.code if before else None,
             "households": handed.households, "staff": handed.staff, "chats": handed.chats, "announcements": waiting}
        )  # fmt: skip

    async def _take(self, child: AreaRow, old: AreaRow, new: AreaRow, theirs: Sequence[AreaRow]) -> AreaRow:
        """One area below the old goes to the new; returns what it is then."""
        taken = namesake(child.name, [one.name for one in theirs])
        if taken is not None and self.same_names is SameNames.JOIN:
            other = next(one for one in theirs if one.name == taken)
            await self.merge(child, other)
            return other
        if taken is not None:
            title = named_after(child.name, old.name, child.kind)
            await must_be_free(self.connection, title, new)
            await area_changes.rename(self.connection, child, title, self.now)
            self.renamed.append([child.code, child.name])
        await area_changes.place_under(self.connection, child, new)
        self.moved.append([child.code, old.code])
        return child


async def merge(
    context: Context,
    area: str,
    into: str,
    *,
    same_names: SameNames = SameNames.REFUSE,
    staff: StaffRow | None = None,
    dry_run: bool = False,
) -> Effect:
    """All of `area` goes over to `into`, which is of its kind; `area` is retired and its code finds the other."""
    now = context.clock()
    async with changing(context.database, dry_run=dry_run) as connection:
        await locks.hold_tree(connection, changing=True)
        old, new = await areas.find(connection, area), await areas.find(connection, into)
        must_manage(staff, old.path, old.name)
        must_manage(staff, new.path, new.name)
        await _must_fit(connection, old, new, same_names)
        uses = await area_uses.of_subtree(connection, old.path, now)
        merger = _Merger(connection, same_names, now)
        await merger.merge(old, new)
        await audit.note(
            connection, at=now, actor=actor(staff), action="area merge", subject=old.code, into=new.code,
            moved=merger.moved, renamed=merger.renamed, retired=merger.retired,
        )  # fmt: skip
        return Effect(new, await parent_of(connection, new), uses, merger.announcements)


async def _must_fit(connection: AsyncConnection, old: AreaRow, new: AreaRow, same_names: SameNames) -> None:
    if old.id == new.id:
        raise Mistake(phrase("place.merged_into_itself", name=old.name))
    if old.kind is not new.kind:
        raise Mistake(
            phrase(
                "place.kinds_differ", name=old.name, kind=label(old.kind), other=new.name, other_kind=label(new.kind)
            )
        )
    if same_names is not SameNames.REFUSE:
        return
    theirs = [one.name for one in await area_uses.children(connection, new.id)]
    ours = await area_uses.children(connection, old.id)
    names = [one.name for one in ours if namesake(one.name, theirs)]
    if names:
        raise Mistake(phrase("place.same_names", names=", ".join(names), old=old.name, new=new.name))

"""Looking at the tree: one area with what hangs on it, and what was done to the tree within somebody's reach."""

from dataclasses import dataclass

from announcements.area_rules import LIES_IN
from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.types import AreaKind
from bot.context import Context
from bot.office.notices.announcing import must_reach
from bot.office.tree import areas as reorganising
from bot.office.tree.areas import Effect, parent_of
from db.access import staff_book
from db.access.people import StaffRow
from db.places import area_history, area_uses, areas, chats
from db.places.area_history import Change
from db.places.area_uses import Resident, Uses
from db.places.areas import AreaRow
from db.places.chats import ChatRow


@dataclass(frozen=True, slots=True)
class Place:
    """One area. `residents` are the households right in it, by address; chats and staff are its own, not those below.

    `waiting` are announcements that have yet to go out to it.
    """

    area: AreaRow
    parent: AreaRow | None
    uses: Uses
    residents: list[Resident]
    chats: list[ChatRow]
    staff: list[StaffRow]
    waiting: list[str]


async def look(context: Context, code: str, staff: StaffRow | None = None) -> Place:
    """An area by its code or name, as it is now. Raises `NotFound`, `NotAllowed`."""
    now = context.clock()
    async with context.database.read() as connection:
        area = await areas.find(connection, code)
        must_reach(staff, area.path, area.name)
        return Place(
            area,
            await parent_of(connection, area),
            await area_uses.of_subtree(connection, area.path, now),
            await area_uses.residents(connection, area.id),
            [chat for chat in await chats.everything(connection) if chat.area_id == area.id],
            [line.staff for line in await staff_book.lines(connection, area.path, now)
             if line.staff.area_id == area.id and line.staff.active(now)],
            await area_uses.waiting_for(connection, [area.id]),
        )  # fmt: skip


async def add_below(context: Context, name: str, under: str, staff: StaffRow | None = None) -> Effect:
    """A new area of the kind that lies in `under`: a village in a commune, a group in a village."""
    async with context.database.read() as connection:
        parent = await areas.find(connection, under)
    kind = next((kind for kind, above in LIES_IN.items() if above is parent.kind), None)
    if kind is None:
        raise Mistake(phrase("place.nothing_below", name=parent.name))
    return await reorganising.add(context, name=name, kind=AreaKind(kind), under=parent.code, staff=staff)


async def history(context: Context, staff: StaffRow, limit: int) -> tuple[list[Change], dict[str, str]]:
    """Reorganisations of areas within reach of `staff`, the newest first; what the areas named in them are called."""
    async with context.database.read() as connection:
        changes = await area_history.latest(connection, limit)
        codes = {code for one in changes for code in (one.subject, one.other)}
        found = {code: row[0] for code in codes if (row := await area_uses.any_row(connection, code)) is not None}
    mine = [one for one in changes if one.subject in found and staff.reaches(found[one.subject].path)]
    return mine, {code: area.name for code, area in found.items()}

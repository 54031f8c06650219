"""The door-knock list as it is printed: for each group a list to walk with, and to close by scanning."""

from itertools import groupby
from urllib.parse import quote

from announcements.mistakes import Mistake, NotAllowed
from announcements.phones import show_phone
from announcements.phrases import label, phrase
from announcements.rendering import moment_words
from announcements.splitting import shorten
from announcements.types import IN_PERSON, How, Reason
from bot.context import Context
from bot.office.notices.announcing import must_reach
from bot.paper.doors import DoorSheet, PrintedDoor, Walk
from db.access.people import StaffRow
from db.announcing import notices
from db.announcing.notices import BroadcastRow
from db.counting import doors, reach
from db.counting.doors import Door
from db.places import areas
from db.places.areas import last_id

MOST_DOORS = 2_000  # in one file: 170 pages; they take 5 seconds of a processor and 550 MB
SHORT = 420  # characters of the notice on the first page of every group
WAYS = sorted(IN_PERSON, key=list(How).index)


async def sheet(context: Context, code: str, *, area: str | None = None, staff: StaffRow | None = None) -> DoorSheet:
    """What is printed of one notice for an area, or for all that `staff` reaches.

    Raises `NotFound`, `NotAllowed`, and `Mistake` for more than `MOST_DOORS`.
    """
    async with context.database.read() as connection:
        row = await notices.find(connection, code)
        under, where = (staff.path, staff.area_name) if staff else (None, context.settings.commune.name)
        if area is not None:
            found = await areas.find(connection, area)
            must_reach(staff, found.path, found.name)
            under, where = found.path, found.name
        if not await reach.areas_of(connection, row.id, under=under):
            raise NotAllowed(phrase("chat.not_for_your_area", code=row.announcement, area=where))
        listed = await doors.unreached(connection, row.id, under=under)
        names = await areas.names(connection)
        order = {one.id: number for number, one in enumerate(await areas.tree(connection))}
    if len(listed) > MOST_DOORS:
        raise Mistake(phrase("paper.too_many_doors", count=len(listed), most=MOST_DOORS))
    listed.sort(key=lambda door: order.get(last_id(door.path), -1))  # within an area it stays as it was
    walks = tuple(
        Walk(names[place], tuple(_printed(context, row, door) for door in here))
        for place, here in groupby(listed, key=lambda door: last_id(door.path))
    )
    return DoorSheet(
        code=row.announcement,
        title=row.title,
        due=moment_words(context.local(row.due_at)),
        short=shorten(row.body, SHORT),
        where=where,
        commune=context.settings.commune.name,
        printed=moment_words(context.local(context.clock())),
        ways=tuple(map(label, WAYS)),
        reasons=tuple(map(label, Reason)),
        walks=walks,
    )


def _printed(context: Context, row: BroadcastRow, door: Door) -> PrintedDoor:
    others = door.representative if door.representative != door.head_name else ""
    numbers = [show_phone(number) for number in door.phone.split(", ") if number]
    page = f"/doors/{row.announcement}/{quote(door.household, safe='')}"
    return PrintedDoor(door.household, door.head_name, others, tuple(numbers), door.address, context.link(page))

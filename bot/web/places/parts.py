"""What the pages of people and places share: where to go after a change, areas to choose from, pages of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from fastapi.responses import RedirectResponse

from announcements.permissions import Permission, may
from announcements.types import AreaKind
from bot.context import Context
from bot.office.staff.access import Visitor
from bot.web.pages import PRIVATE
from bot.web.wording import say, sentences
from db.access.people import StaffRow
from db.places import areas
from db.places.areas import AreaRow


def go(path: str, **query: object) -> RedirectResponse:
    """To a page after something was done; loading that again does nothing again."""
    said = urlencode({name: value for name, value in query.items() if value not in ("", None)})
    return RedirectResponse(f"{quote(path)}?{said}" if said else quote(path), 303, PRIVATE)


def done(ok: str) -> str:
    """What a page says at its top after something was done; nothing for a word that is none of ours."""
    return sentences()["kept"].get(ok, "")


def manages(visitor: Visitor) -> bool:
    """Are the buttons that change areas, staff and chats for them?"""
    return may(visitor.staff.role, Permission.MANAGE)


def keeps(visitor: Visitor) -> bool:
    """Are the buttons that change households' contact data and links for them?"""
    return may(visitor.staff.role, Permission.KEEP)


async def reachable(context: Context, staff: StaffRow) -> list[AreaRow]:
    """The areas within reach of `staff`, as the tree lists them."""
    async with context.database.read() as connection:
        return [area for area in await areas.tree(connection) if staff.reaches(area.path)]


@dataclass(frozen=True, slots=True)
class Choice:
    """An area in a list to choose from, indented by its depth."""

    code: str
    text: str


def choices(rows: Sequence[AreaRow], tree: Sequence[AreaRow] = ()) -> list[Choice]:
    """`rows` as options of a `<select>`; where they are not a tree themselves, with the village of each from `tree`."""
    top, names, listed = min((len(row.path) for row in rows), default=0), full_names(tree), {row.id for row in rows}
    found = []
    for row in rows:
        depth = (len(row.path) - top) // areas.STEP if row.parent_id in listed else 0
        name = row.name if row.parent_id in listed else names.get(row.id, row.name)
        found.append(
            Choice(row.code, "\u00a0\u00a0" * depth + say("place.choice", name=name, households=row.households))
        )
    return found


def full_names(tree: Sequence[AreaRow]) -> dict[int, str]:
    """What to call each area where it stands alone: a group with its village."""
    by_id = {row.id: row for row in tree}
    names = {row.id: row.name for row in tree}
    for row in tree:
        above = by_id.get(row.parent_id or 0)
        if row.kind is AreaKind.GROUP and above is not None:
            names[row.id] = f"{row.name}, {above.name}"
    return names

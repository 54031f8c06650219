"""The cards of an area as they are printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from announcements.codes import spoken
from announcements.phrases import phrase
from bot.context import Context
from bot.office.homes.cards import link, must_keep
from bot.office.notices.announcing import must_reach
from bot.paper.cards import MOST_CARDS, PrintedCard, card_sheets
from bot.paper.files import PaperFile
from db.access.people import StaffRow
from db.links import cards
from db.links.cards import CardRow
from db.places import areas
from db.places.areas import AreaRow


@dataclass(frozen=True, slots=True)
class AreaCards:
    """The valid cards of an area, by group and address. `missing` households have none yet; the codes of `shown` others
    have read in a group."""

    area: AreaRow
    cards: Sequence[PrintedCard]
    missing: int
    shown: Sequence[CardRow] = ()


async def of_area(
    context: Context, area: str, staff: StaffRow | None = None, *, since: datetime | None = None
) -> AreaCards:
    """What would be printed: all, or those given out from `since` on. Raises `NotFound`, `NotAllowed`."""
    must_keep(staff)
    async with context.database.read() as connection:
        place = await areas.find(connection, area)
        must_reach(staff, place.path, place.name)
        rows = await cards.valid(connection, place.path, since=since)
        missing = len(await cards.without(connection, place.path))
        names = await areas.names(connection)
    printed = [PrintedCard(row.head_name, names[row.area_id], spoken(row.code), link(context, row)) for row in rows]
    return AreaCards(place, printed, missing, [row for row in rows if row.shown_at is not None])


async def choices(context: Context, staff: StaffRow) -> list[AreaRow]:
    """The areas somebody can print cards of, with their households. Raises `NotAllowed`."""
    must_keep(staff)
    async with context.database.read() as connection:
        return await areas.tree(connection, under=staff.path)


def files(context: Context, found: AreaCards) -> list[PaperFile]:
    """The sheets: one file, or several where one would be too large. None without cards."""
    starts = range(0, len(found.cards), MOST_CARDS)
    if len(starts) == 1:
        return [file(context, found)]
    return [
        _sheets(context, found, f"-{number}", found.cards[start : start + MOST_CARDS])
        for number, start in enumerate(starts, 1)
    ]


def file(context: Context, found: AreaCards) -> PaperFile:
    """All of them in one file. ValueError for more than `MOST_CARDS`."""
    return _sheets(context, found, "", found.cards)


def _sheets(context: Context, found: AreaCards, number: str, printed: Sequence[PrintedCard]) -> PaperFile:
    title = phrase("card.title", area=found.area.name)
    return card_sheets(f"the-ho-{found.area.code}{number}", context.settings.commune.name, title, printed)

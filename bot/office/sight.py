"""What somebody who acts in one area can see: that area and everything below it, and what went there.

All else does not exist for them: a foreign code is answered like one that was never given, with `NotFound`.
"""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import NotFound
from announcements.phrases import phrase
from announcements.types import DeliveryState
from bot.context import Context
from bot.office.actors import Actor
from bot.office.reach.reporting import BroadcastReport
from db.announcing import seen
from db.announcing.notices import BroadcastRow
from db.announcing.seen import Wanted
from db.counting import doors, reach, residents
from db.counting.doors import Door
from db.counting.residents import Resident
from db.dispatch import deliveries
from db.dispatch.deliveries import DeliveryRow
from db.places import areas
from db.places.areas import AreaRow


async def places(context: Context, who: Actor) -> list[AreaRow]:
    """Their part of the tree, from the top down."""
    async with context.database.read() as connection:
        return await areas.tree(connection, under=who.path)


async def must_see_areas(context: Context, codes: list[str], who: Actor) -> None:
    """Raises `NotFound` for the first of these codes that is not one of their areas."""
    async with context.database.read() as connection:
        for code in codes:
            await areas.by_code(connection, code, under=who.path)


async def announcement(context: Context, code: str, who: Actor) -> BroadcastRow:
    """The broadcast with this code, or the latest of the announcement with it."""
    async with context.database.read() as connection:
        return await seen.find(connection, code, who.path)


async def announcements(
    context: Context, who: Actor, wanted: Wanted, *, area: str | None, after: int | None, limit: int
) -> list[BroadcastRow]:
    """A page of them, the newest first; only what the area with the code `area` sees, if given."""
    async with context.database.read() as connection:
        wanted = replace(wanted, under=None if area is None else await _under(connection, area, who))
        return await seen.page(connection, who.path, wanted, after=after, limit=limit)


async def report(context: Context, code: str, who: Actor) -> BroadcastReport:
    """The truth table of their part of the audience."""
    async with context.database.read() as connection:
        row = await seen.find(connection, code, who.path)
        return BroadcastReport(row, await reach.report_below(connection, row.id, row.published_at, who.path))


async def sent(context: Context, code: str, who: Actor, states: list[DeliveryState]) -> list[DeliveryRow]:
    """The deliveries to their chats that are in one of `states`."""
    async with context.database.read() as connection:
        row = await seen.find(connection, code, who.path)
        return await deliveries.listing(connection, row.id, states, under=who.path)


async def unreached(
    context: Context, code: str, who: Actor, *, area: str | None, after: int | None, limit: int
) -> list[Door]:
    """A page of their door-knock list, or of one of their areas'."""
    async with context.database.read() as connection:
        row = await seen.find(connection, code, who.path)
        under = await _under(connection, area, who)
        return await doors.page(connection, row.id, under=under, after=after, limit=limit)


async def late_joiners(context: Context, code: str, who: Actor, *, after: int | None, limit: int) -> list[Resident]:
    """A page of their households that came after the snapshot."""
    async with context.database.read() as connection:
        row = await seen.find(connection, code, who.path)
        if row.published_at is None:
            return []
        return await residents.late(connection, row.id, row.published_at, who.path, after=after, limit=limit)


async def must_see_household(context: Context, code: str, household: str, who: Actor) -> None:
    """Raises `NotFound` unless this household is theirs and among the recipients of the broadcast."""
    async with context.database.read() as connection:
        row = await seen.find(connection, code, who.path)
        door = await doors.of_household(connection, row.id, household)
    if door is None or not who.reaches(door.path):
        raise NotFound(phrase("mistake.household_not_in_audience", household=household.strip(), code=row.code))


async def households(
    context: Context, who: Actor, *, area: str | None, after: int | None, limit: int
) -> list[Resident]:  # fmt: skip
    """A page of the households living in their area, or in one below it."""
    async with context.database.read() as connection:
        return await residents.page(connection, await _under(connection, area, who), after=after, limit=limit)


async def _under(connection: AsyncConnection, area: str | None, who: Actor) -> str:
    """The path of one of their areas by its code; of their own without one."""
    return who.path if area is None else (await areas.by_code(connection, area, under=who.path)).path

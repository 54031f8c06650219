"""Telling people who use an old code or name what the area is called now."""

from announcements.mistakes import Mistake
from announcements.phrases import phrase
from bot.cli.output import err
from bot.context import Context
from db.places import areas


async def name_successors(context: Context, *wanted: str | None) -> None:
    """A sentence on standard error for each of these that is a name or code of the past. Never raises for it."""
    async with context.database.read() as connection:
        for text in filter(None, wanted):
            try:
                area = await areas.find(connection, text)
            except Mistake:
                continue  # whoever needs the area says what is wrong
            if area.instead_of:
                said = phrase("place.now_called", old=area.instead_of, name=area.name, code=area.code)
                err.print(said, style="yellow", markup=False)

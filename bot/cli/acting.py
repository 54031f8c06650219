"""Who a command acts for: the option every command that changes something has."""

from typing import Annotated

import typer

from bot.context import Context
from db.access import people
from db.access.people import StaffRow

AsStaff = Annotated[str | None, typer.Option("--as", help="Mã cán bộ đứng tên.")]


async def staff_of(context: Context, code: str | None) -> StaffRow | None:
    """The member of staff with this code, or None, the operator, where there is none. Raises `NotFound`."""
    if code is None:
        return None
    async with context.database.read() as connection:
        return await people.find(connection, code, context.clock())

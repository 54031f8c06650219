"""Households' telephones: reading them for a list, replacing them from the roster, finding whose a number is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.batches import chunks
from db.tables import t


async def of(connection: AsyncConnection, households: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The E.164 numbers of these households, each household's in its own order."""
    phone = t.phone
    found: dict[int, list[str]] = defaultdict(list)
    for ids in chunks(households):
        for owner, number in await connection.execute(
            select(phone.c.household_id, phone.c.number)
            .where(phone.c.household_id.in_(ids))
            .order_by(phone.c.household_id, phone.c.position)
        ):
            found[owner].append(number)
    return {owner: tuple(numbers) for owner, numbers in found.items()}


async def replace(connection: AsyncConnection, numbers: Iterable[tuple[int, Sequence[str]]]) -> None:
    """These households have exactly these numbers from now on."""
    wanted = list(numbers)
    for batch in chunks([household for household, _ in wanted]):
        await connection.execute(t.phone.delete().where(t.phone.c.household_id.in_(batch)))
    await add(connection, wanted)


async def add(connection: AsyncConnection, numbers: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Store the numbers of households that have none yet."""
    rows = [
        {"household_id": household, "number": number, "position": position}
        for household, own in numbers
        for position, number in enumerate(own)
    ]
    if rows:
        await connection.execute(t.phone.insert(), rows)


async def households_with(connection: AsyncConnection, number: str) -> list[int]:
    """Ids of the households living here that have this number."""
    rows = await connection.execute(
        select(t.phone.c.household_id)
        .join(t.household, t.household.c.id == t.phone.c.household_id)
        .where(t.phone.c.number == number, t.household.c.left_at.is_(None))
    )
    return list(rows.scalars())

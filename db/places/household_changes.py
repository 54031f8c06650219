"""One household by hand: adding it, its contact data, where it lives, whether it lives here.

The roster's own changes are in `db/places/households.py`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.text import search_words
from announcements.types import Device
from db.places import households, phones
from db.tables import t


async def namesake(connection: AsyncConnection, area_id: int, head_name: str) -> str | None:
    """The code of a household living in this very area whose head has this name, tone marks and all."""
    h = t.household
    query = select(h.c.code).where(h.c.area_id == area_id, h.c.left_at.is_(None), h.c.head_name == head_name)
    code: str | None = (await connection.execute(query.order_by(h.c.id).limit(1))).scalar()
    return code


async def add(
    connection: AsyncConnection, *, area_id: int, head_name: str, representative: str, address: str, note: str,
    device: Device, numbers: Sequence[str], now: datetime,
) -> str:  # fmt: skip
    """A household lives in this area since `now`; returns the code it was given."""
    (code,) = await households.new_codes(connection, 1)
    values = {"code": code, "area_id": area_id, "head_name": head_name, "representative": representative,
              "address": address, "note": note, "device": device, "joined_at": now,
              "words": search_words(head_name, representative, address)}  # fmt: skip
    made = await connection.execute(t.household.insert().values(values).returning(t.household.c.id))
    await phones.add(connection, [(made.scalar_one(), numbers)])
    return code


async def write(
    connection: AsyncConnection, household_id: int, *, head_name: str, representative: str, address: str, note: str,
    device: Device, numbers: Sequence[str],
) -> None:  # fmt: skip
    """Contact data as it is from now on."""
    values = {"head_name": head_name, "representative": representative, "address": address, "note": note,
              "device": device, "words": search_words(head_name, representative, address)}  # fmt: skip
    await connection.execute(update(t.household).where(t.household.c.id == household_id).values(values))
    await phones.replace(connection, [(household_id, numbers)])


async def settle(connection: AsyncConnection, household_id: int, area_id: int, now: datetime) -> None:
    """It moved house, or came back: it lives in this area since `now`, and what went out before it came is not its."""
    await connection.execute(
        update(t.household)
        .where(t.household.c.id == household_id)
        .values(area_id=area_id, joined_at=now, left_at=None)
    )  # fmt: skip


async def leave(connection: AsyncConnection, household_id: int, now: datetime) -> None:
    """It does not live here any more; its history stays."""
    await connection.execute(update(t.household).where(t.household.c.id == household_id).values(left_at=now))

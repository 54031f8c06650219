"""Households' printed codes: giving them out, recognising one, revoking it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.codes import new_card_code, read_code
from db.areas import below
from db.batches import chunks
from db.tables import t


@dataclass(frozen=True, slots=True)
class CardRow:
    household_id: int
    household: str
    head_name: str
    area_id: int
    area: str  # its code
    area_name: str
    code: str
    revoked: bool = False


async def issue(connection: AsyncConnection, path: str, now: datetime) -> list[CardRow]:
    """A card for every household below `path` that has none; returns the valid cards of all, by area and code."""
    h, area, card = t.household, t.area, t.card
    valid = select(card.c.id).where(card.c.household_id == h.c.id, card.c.revoked_at.is_(None)).exists()
    here = (below(area.c.path, [path]), h.c.left_at.is_(None))
    without = (
        await connection.execute(
            select(h.c.id).join(area, area.c.id == h.c.area_id).where(*here, ~valid).order_by(area.c.path, h.c.code)
        )
    ).scalars()
    new = [{"household_id": household, "issued_at": now} for household in without]
    taken: set[str] = set()
    for batch in chunks(new):
        codes = await _free_codes(connection, len(batch), taken)
        await connection.execute(card.insert(), [{**row, "code": code} for row, code in zip(batch, codes, strict=True)])
    rows = await connection.execute(
        select(h.c.id, h.c.code, h.c.head_name, area.c.id, area.c.code, area.c.name, card.c.code)
        .join(area, area.c.id == h.c.area_id)
        .join(card, (card.c.household_id == h.c.id) & card.c.revoked_at.is_(None))
        .where(*here)
        .order_by(area.c.path, h.c.code)
    )
    return [CardRow(*row) for row in rows]


async def _free_codes(connection: AsyncConnection, count: int, taken: set[str]) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        wanted = dict.fromkeys(new_card_code() for _ in range(count - len(found)))
        used = set((await connection.execute(select(t.card.c.code).where(t.card.c.code.in_(wanted)))).scalars())
        # In the order drawn: sorted, a household's own code would tell roughly what its neighbours' are.
        fresh = [code for code in wanted if code not in used and code not in taken]
        taken.update(fresh)
        found += fresh
    return found


async def find(connection: AsyncConnection, text: str) -> CardRow | None:
    """The card with this code, revoked ones included; None when there is none or the household has left."""
    h, area, card = t.household, t.area, t.card
    row = (
        await connection.execute(
            select(h.c.id, h.c.code, h.c.head_name, area.c.id, area.c.code, area.c.name, card.c.code,
                   card.c.revoked_at.is_not(None))
            .join(h, h.c.id == card.c.household_id)
            .join(area, area.c.id == h.c.area_id)
            .where(card.c.code == read_code(text), h.c.left_at.is_(None))
        )
    ).first()  # fmt: skip
    return None if row is None else CardRow(*row)


async def revoke(connection: AsyncConnection, household_ids: Sequence[int], now: datetime) -> None:
    """These households' cards open nothing any more; `issue` gives new ones."""
    card = t.card
    for ids in chunks(household_ids):
        await connection.execute(
            update(card).where(card.c.household_id.in_(ids), card.c.revoked_at.is_(None)).values(revoked_at=now)
        )

"""Households' printed codes: giving them out, recognising one, revoking it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.addresses import natural_key, walk_key
from announcements.codes import new_card_code, read_code
from announcements.text import nfc
from db.batches import chunks
from db.locks import hold_cards
from db.places.areas import below, tree
from db.tables import t


@dataclass(frozen=True, slots=True)
class CardRow:
    household_id: int
    household: str
    head_name: str
    area_id: int
    area: str  # its code
    area_name: str
    path: str
    code: str  # empty where a household has none
    revoked: bool = False
    shown_at: datetime | None = None  # when others last read its code in a group, where `valid` gives it


_COLUMNS = (t.household.c.id, t.household.c.code, t.household.c.head_name, t.area.c.id, t.area.c.code, t.area.c.name,
            t.area.c.path)  # fmt: skip


async def issue(connection: AsyncConnection, path: str, now: datetime) -> list[CardRow]:
    """A card for every household below `path` that has none; returns what `valid` does."""
    await hold_cards(connection)
    new = [{"household_id": household, "issued_at": now} for household in await without(connection, path)]
    taken: set[str] = set()
    for batch in chunks(new):
        codes = await _free_codes(connection, len(batch), taken)
        await connection.execute(
            t.card.insert(), [{**row, "code": code} for row, code in zip(batch, codes, strict=True)]
        )
    return await valid(connection, path)


async def without(connection: AsyncConnection, path: str) -> list[int]:
    """Households below `path` that have no valid card."""
    h, area, card = t.household, t.area, t.card
    has_one = select(card.c.id).where(card.c.household_id == h.c.id, card.c.revoked_at.is_(None)).exists()
    rows = await connection.execute(
        select(h.c.id)
        .join(area, area.c.id == h.c.area_id)
        .where(below(area.c.path, [path]), h.c.left_at.is_(None), ~has_one)
        .order_by(area.c.path, h.c.code)
    )
    return list(rows.scalars())


async def valid(connection: AsyncConnection, path: str, *, since: datetime | None = None) -> list[CardRow]:
    """The valid cards below `path`: by area as a person lists them, then as one walks (`walk_key`).

    Only those given out from `since` on, if given.
    """
    h, area, card = t.household, t.area, t.card
    query = (
        select(*_COLUMNS, card.c.code, card.c.shown_at, h.c.address)
        .join(area, area.c.id == h.c.area_id)
        .join(card, (card.c.household_id == h.c.id) & card.c.revoked_at.is_(None))
        .where(below(area.c.path, [path]), h.c.left_at.is_(None))
    )
    rows = await connection.execute(query if since is None else query.where(card.c.issued_at >= since))
    place = {area.id: number for number, area in enumerate(await tree(connection))}
    ordered = sorted(rows, key=lambda row: (place.get(row[3], -1), walk_key(row.address), natural_key(row[1])))
    return [replace(CardRow(*row[:-2]), shown_at=row[-2]) for row in ordered]


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
            select(*_COLUMNS, card.c.code, card.c.revoked_at.is_not(None))
            .join(h, h.c.id == card.c.household_id)
            .join(area, area.c.id == h.c.area_id)
            .where(card.c.code == read_code(text), h.c.left_at.is_(None))
        )
    ).first()
    return None if row is None else CardRow(*row)


async def named(connection: AsyncConnection, text: str) -> CardRow | None:
    """What `text` names: a household by its code, with its valid card or none, or else a card by its own code."""
    h, wanted = t.household, nfc(text)
    codes = {wanted, wanted.upper(), wanted.lower()}
    found = await connection.execute(select(h.c.id).where(h.c.code.in_(codes), h.c.left_at.is_(None)))
    household_id = found.scalars().first()
    if household_id is None:
        return await find(connection, text)
    return await of_household(connection, household_id) or await _without(connection, household_id)


async def of_household(connection: AsyncConnection, household_id: int) -> CardRow | None:
    """The valid card of a household."""
    h, area, card = t.household, t.area, t.card
    row = (
        await connection.execute(
            select(*_COLUMNS, card.c.code)
            .join(area, area.c.id == h.c.area_id)
            .join(card, (card.c.household_id == h.c.id) & card.c.revoked_at.is_(None))
            .where(h.c.id == household_id)
            .order_by(card.c.id.desc())
        )
    ).first()
    return None if row is None else CardRow(*row)


async def _without(connection: AsyncConnection, household_id: int) -> CardRow:
    rows = await connection.execute(
        select(*_COLUMNS).join(t.area, t.area.c.id == t.household.c.area_id).where(t.household.c.id == household_id)
    )
    return CardRow(*rows.one(), code="")


async def issue_one(connection: AsyncConnection, household_id: int, now: datetime) -> CardRow:
    """A new card for a household that has no valid one."""
    (code,) = await _free_codes(connection, 1, set())
    values = {"household_id": household_id, "code": code, "issued_at": now}
    await connection.execute(t.card.insert().values(values))
    return replace(await _without(connection, household_id), code=code)


@dataclass(frozen=True, slots=True)
class Shown:
    """An intent: the code of a card was written where others read it."""

    code: str
    at: datetime


async def show(connection: AsyncConnection, intents: Sequence[Shown]) -> list[None]:
    """Note it, for the household's leader to see."""
    card = t.card
    for one in sorted(intents, key=lambda one: (one.code, one.at)):
        await connection.execute(update(card).where(card.c.code == one.code).values(shown_at=one.at))
    return [None] * len(intents)


async def revoke(connection: AsyncConnection, household_ids: Sequence[int], now: datetime) -> None:
    """These households' cards open nothing any more; `issue` gives new ones."""
    card = t.card
    for ids in chunks(household_ids):
        await connection.execute(
            update(card).where(card.c.household_id.in_(ids), card.c.revoked_at.is_(None)).values(revoked_at=now)
        )

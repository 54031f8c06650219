"""Households as they are stored, while a roster file is compared with them: which one does a row mean?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.roster import HouseholdRow, Living
from announcements.text import fold
from db.batches import chunks
from db.places import phones
from db.tables import t


@dataclass(frozen=True, slots=True)
class Old:
    """A household as it is stored."""

    id: int
    code: str
    area_id: int
    head_name: str
    representative: str
    address: str
    note: str
    device: str
    joined_at: datetime
    left_at: datetime | None
    phones: tuple[str, ...]


class Known:
    """Stored households the file may speak of: found by code, or by place, head and phone or address."""

    def __init__(self, stored: Sequence[Old]) -> None:
        self.all = stored
        self._by_code = {old.code: old for old in stored}
        self._by_name: dict[tuple[int, str], list[Old]] = defaultdict(list)
        for old in stored:
            self._by_name[old.area_id, fold(old.head_name)].append(old)

    def match(self, row: HouseholdRow, area_id: int, taken: set[int]) -> Old | None:
        if row.code is not None:
            return self._by_code.get(row.code)
        namesakes = [old for old in self._by_name.get((area_id, fold(row.head)), []) if old.id not in taken]
        for old in namesakes:
            if (row.address and old.address == row.address) or set(row.phones) & set(old.phones):
                return old
        # One namesake and nothing that tells the two apart: the same household with a new detail.
        return namesakes[0] if len(namesakes) == 1 and not (row.address and namesakes[0].address) else None

    def living(self, here: set[int], seen: set[int], codes: frozenset[str]) -> list[Living]:
        """Those who live in these areas; named are the `seen` ones and those whose code the file has anywhere."""
        return [
            Living(old.id, old.code, old.head_name, old.area_id, old.address, old.phones,
                   old.id in seen or old.code in codes)
            for old in self.all
            if old.left_at is None and old.area_id in here
        ]  # fmt: skip


async def stored(connection: AsyncConnection, rows: Sequence[HouseholdRow], here: set[int]) -> list[Old]:
    h = t.household
    found: dict[int, Any] = {}
    for codes in chunks(sorted({row.code for row in rows if row.code})):
        found.update((old.id, old) for old in await connection.execute(select(h).where(h.c.code.in_(codes))))
    for ids in chunks(sorted(here)):
        living = select(h).where(h.c.area_id.in_(ids), h.c.left_at.is_(None))
        found.update((old.id, old) for old in await connection.execute(living))
    numbers = await phones.of(connection, sorted(found))
    return [
        Old(old.id, old.code, old.area_id, old.head_name, old.representative, old.address, old.note, old.device,
             old.joined_at, old.left_at, numbers.get(old.id, ()))
        for old in found.values()
    ]  # fmt: skip


def same(old: Old, row: HouseholdRow, area_id: int) -> bool:
    return (
        (old.area_id, old.head_name, old.representative, old.address, old.note, old.device, old.phones)
        == (area_id, row.head, row.representative, row.address, row.note, row.device, row.phones)
    ) and old.left_at is None  # fmt: skip

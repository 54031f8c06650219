"""The directory of households: finding some by a few words, one by its code. Reading only.

Words are looked for without tone marks, at the beginning of a word, in the names and the address (`household.words`);
digits in telephone numbers; anything in codes.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.phones import read_phone
from announcements.text import nfc, search_words
from announcements.types import Device
from db.places import phones
from db.places.areas import below
from db.tables import t

FEWEST_DIGITS = 4  # of a number's end that is worth looking for
_NOT_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Entry:
    """A household as lists show it; `place` is "Tổ 1, Thôn Thu Quế". `left`: it does not live here any more."""

    id: int
    code: str
    head_name: str
    representative: str
    address: str
    note: str
    device: Device
    area_id: int
    area: str  # its code
    path: str
    place: str
    left: bool
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found, and how many there are in all."""

    entries: list[Entry]
    total: int


def _entries() -> Any:
    h, area, above = t.household, t.area, t.area.alias("above")
    return (
        select(h.c.id, h.c.code, h.c.head_name, h.c.representative, h.c.address, h.c.note, h.c.device, area.c.id,
               area.c.code, area.c.path, area.c.name, above.c.name, h.c.left_at.is_not(None))
        .join(area, area.c.id == h.c.area_id)
        .outerjoin(above, above.c.id == area.c.parent_id)
    )  # fmt: skip


async def search(
    connection: AsyncConnection, text: str, *, under: str | None, limit: int, offset: int = 0, left: bool = False
) -> Found:
    """Households below the path `under` (None: everywhere) that fit `text`, by area and code; `left`: those gone."""
    h, area = t.household, t.area
    here: list[ColumnElement[bool]] = [h.c.left_at.is_not(None) if left else h.c.left_at.is_(None)]
    if under is not None:
        here.append(below(area.c.path, [under]))
    if nfc(text):
        here.append(_fits(nfc(text)))
    counted = select(func.count()).select_from(h).join(area, area.c.id == h.c.area_id).where(*here)
    total: int = (await connection.execute(counted)).scalar_one()
    page = _entries().where(*here).order_by(area.c.path, func.length(h.c.code), h.c.code).limit(limit).offset(offset)
    return Found(await _read(connection, page), total)


def _fits(text: str) -> ColumnElement[bool]:
    h, phone = t.household, t.phone
    words = search_words(text).split()
    ways: list[ColumnElement[bool]] = [func.upper(h.c.code).startswith(text.upper(), autoescape=True)]
    if words:
        ways.append(and_(*(h.c.words.contains(f" {word}") for word in words)))
    number, digits = read_phone(text), _NOT_DIGIT.sub("", text)
    if number is not None:
        ways.append(exists().where(phone.c.household_id == h.c.id, phone.c.number == number))
    elif len(digits) >= FEWEST_DIGITS and not any(letter.isalpha() for letter in text):
        ways.append(
            exists().where(phone.c.household_id == h.c.id, phone.c.number.endswith(digits.lstrip("0") or digits))
        )
    return or_(*ways)


async def find(connection: AsyncConnection, code: str) -> Entry | None:
    """The household with this code, in any case; those gone included."""
    h, wanted = t.household, nfc(code)
    # The index finds a code written as people do; only an odd one costs a look at all.
    for like in (h.c.code.in_({wanted, wanted.upper(), wanted.lower()}), func.upper(h.c.code) == wanted.upper()):
        found = await _read(connection, _entries().where(like).limit(1))
        if found:
            return found[0]
    return None


async def _read(connection: AsyncConnection, query: Any) -> list[Entry]:
    rows = (await connection.execute(query)).all()
    numbers = await phones.of(connection, [row[0] for row in rows])
    entries = []
    for row in rows:
        name, above, left = row[-3:]
        place = f"{name}, {above}" if above else name
        entries.append(Entry(*(*row[:-3], place, left, numbers.get(row[0], ()))))
    return entries

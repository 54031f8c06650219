"""Households as the roster gives them: bringing the table in line with a file, and reading it back.

Called by `bot/office/rosters.py` inside one transaction, so a file is applied whole or not at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.phrases import phrase
from announcements.roster import Column, HouseholdRow, Living, Problem, RefusedRow, refused
from announcements.text import fold, search_words
from db import phones
from db.batches import chunks
from db.departures import Departed, leave
from db.roster_places import Places, leaves
from db.tables import t

MADE = "HO-"  # how a code begins that we made because the file had none


@dataclass(slots=True)
class Imported:
    """What an import did. `departed`: households of a group the file covers that it no longer names."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    departed: Departed = field(default_factory=Departed)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def left(self) -> int:
        return len(self.departed.found.leaving)


@dataclass(frozen=True, slots=True)
class _Old:
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


@dataclass(slots=True)
class _Plan:
    creating: list[HouseholdRow] = field(default_factory=list)
    changing: list[tuple[_Old, HouseholdRow]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)


async def apply_roster(
    connection: AsyncConnection,
    rows: Sequence[HouseholdRow],
    *,
    commune: str,
    codes: Iterable[str],
    now: datetime,
    unread: Sequence[RefusedRow] = (),
    departures: bool = False,
) -> Imported:
    """Bring households in line with `rows`. `codes` are all the file names, refused rows' too: those have not left.

    `unread` is what refused rows still say; `departures`: however many are missing from the file, they have left.
    """
    found = await leaves(connection, rows, commune)
    places = found.ids
    known = _Known(await _stored(connection, rows, set(places.values())))
    result, plan, not_taken = Imported(warnings=_followed(found)), _Plan(), list(unread)
    for row in rows:
        if row.village in found.merged:
            result.problems.append(_merged(row, found.merged[row.village]))
            not_taken.append(refused(row))
            continue
        area_id = places[row.village, row.group]
        old = known.match(row, area_id, plan.seen)
        if old is None:
            plan.creating.append(row)
        elif old.area_id != area_id and fold(old.head_name) != fold(row.head):
            plan.seen.add(old.id)
            result.problems.append(_taken(row, old))
            not_taken.append(refused(row))
        else:
            plan.seen.add(old.id)
            if _same(old, row, area_id):
                result.unchanged += 1
            else:
                plan.changing.append((old, row))
    await _change(connection, plan.changing, places, now)
    await _create(connection, plan.creating, places, now)
    result.updated, result.created = len(plan.changing), len(plan.creating)
    living = known.living(set(places.values()), plan.seen, frozenset(codes))
    result.departed = await leave(connection, living, not_taken, places, meant=departures, now=now)
    return result


def _followed(found: Places) -> list[str]:
    return [phrase("place.roster_renamed", old=old, new=new) for old, new in sorted(found.renamed)]


def _merged(row: HouseholdRow, successor: str) -> Problem:
    sentence = phrase("place.roster_merged", old=row.village, new=successor)
    return Problem(row.row, Column.VILLAGE, sentence, refused=True)


def _taken(row: HouseholdRow, old: _Old) -> Problem:
    sentence = phrase("mistake.household_code_taken", code=row.code, head=old.head_name)
    return Problem(row.row, Column.CODE, sentence, refused=True)


class _Known:
    """Stored households the file may speak of: found by code, or by place, head and phone or address."""

    def __init__(self, stored: Sequence[_Old]) -> None:
        self.all = stored
        self._by_code = {old.code: old for old in stored}
        self._by_name: dict[tuple[int, str], list[_Old]] = defaultdict(list)
        for old in stored:
            self._by_name[old.area_id, fold(old.head_name)].append(old)

    def match(self, row: HouseholdRow, area_id: int, taken: set[int]) -> _Old | None:
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


async def _stored(connection: AsyncConnection, rows: Sequence[HouseholdRow], here: set[int]) -> list[_Old]:
    h = t.household
    found: dict[int, Any] = {}
    for codes in chunks(sorted({row.code for row in rows if row.code})):
        found.update((old.id, old) for old in await connection.execute(select(h).where(h.c.code.in_(codes))))
    for ids in chunks(sorted(here)):
        living = select(h).where(h.c.area_id.in_(ids), h.c.left_at.is_(None))
        found.update((old.id, old) for old in await connection.execute(living))
    numbers = await phones.of(connection, sorted(found))
    return [
        _Old(old.id, old.code, old.area_id, old.head_name, old.representative, old.address, old.note, old.device,
             old.joined_at, old.left_at, numbers.get(old.id, ()))
        for old in found.values()
    ]  # fmt: skip


def _same(old: _Old, row: HouseholdRow, area_id: int) -> bool:
    return (
        (old.area_id, old.head_name, old.representative, old.address, old.note, old.device, old.phones)
        == (area_id, row.head, row.representative, row.address, row.note, row.device, row.phones)
    ) and old.left_at is None  # fmt: skip


def _columns(row: HouseholdRow, area_id: int) -> dict[str, Any]:
    return {
        "area_id": area_id,
        "head_name": row.head,
        "representative": row.representative,
        "address": row.address,
        "note": row.note,
        "device": row.device,
        "words": search_words(row.head, row.representative, row.address),
    }


_CHANGE = (
    update(t.household)
    .where(t.household.c.id == bindparam("p_id"))
    .values({name: bindparam(f"p_{name}") for name in
             ("area_id", "head_name", "representative", "address", "note", "device", "words", "joined_at",
              "left_at")})
)  # fmt: skip


async def _change(
    connection: AsyncConnection,
    changing: Sequence[tuple[_Old, HouseholdRow]],
    places: dict[tuple[str, str], int],
    now: datetime,
) -> None:
    if not changing:
        return
    parameters = []
    for old, row in changing:
        area_id = places[row.village, row.group]
        came = old.area_id != area_id or old.left_at is not None
        values = {**_columns(row, area_id), "joined_at": now if came else old.joined_at, "left_at": None}
        parameters.append({"p_id": old.id, **{f"p_{name}": value for name, value in values.items()}})
    await connection.execute(_CHANGE, parameters)
    await phones.replace(connection, [(old.id, row.phones) for old, row in changing if old.phones != row.phones])


async def _create(
    connection: AsyncConnection, creating: Sequence[HouseholdRow], places: dict[tuple[str, str], int], now: datetime
) -> None:
    if not creating:
        return
    h = t.household
    codes = iter(await _new_codes(connection, sum(row.code is None for row in creating)))
    coded = [(row.code or next(codes), row) for row in creating]
    await connection.execute(
        h.insert(),
        [{"code": code, **_columns(row, places[row.village, row.group]), "joined_at": now} for code, row in coded],
    )
    ids: dict[str, int] = {}
    for batch in chunks([code for code, _ in coded]):
        rows = await connection.execute(select(h.c.code, h.c.id).where(h.c.code.in_(batch)))
        ids.update((row.code, row.id) for row in rows)
    await phones.add(connection, [(ids[code], row.phones) for code, row in coded])


async def _new_codes(connection: AsyncConnection, count: int) -> list[str]:
    """Codes nobody has: counting on from the highest we made."""
    if not count:
        return []
    h = t.household
    made = (await connection.execute(select(h.c.code).where(h.c.code.like(f"{MADE}%")))).scalars()
    highest = max((int(code[len(MADE) :]) for code in made if code[len(MADE) :].isdigit()), default=0)
    return [f"{MADE}{number:05d}" for number in range(highest + 1, highest + count + 1)]


async def roster(connection: AsyncConnection) -> list[HouseholdRow]:
    """Every household living here, as rows of the roster file, by village and group."""
    h, group, village = t.household, t.area.alias("grp"), t.area.alias("village")
    rows = (
        await connection.execute(
            select(h, group.c.name.label("group_name"), village.c.name.label("village_name"))
            .join(group, group.c.id == h.c.area_id)
            .join(village, village.c.id == group.c.parent_id)
            .where(h.c.left_at.is_(None))
            .order_by(village.c.position, village.c.id, group.c.position, group.c.id, func.length(h.c.code), h.c.code)
        )
    ).all()
    numbers = await phones.of(connection, [row.id for row in rows])
    return [
        HouseholdRow(number, row.code, row.village_name, row.group_name, row.head_name, row.representative,
                     numbers.get(row.id, ()), row.address, row.note, row.device)
        for number, row in enumerate(rows, start=2)
    ]  # fmt: skip

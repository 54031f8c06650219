"""Households as the roster gives them: bringing the table in line with a file, and reading it back.

Called by `bot/office/homes/rosters.py` inside one transaction, so a file is applied whole or not at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.phrases import phrase
from announcements.roster import Column, HouseholdRow, Problem, RefusedRow, refused
from announcements.text import fold, search_words
from db.batches import chunks
from db.places import areas, phones
from db.places.areas import below
from db.places.departures import Departed, leave
from db.places.roster_changes import Changes
from db.places.roster_known import Known, Old, same, stored
from db.places.roster_places import Places, leaves
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


@dataclass(slots=True)
class _Plan:
    creating: list[HouseholdRow] = field(default_factory=list)
    changing: list[tuple[Old, HouseholdRow]] = field(default_factory=list)
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
    changes: Changes | None = None,
) -> Imported:
    """Bring households in line with `rows`. `codes` are all the file names, refused rows' too: those have not left.

    `unread` is what refused rows still say; `departures`: however many are missing from the file, they have left.
    `changes` is told of every one.
    """
    found = await leaves(connection, rows, commune)
    places = found.ids
    known = Known(await stored(connection, rows, set(places.values())))
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
            if same(old, row, area_id):
                result.unchanged += 1
            else:
                plan.changing.append((old, row))
    names = await areas.names(connection) if changes is not None else {}
    await _change(connection, plan.changing, places, now)
    await _create(connection, plan.creating, places, now)
    result.updated, result.created = len(plan.changing), len(plan.creating)
    living = known.living(set(places.values()), plan.seen, frozenset(codes))
    result.departed = await leave(connection, living, not_taken, places, meant=departures, now=now)
    if changes is not None:
        changes.tell(plan.creating, plan.changing, places, names, result.departed.found)
    return result


def _followed(found: Places) -> list[str]:
    return [phrase("place.roster_renamed", old=old, new=new) for old, new in sorted(found.renamed)]


def _merged(row: HouseholdRow, successor: str) -> Problem:
    sentence = phrase("place.roster_merged", old=row.village, new=successor)
    return Problem(row.row, Column.VILLAGE, sentence, refused=True)


def _taken(row: HouseholdRow, old: Old) -> Problem:
    sentence = phrase("mistake.household_code_taken", code=row.code, head=old.head_name)
    return Problem(row.row, Column.CODE, sentence, refused=True)


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
    changing: Sequence[tuple[Old, HouseholdRow]],
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
    codes = iter(await new_codes(connection, sum(row.code is None for row in creating)))
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


async def new_codes(connection: AsyncConnection, count: int) -> list[str]:
    """Codes nobody has: counting on from the highest we made."""
    if not count:
        return []
    h = t.household
    made = (await connection.execute(select(h.c.code).where(h.c.code.like(f"{MADE}%")))).scalars()
    highest = max((int(code[len(MADE) :]) for code in made if code[len(MADE) :].isdigit()), default=0)
    return [f"{MADE}{number:05d}" for number in range(highest + 1, highest + count + 1)]


async def roster(connection: AsyncConnection, under: str = "") -> list[HouseholdRow]:
    """Every household living below the area at path `under`, as rows of the roster file, by village and group."""
    h, group, village = t.household, t.area.alias("grp"), t.area.alias("village")
    rows = (
        await connection.execute(
            select(h, group.c.name.label("group_name"), village.c.name.label("village_name"))
            .join(group, group.c.id == h.c.area_id)
            .join(village, village.c.id == group.c.parent_id)
            .where(h.c.left_at.is_(None), below(group.c.path, [under]))
            .order_by(village.c.position, village.c.id, group.c.position, group.c.id, func.length(h.c.code), h.c.code)
        )
    ).all()
    numbers = await phones.of(connection, [row.id for row in rows])
    return [
        HouseholdRow(number, row.code, row.village_name, row.group_name, row.head_name, row.representative,
                     numbers.get(row.id, ()), row.address, row.note, row.device)
        for number, row in enumerate(rows, start=2)
    ]  # fmt: skip

"""The tree of areas: reading it, finding one by code or name. It is written by `db/places/area_changes.py`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotFound
from announcements.phrases import phrase
from announcements.text import fold, nfc
from announcements.types import AreaKind
from db.tables import t

STEP = 8  # hex digits of one id in a path
PREFIXES = ("xa ", "thon ", "phuong ", "thi tran ")  # said or left out as people like


@dataclass(frozen=True, slots=True)
class AreaRow:
    """`households` counts those who live in the subtree now; -1 where it was not asked for.

    `instead_of` is what somebody called it: the name of an area merged into it, or its own former name.
    """

    id: int
    code: str
    name: str
    kind: AreaKind
    parent_id: int | None
    path: str
    households: int = -1
    instead_of: str = ""


def ancestors(path: str) -> list[str]:
    """The paths from the root down to `path` itself."""
    return [path[:end] for end in range(STEP, len(path) + 1, STEP)]


def last_id(path: str) -> int:
    """The id of the area a path leads to."""
    return int(path[-STEP:], 16)


AFTER_HEX = "g"  # sorts behind every hex digit, so `path` up to `path + AFTER_HEX` is a subtree


def below(column: ColumnElement[str], paths: Iterable[str]) -> ColumnElement[bool]:
    """A condition: the area at `column` is one of `paths` or under one. A range, because LIKE can't use an index."""
    return or_(false(), *(and_(column >= path, column < path + AFTER_HEX) for path in paths))


class _Placed(Protocol):
    @property
    def path(self) -> str: ...


P = TypeVar("P", bound=_Placed)


def top_down(rows: Sequence[P]) -> list[P]:
    """Rows that come level by level, put each behind its parent: siblings keep their order."""
    under: dict[str, list[P]] = {}
    top: list[P] = []
    for row in rows:
        above = row.path[:-STEP]
        while above and above not in under:  # a level that isn't asked for
            above = above[:-STEP]
        (under[above] if above else top).append(row)
        under[row.path] = []
    in_order: list[P] = []
    waiting = top[::-1]
    while waiting:
        row = waiting.pop()
        in_order.append(row)
        waiting += reversed(under[row.path])
    return in_order


async def tree(connection: AsyncConnection, *, under: str | None = None) -> list[AreaRow]:
    """Every area in use, parents before children, siblings as a person would list them; with households.

    Only the area at the path `under` and what lies below it, if given.
    """
    area, household = t.area, t.household
    living = (
        select(household.c.area_id, func.count().label("n"))
        .where(household.c.left_at.is_(None))
        .group_by(household.c.area_id)
        .subquery()
    )
    rows = (
        await connection.execute(
            select(area, func.coalesce(living.c.n, 0).label("own"))
            .outerjoin(living, living.c.area_id == area.c.id)
            .where(area.c.retired_at.is_(None), true() if under is None else below(area.c.path, [under]))
            .order_by(area.c.position, area.c.id)
        )
    ).all()
    totals: dict[str, int] = {}
    for row in rows:
        for path in ancestors(row.path):
            totals[path] = totals.get(path, 0) + row.own
    position = {row.path: index for index, row in enumerate(rows)}
    in_order = sorted(rows, key=lambda row: [position.get(path, 0) for path in ancestors(row.path)])
    return [_row(row, totals[row.path]) for row in in_order]


async def names(connection: AsyncConnection) -> dict[int, str]:
    """What people call each area, by id, retired ones too: a group with its village, "Tổ 3, Thôn Thu Quế"."""
    rows = (await connection.execute(select(t.area))).all()
    by_id = {row.id: row for row in rows}
    return {row.id: _where(_row(row), by_id) if row.kind is AreaKind.GROUP else row.name for row in rows}


def _row(row: Any, households: int = -1) -> AreaRow:
    return AreaRow(row.id, row.code, row.name, row.kind, row.parent_id, row.path, households)


async def by_ids(connection: AsyncConnection, ids: Sequence[int]) -> list[AreaRow]:
    rows = (await connection.execute(select(t.area).where(t.area.c.id.in_(ids)).order_by(t.area.c.path))).all()
    return [_row(row) for row in rows]


async def in_use(connection: AsyncConnection, ids: Sequence[int]) -> list[AreaRow]:
    """Where an audience of these areas lies now: what was merged is its successor, and none lies inside another."""
    found = await by_ids(connection, ids)
    above = {last_id(path) for area in found for path in ancestors(area.path)}
    rows = (await connection.execute(select(t.area).where(t.area.c.id.in_(above)))).all()
    by_id = {row.id: row for row in rows}
    living = {area.path: area for area in (_in_use(by_id[one.id], one.name, by_id) for one in found)}
    return [living[path] for path in outermost(living)]


def outermost(paths: Iterable[str]) -> list[str]:
    """These paths, in order, without those that lie inside another."""
    kept: list[str] = []
    for path in sorted(paths):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept


async def by_code(connection: AsyncConnection, code: str, *, under: str) -> AreaRow:
    """The area with exactly this code, or what it was merged into, at the path `under` or below it.

    Raises `NotFound` for any other alike.
    """
    rows = (await connection.execute(select(t.area))).all()
    by_id = {row.id: row for row in rows}
    for row in rows:
        if row.code == code and (found := _in_use(row, row.name, by_id)).path.startswith(under):
            return found
    raise NotFound(phrase("mistake.area_code_unknown", code=code))


def plain(name: str) -> str:
    """A name as people mean it: no case, no tone marks, no "xã" or "thôn" in front."""
    folded = fold(name)
    for prefix in PREFIXES:
        folded = folded.removeprefix(prefix)
    return folded


async def find(connection: AsyncConnection, text: str) -> AreaRow:
    """The area with this code or unambiguous name ("Thu Quế", "Tổ 3, Thu Quế"). Raises `NotFound` or `Mistake`.

    What was merged or renamed is still found: the answer is the area it became, with `instead_of` set.
    """
    wanted = nfc(text)
    rows = (await connection.execute(select(t.area))).all()
    by_id = {row.id: row for row in rows}
    exact = [row for row in rows if row.code in (wanted, wanted.lower())]
    if exact:
        return _in_use(exact[0], exact[0].name, by_id)
    found = _called(wanted, [(row.name, row) for row in rows if row.retired_at is None], by_id)
    if not found:
        former = await connection.execute(select(t.former_name.c.name, t.former_name.c.area_id))
        once = [(row.name, row) for row in rows if row.retired_at] + [(name, by_id[area]) for name, area in former]
        found = list({area.id: area for area in _called(wanted, once, by_id)}.values())
    if not found:
        raise NotFound(phrase("mistake.area_unknown", wanted=wanted))
    if len(found) > 1:
        names = "; ".join(f"{area.code} ({_where(area, by_id)})" for area in found[:6])
        raise Mistake(phrase("mistake.area_ambiguous", count=len(found), wanted=wanted, names=names))
    return found[0]


@dataclass(frozen=True, slots=True)
class Once:
    """A name of the past: `area` is what it stands for now, `merged` when that is another area."""

    name: str
    kind: AreaKind
    area: AreaRow
    merged: bool


async def once_called(connection: AsyncConnection) -> list[Once]:
    """Names of merged areas and former names of renamed ones."""
    rows = (await connection.execute(select(t.area))).all()
    by_id = {row.id: row for row in rows}
    former = await connection.execute(select(t.former_name.c.name, t.former_name.c.area_id))
    once = [(row.name, row) for row in rows if row.retired_at] + [(name, by_id[area]) for name, area in former]
    return [Once(name, row.kind, _in_use(row, name, by_id), row.retired_at is not None) for name, row in once]


def _called(wanted: str, named: Sequence[tuple[str, Any]], by_id: dict[int, Any]) -> list[AreaRow]:
    """The areas people may mean by `wanted`, of rows with a name of each; where tone marks decide, those with them."""
    child, _, parent = (part.strip() for part in wanted.replace("/", ",").partition(","))
    found = [(name, row) for name, row in named if plain(name) == plain(child)]
    with_marks = [(name, row) for name, row in found if plain_keeping_marks(name) == plain_keeping_marks(child)]
    return [
        _in_use(row, name, by_id)
        for name, row in with_marks or found
        if not parent or (row.parent_id and plain(by_id[row.parent_id].name) == plain(parent))
    ]


def _in_use(row: Any, called: str, by_id: dict[int, Any]) -> AreaRow:
    """The area itself, or the one that a retired area was merged into."""
    above = [by_id[last_id(path)] for path in reversed(ancestors(row.path))]
    living = next(area for area in above if area.retired_at is None)
    return replace(_row(living), instead_of="" if called == living.name else called)


def plain_keeping_marks(name: str) -> str:
    """Like `plain`, but "Thuận" and "Thuần" stay two names."""
    lowered = nfc(name).lower()
    for prefix in ("xã ", "thôn ", "phường ", "thị trấn "):
        lowered = lowered.removeprefix(prefix)
    return lowered


def _where(row: AreaRow, by_id: dict[int, Any]) -> str:
    parent = by_id.get(row.parent_id or 0)
    return f"{row.name}, {parent.name}" if parent else row.name

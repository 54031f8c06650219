"""Changing the tree of areas: new ones, names, places, mergers and splits. The only writer of where an area lies.

Called by `bot/office/` and the import of rosters, which decide what may be done, in a transaction that holds the tree.
What was announced before keeps the tree of its time (`reach`); `joined_at` of households is not touched, so that nobody
becomes a late joiner or a departure by a reorganisation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.text import slug
from announcements.types import AreaKind, ChannelKind
from db.batches import chunks
from db.places.area_uses import STILL_TO_GO
from db.places.areas import STEP, AreaRow, below, plain
from db.tables import t


async def add(
    connection: AsyncConnection, *, name: str, kind: AreaKind, parent: AreaRow | None, position: int = 0
) -> AreaRow:
    """A new area with a code made of its name (and its parent's, for a group: "thu-que-to-3")."""
    stem = slug(plain(name)) or kind.value
    if kind is AreaKind.GROUP and parent is not None:
        stem = f"{parent.code}-{stem}"
    code = await _free_code(connection, stem)
    values = {"code": code, "name": name, "kind": kind, "parent_id": parent.id if parent else None, "path": "",
              "position": position}  # fmt: skip
    area_id: int = (await connection.execute(t.area.insert().values(values).returning(t.area.c.id))).scalar_one()
    path = (parent.path if parent else "") + f"{area_id:0{STEP}x}"
    await connection.execute(update(t.area).where(t.area.c.id == area_id).values(path=path))
    return AreaRow(area_id, code, name, kind, parent.id if parent else None, path)


async def _free_code(connection: AsyncConnection, stem: str) -> str:
    taken = set((await connection.execute(select(t.area.c.code).where(t.area.c.code.like(f"{stem}%")))).scalars())
    code, number = stem, 2
    while code in taken:
        code, number = f"{stem}-{number}", number + 1
    return code


async def rename(connection: AsyncConnection, area: AreaRow, name: str, now: datetime) -> None:
    """Call it otherwise from now on; people who use the former name still find it."""
    f = t.former_name
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {"area_id": area.id, "name": area.name, "until": now}
    await connection.execute(
        insert(f).values(values).on_conflict_do_update(index_elements=["area_id", "name"], set_={"until": now})
    )
    await connection.execute(f.delete().where(f.c.area_id == area.id, f.c.name == name))
    await connection.execute(update(t.area).where(t.area.c.id == area.id).values(name=name))


async def place_under(connection: AsyncConnection, area: AreaRow, parent: AreaRow) -> str:
    """Hang an area and all below it under `parent`; returns its new path."""
    return await _hang(connection, area, parent.path, parent.id)


async def make_top(connection: AsyncConnection, area: AreaRow) -> str:
    """Make an area, with all below it, a tree of its own; returns its new path."""
    return await _hang(connection, area, "", None)


async def _hang(connection: AsyncConnection, area: AreaRow, above: str, parent_id: int | None) -> str:
    a = t.area
    path = above + area.path[-STEP:]
    await connection.execute(
        update(a)
        .where(below(a.c.path, [area.path]))
        .values(path=literal(path) + func.substr(a.c.path, len(area.path) + 1))
    )
    await connection.execute(update(a).where(a.c.id == area.id).values(parent_id=parent_id))
    return path


async def retire(connection: AsyncConnection, area: AreaRow, successor: AreaRow, now: datetime) -> None:
    """`area` is of the past: it lies in its successor, so that whoever looks for it finds that."""
    await place_under(connection, area, successor)
    await connection.execute(update(t.area).where(t.area.c.id == area.id).values(retired_at=now))


async def restore(connection: AsyncConnection, area_id: int) -> None:
    """A retired area is in use again; the caller hangs it where it lay."""
    await connection.execute(update(t.area).where(t.area.c.id == area_id).values(retired_at=None))


@dataclass(frozen=True, slots=True)
class Handed:
    """What went from one area to another: codes of households and staff, ids of chats."""

    households: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    chats: tuple[int, ...] = ()


async def hand_over(connection: AsyncConnection, old: AreaRow, new: AreaRow) -> Handed:
    """Households (those who left, too), staff and chats right in `old` belong to `new` from now on.

    Its notice board stays behind: `new` has its own.
    """
    h, s, chat = t.household, t.staff, t.chat
    households = await connection.execute(
        update(h).where(h.c.area_id == old.id).values(area_id=new.id).returning(h.c.code)
    )  # fmt: skip
    staff = await connection.execute(
        update(s).where(s.c.area_id == old.id).values(area_id=new.id).returning(s.c.code)
    )  # fmt: skip
    chats = await connection.execute(
        update(chat)
        .where(chat.c.area_id == old.id, chat.c.channel != ChannelKind.BOARD)
        .values(area_id=new.id)
        .returning(chat.c.id)
    )
    return Handed(
        tuple(sorted(households.scalars())), tuple(sorted(staff.scalars())), tuple(sorted(chats.scalars()))
    )  # fmt: skip


async def take_households(connection: AsyncConnection, codes: Sequence[str], new: AreaRow, *, out_of: AreaRow) -> None:
    """Those of these households that are in `out_of` belong to `new` from now on, and did not move house."""
    h = t.household
    for some in chunks(codes):
        here = (h.c.code.in_(some), h.c.area_id == out_of.id)
        await connection.execute(update(h).where(*here).values(area_id=new.id))


async def take_staff(connection: AsyncConnection, codes: Sequence[str], new: AreaRow, *, out_of: AreaRow) -> None:
    s = t.staff
    for some in chunks(codes):
        here = (s.c.code.in_(some), s.c.area_id == out_of.id)
        await connection.execute(update(s).where(*here).values(area_id=new.id))


async def take_chats(connection: AsyncConnection, ids: Sequence[int], new: AreaRow, *, out_of: AreaRow) -> None:
    chat = t.chat
    for some in chunks(ids):
        here = (chat.c.id.in_(some), chat.c.area_id == out_of.id)
        await connection.execute(update(chat).where(*here).values(area_id=new.id))


async def readdress(
    connection: AsyncConnection, old: AreaRow, targets: Sequence[AreaRow], *, keep: bool = False
) -> dict[str, list[str]]:
    """What still waits to go out to `old` goes to `targets` instead, or too with `keep`.

    Returns announcements' codes with the codes of the areas that are new in their audience.
    """
    audience, a = t.audience, t.announcement
    waiting = await connection.execute(
        select(a.c.id, a.c.code).join(audience, audience.c.announcement_id == a.c.id).where(
            audience.c.area_id == old.id, _waits(a.c.id)
        ).order_by(a.c.id)
    )  # fmt: skip
    added: dict[str, list[str]] = {}
    for announcement_id, code in waiting.all():
        new = await _address(connection, announcement_id, targets)
        added[code] = [area.code for area in targets if area.id in new]
        if not keep:
            await unaddress(connection, code, [old.id])
    return added


def _waits(announcement_id: ColumnElement[int]) -> ColumnElement[bool]:
    b = t.broadcast
    return (
        select(b.c.id)
        .where(b.c.announcement_id == announcement_id, b.c.state.in_(STILL_TO_GO))
        .exists()
    )  # fmt: skip


async def _address(connection: AsyncConnection, announcement_id: int, areas: Sequence[AreaRow]) -> set[int]:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    added = await connection.execute(
        insert(t.audience).on_conflict_do_nothing().returning(t.audience.c.area_id),
        [{"announcement_id": announcement_id, "area_id": area.id} for area in areas],
    )
    return set(added.scalars())


async def address_again(connection: AsyncConnection, code: str, area: AreaRow) -> None:
    """An announcement that still waits goes to `area`, too."""
    a = t.announcement
    waiting = await connection.execute(select(a.c.id).where(a.c.code == code, _waits(a.c.id)))
    for announcement_id in waiting.scalars().all():
        await _address(connection, announcement_id, [area])


async def unaddress(connection: AsyncConnection, code: str, area_ids: Sequence[int]) -> None:
    """An announcement that still waits does not go to these areas."""
    audience, a = t.audience, t.announcement
    waiting = select(a.c.id).where(a.c.code == code, _waits(a.c.id))
    await connection.execute(
        audience.delete().where(audience.c.announcement_id.in_(waiting), audience.c.area_id.in_(area_ids))
    )
